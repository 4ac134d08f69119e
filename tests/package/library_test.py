"""What leaves the shared library, and what it weighs.

Usage: library_test.py LIBRARY [MAXIMUM_BYTES]"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    library = sys.argv[1]
    out = subprocess.run(["nm", "-D", "--defined-only", "--demangle", library], check=True,
                         capture_output=True, text=True).stdout
    names = [line.split(maxsplit=2)[2] for line in out.splitlines()]
    if not any(name.startswith("lprnet::Recognizer::recognize(") for name in names):
        sys.exit(f"{library}: lprnet::Recognizer::recognize() is not exported")
    kinds = ("typeinfo for ", "typeinfo name for ", "vtable for ")
    inner = ("base", "tensor", "kernels", "graph", "formats", "importer", "plan", "image", "ctc", "cli")
    root = pathlib.Path(__file__).resolve().parents[2]
    header = (root / "include/lprnet/lprnet.h").read_text(encoding="utf-8")
    declared = set(re.findall(r"LPRNET_API [^;(]*?\b(lprnet_\w+)\(", header))
    missing = declared - set(names)
    if missing or not declared:
        sys.exit(f"{library} does not export what lprnet.h declares: {sorted(missing)}")
    strangers = []
    for name in set(names) - declared:
        bare = name
        for kind in kinds:
            bare = bare.removeprefix(kind)
        if not bare.startswith("lprnet::") or bare.split("::")[1] in inner:
            strangers.append(name)
    if strangers:
        sys.exit(f"{library} exports what is not public:\n  " + "\n  ".join(strangers))

    if len(sys.argv) > 2:
        with tempfile.TemporaryDirectory() as folder:
            stripped = os.path.join(folder, "stripped.so")
            subprocess.run(["strip", "-o", stripped, library], check=True)
            size = os.path.getsize(stripped)
        print(f"{size} bytes stripped")
        if size > int(sys.argv[2]):
            sys.exit(f"{library}: {size} bytes stripped, at most {sys.argv[2]} expected")


if __name__ == "__main__":
    main()
