"""What `pip install .` gives a user: built from all sources, in an environment of its own, without anything else.

Exits with 77 (skipped) where pip cannot install what the build needs."""

import os
import pathlib
import shutil
import sys

from environment import create, run, skip

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = pathlib.Path(os.environ["LPRNET_TREE"])
BUILD = TREE / "python"
OBJECTS = TREE.with_name(TREE.name + "-from-sources")
ENVIRONMENT = BUILD / "from_sources"
PYTHON = ENVIRONMENT / "bin/python"
PIP = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet")
PHOTOGRAPH = ROOT / "models/samples/photos/皖U69168.jpg"


def main():
    BUILD.mkdir(exist_ok=True)
    shutil.rmtree(OBJECTS, ignore_errors=True)
    create(ENVIRONMENT, clear=True)
    done = run(*PIP, "download", "--retries", "1", "--timeout", "20", "--no-deps", "-d", ENVIRONMENT / "reachable", "nanobind",
               cwd=BUILD)
    if done.returncode != 0:
        skip(f"pip cannot reach a registry\n{done.stderr}")
    # As this build compiles, and in a folder as deep, so that a compiler cache has the library's objects already.
    settings = (f"--config-settings=cmake.define.CMAKE_COMPILE_WARNING_AS_ERROR={os.environ['LPRNET_STRICT'] or 'OFF'}",
                f"--config-settings=build-dir={OBJECTS}")
    program = f"import lprnet\nfor found in lprnet.read({str(PHOTOGRAPH)!r}): print(found.text, found.corners[0])"
    for command, expected in (((*PIP, "install", *settings, ROOT), ""),
                              ((PYTHON, "-c", program), f"{PHOTOGRAPH.stem} ("),
                              ((ENVIRONMENT / "bin/lprnet", "read", PHOTOGRAPH), f"{PHOTOGRAPH}\t{PHOTOGRAPH.stem}\t")):
        done = run(*command, cwd=BUILD)
        if done.returncode != 0 or not done.stdout.startswith(expected):
            print(*map(str, done.args), done.stdout, done.stderr, sep="\n")
            return 1
    shutil.rmtree(OBJECTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
