"""Builds the wheel over the libraries and the program of this build, installs it into an environment of its own, and
runs package_test.py there.

Exits with 77 (skipped) where pip cannot install what the build and the tests need."""

import os
import pathlib
import shutil
import sys

from environment import create, run, skip

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = pathlib.Path(os.environ["LPRNET_TREE"])
BUILD = TREE / "python"
PYTHON = BUILD / "venv/bin/python"
PIP = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet")


def main():
    BUILD.mkdir(exist_ok=True)
    create(BUILD / "venv", clear=False)
    needs = ["scikit-build-core>=0.10", "nanobind>=2.4", "ninja", "numpy", "pillow", "mypy"]
    done = run(*PIP, "install", "--retries", "1", "--timeout", "20", *needs, cwd=BUILD)
    if done.returncode != 0:
        skip(f"pip cannot install {', '.join(needs)}\n{done.stdout}{done.stderr}")

    for folder in ("wheels", "installed"):
        shutil.rmtree(BUILD / folder, ignore_errors=True)
    definitions = {"CMAKE_CXX_COMPILER": os.environ["LPRNET_CXX"], "CMAKE_COMPILE_WARNING_AS_ERROR": "ON",
                   "LPRNET_USE_INSTALLED": "ON", "CMAKE_PREFIX_PATH": BUILD / "installed"}
    settings = [f"--config-settings=cmake.define.{name}={value}" for name, value in definitions.items()]
    for command in ((os.environ["LPRNET_CMAKE"], "--install", TREE, "--prefix", BUILD / "installed"),
                    (*PIP, "wheel", "--no-build-isolation", "--no-deps",
                     f"--config-settings=build-dir={BUILD / 'objects'}",
                     "--config-settings=build.targets=lprnet_python", *settings, "-w", BUILD / "wheels", ROOT),
                    (*PIP, "install", "--no-deps", "--no-index", "--force-reinstall", "--find-links", BUILD / "wheels",
                     "lprnet")):
        done = run(*command, cwd=BUILD)
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n")
            return 1

    # Elsewhere, so that nothing of the source tree is found in place of the package.
    tests = pathlib.Path(__file__).resolve().parent
    done = run(PYTHON, "-B", "-m", "unittest", "discover", "-s", tests, "-p", "*_test.py", cwd=BUILD)
    print(done.stdout, done.stderr, sep="\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
