"""Reads an alphabet: a JSON list of tokens, or a text file with one token a line."""

import json
from pathlib import Path
from typing import List

from .errors import ExportError


def read_alphabet(path: Path) -> List[str]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        encoding = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "GBK"
        raise ExportError(
            f"{path}: not UTF-8; if it is {encoding}, turn it with: iconv -f {encoding} -t UTF-8 FILE > tokens.txt"
        ) from None
    if path.suffix == ".json":
        try:
            tokens = json.loads(text)
        except json.JSONDecodeError as reason:
            raise ExportError(f"{path}: not JSON ({reason})") from None
    else:
        tokens = text.split("\n")
        while tokens and tokens[-1] == "":
            tokens.pop()
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens) or not tokens:
        raise ExportError(f"{path}: an alphabet is a list of strings")
    return tokens
