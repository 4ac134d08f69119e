"""The alphabets of the LPRNet family, in class order."""

from typing import List

_PROVINCES = list("京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新")
_DIGITS = list("0123456789")
_LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTERS_OF_PLATES = [letter for letter in _LETTERS if letter not in "IO"]

# Chinese plates, 68 classes; I and O come after Z, the blank is last.
CHINA_68: List[str] = _PROVINCES + _DIGITS + _LETTERS_OF_PLATES + ["I", "O", "-"]
# Digits and letters, 37 classes, the blank is last.
LATIN_37: List[str] = _DIGITS + _LETTERS + ["-"]
# The same classes with I and O after Z.
LATIN_37_IO_LAST: List[str] = _DIGITS + _LETTERS_OF_PLATES + ["I", "O", "-"]
