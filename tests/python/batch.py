"""Runs batch_tests.py in the environment that run.py made, with what lprnet[batch] needs.

Exits with 77 (skipped) where pip cannot install that."""

import os
import pathlib
import sys

from environment import create, run, skip

BUILD = pathlib.Path(os.environ["LPRNET_TREE"]) / "python"
PYTHON = BUILD / "venv/bin/python"
NEEDS = ["distributed>=2024.1", "pyarrow>=15", "fsspec"]


def main():
    create(BUILD / "venv", clear=False)
    done = run(PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--retries", "1", "--timeout", "20", *NEEDS,
               cwd=BUILD)
    if done.returncode != 0:
        skip(f"pip cannot install {', '.join(NEEDS)}\n{done.stdout}{done.stderr}")
    if run(PYTHON, "-c", "import lprnet", cwd=BUILD).returncode != 0:
        skip("the package is not installed: python.package comes before this test")
    tests = pathlib.Path(__file__).resolve().parent
    done = run(PYTHON, "-B", tests / "batch_tests.py", cwd=BUILD)
    print(done.stdout, done.stderr, sep="\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
