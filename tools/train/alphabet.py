"""The tokens a reader can print, and text to class indices and back. The blank is the last class."""

from collections.abc import Sequence

PROVINCES = "京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新"
DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SPECIAL = "警学挂港澳使领"
LATER = "O民航应急"
"""Added behind the others, so that networks trained without them keep their classes."""
BLANK = "-"


class Alphabet:
    def __init__(self, characters: Sequence[str]) -> None:
        if len(set(characters)) != len(characters) or BLANK in characters:
            raise ValueError("an alphabet needs distinct characters, and the blank is added by itself")
        self.tokens: list[str] = [*characters, BLANK]
        self.blank: int = len(characters)
        self._index = {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        return [self._index[character] for character in text]

    def can_encode(self, text: str) -> bool:
        return all(c in self._index and c != BLANK for c in text)

    def decode(self, classes: Sequence[int]) -> str:
        """Greedy CTC: drop repeats of the step before, then blanks."""
        text = ""
        previous = self.blank
        for index in classes:
            if index != previous and index != self.blank:
                text += self.tokens[index]
            previous = index
        return text


CHINESE = Alphabet(PROVINCES + DIGITS + LETTERS + SPECIAL + LATER)
