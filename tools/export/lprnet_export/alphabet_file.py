"""Reads an alphabet: a JSON list of tokens, or a text file with one token a line."""

import json
from pathlib import Path
from typing import List

from .errors import ExportError


def read_alphabet(path: Path) -> List[str]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        try:
            tokens = json.loads(text)
        except json.JSONDecodeError as reason:
            raise ExportError(f"{path}: not JSON ({reason})") from None
    else:
        tokens = text.split("\n")
        if tokens and tokens[-1] == "":
            tokens.pop()
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens) or not tokens:
        raise ExportError(f"{path}: an alphabet is a list of strings")
    return tokens
