"""Which pictures are read: paths, folders, patterns, manifests and fsspec's addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, List, Tuple

import fsspec

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".pgm", ".ppm", ".pnm")
"""Of the files in a folder that are taken for pictures."""


def _file_system(name: str) -> Tuple[Any, str]:
    file_system, path = fsspec.core.url_to_fs(name)
    return file_system, path


def _named(name: str, file_system: Any, path: str) -> str:
    """What fsspec found, in the way in which the user named it."""
    return str(file_system.unstrip_protocol(path)) if "://" in name else path


def _expanded(name: str) -> Iterator[str]:
    file_system, path = _file_system(name)
    if any(letter in name for letter in "*[") or ("?" in name and "://" not in name):
        for found in sorted(file_system.glob(path)):
            yield _named(name, file_system, found)
    elif not name.startswith(("http://", "https://")) and file_system.isdir(path):
        for found in sorted(file_system.find(path)):
            if found.lower().endswith(SUFFIXES):
                yield _named(name, file_system, found)
    else:
        yield name  # whether it can be read is seen when it is


def expand(inputs: Iterable[str], manifests: Iterable[str] = ()) -> List[str]:
    """The pictures that are meant, each once, in the order of the inputs, then of the manifests.

    Args:
        inputs: files, folders with their subfolders, patterns (`photos/**/*.jpg`) and addresses
            that fsspec knows (`s3://bucket/2026/`, `https://host/picture.jpg`).
        manifests: files, or addresses, with an input in each line; empty lines and lines that
            begin with # are left out.

    Raises:
        FileNotFoundError: a manifest is not there, or a pattern matches nothing.
    """
    files: dict[str, None] = {}
    for name in inputs:
        found = list(_expanded(name))
        if not found:
            raise FileNotFoundError(f"{name}: no picture is there")
        files.update(dict.fromkeys(found))
    for manifest in manifests:
        with fsspec.open(manifest, "rt", encoding="utf-8") as lines:
            for line in lines:
                name = line.strip()
                if name and not name.startswith("#"):
                    files.update(dict.fromkeys(_expanded(name)))
    return list(files)
