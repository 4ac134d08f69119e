"""Builds the wheel over the libraries and the program of this build, installs it into an environment of its own, and
runs package_test.py there.

Exits with 77 (skipped) where pip cannot install what the build and the tests need."""

import os
import pathlib
import shutil
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = pathlib.Path(os.environ["LPRNET_TREE"])
BUILD = TREE / "python"
PYTHON = BUILD / "venv/bin/python"
PIP = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet")
SKIPPED = 77


def run(*command):
    return subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)


def main():
    if not PYTHON.exists():
        venv.create(BUILD / "venv", with_pip=True)
    needs = ["scikit-build-core>=0.10", "nanobind>=2.4", "ninja", "numpy", "pillow", "mypy"]
    done = run(*PIP, "install", "--retries", "1", "--timeout", "20", *needs)
    if done.returncode != 0:
        print(f"skipped: pip cannot install {', '.join(needs)}\n{done.stdout}{done.stderr}")
        return SKIPPED

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
        done = run(*command)
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n")
            return 1

    # Elsewhere, so that nothing of the source tree is found in place of the package.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHONPATH", "LPRNET_MODEL", "LPRNET_DETECTOR")}
    tests = pathlib.Path(__file__).resolve().parent
    return subprocess.run([PYTHON, "-B", "-m", "unittest", "discover", "-s", tests, "-p", "*_test.py"],
                          check=False, cwd=BUILD, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
