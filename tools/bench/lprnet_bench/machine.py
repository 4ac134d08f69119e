"""What machine it is, and how large things are on disk."""

import os
import platform
import re
import shutil
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Dict, Optional, Sequence

from .engine_names import ENGINES

MEBIBYTE = 1024 * 1024


def processor() -> str:
    """The processor's model name; the architecture where the system does not say."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    family = re.search(r"^cpu family\s*:\s*(.+)$", text, re.MULTILINE)
    model = re.search(r"^model\s*:\s*(.+)$", text, re.MULTILINE)
    if not match:
        return platform.machine()
    numbers = f" (family {family[1]}, model {model[1]})" if family and model else ""
    return match[1].strip() + numbers


def version_of(distribution: str) -> str:
    return metadata.version(distribution).split("+")[0]


def stripped_size(path: Path) -> float:
    """MiB of a program or library without its symbols."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stripped"
        shutil.copy(path.resolve(), copy)
        subprocess.run(["strip", str(copy)], check=True)
        return copy.stat().st_size / MEBIBYTE


def distribution_size(name: str) -> float:
    """MiB of an installed Python distribution alone, without what it needs beside it."""
    files = metadata.files(name) or []
    return sum(path.stat().st_size for path in map(lambda f: Path(f.locate()), files) if path.is_file()) / MEBIBYTE


def linked_library(program: Path, word: str) -> Optional[Path]:
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    match = re.search(rf"{word}\S* => (\S+)", listed)
    return Path(match[1]) if match else None


def sizes(programs: Path, engines: Sequence[str]) -> Dict[str, float]:
    found: Dict[str, float] = {}
    for name, file in (("`lprnet`, the program", "lprnet"), ("`liblprnet.so`", "src/liblprnet.so")):
        if (programs / file).exists():
            found[name] = stripped_size(programs / file)
    worker = programs / "tools/bench/lprnet_onednn_worker"
    library = linked_library(worker, "libdnnl") if worker.exists() else None
    if library:
        found["oneDNN (libdnnl.so)"] = stripped_size(library)
    for engine in engines:
        if engine in ENGINES:
            distribution = ENGINES[engine][1]
            found.setdefault(f"{distribution} (from PyPI)", distribution_size(distribution))
    return found
