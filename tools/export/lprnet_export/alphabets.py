"""The alphabets of the LPRNet family, in class order."""

from typing import Dict, List, Tuple

_PROVINCES = list("京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新")
_DIGITS = list("0123456789")
_LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTERS_OF_PLATES = [letter for letter in _LETTERS if letter not in "IO"]

# Chinese plates, 68 classes; I and O come after Z, the blank is last.
CHINA_68: List[str] = _PROVINCES + _DIGITS + _LETTERS_OF_PLATES + ["I", "O", "-"]
# With the characters of special plates, 75 classes, the blank is last.
CHINA_75: List[str] = _PROVINCES + list("学港澳警使领应急挂") + _DIGITS + _LETTERS_OF_PLATES + ["-"]
# 78 classes, the blank is first.
CHINA_78: List[str] = (
    ["#"] + _PROVINCES + list("学警港澳挂使领民航危") + _DIGITS + _LETTERS_OF_PLATES + list("险品")
)
# Digits and letters, 37 classes, the blank is last.
LATIN_37: List[str] = _DIGITS + _LETTERS + ["-"]
# The same classes with I and O after Z.
LATIN_37_IO_LAST: List[str] = _DIGITS + _LETTERS_OF_PLATES + ["I", "O", "-"]
# Letters and digits; the blank is a class behind them.
LATIN_36_THEN_BLANK: List[str] = _LETTERS + _DIGITS

# Name: tokens, blank. As `lprnet profiles` lists them.
KNOWN: Dict[str, Tuple[List[str], int]] = {
    "A68": (CHINA_68, 67),
    "A75": (CHINA_75, 74),
    "A78": (CHINA_78, 0),
    "D37": (LATIN_37, 36),
    "D37IO": (LATIN_37_IO_LAST, 36),
    "L37": (LATIN_36_THEN_BLANK, 36),
}
