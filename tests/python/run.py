"""Builds the wheel, installs it into an environment of its own, and runs package_test.py there.

Exits with 77 (skipped) where pip cannot install what the build and the tests need."""

import os
import pathlib
import shutil
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["LPRNET_BUILD"])
PYTHON = BUILD / "venv/bin/python"
SKIPPED = 77


def pip(*arguments):
    return subprocess.run([PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)],
                          check=False, capture_output=True, text=True)


def main():
    if not PYTHON.exists():
        venv.create(BUILD / "venv", with_pip=True)
    needs = ["scikit-build-core>=0.10", "nanobind>=2.4", "ninja", "numpy", "pillow", "mypy"]
    done = pip("install", "--retries", "1", "--timeout", "20", *needs)
    if done.returncode != 0:
        print(f"skipped: pip cannot install {', '.join(needs)}\n{done.stdout}{done.stderr}")
        return SKIPPED

    wheels = BUILD / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    definitions = {"CMAKE_CXX_COMPILER": os.environ["LPRNET_CXX"], "CMAKE_COMPILE_WARNING_AS_ERROR": "ON",
                   "LPRNET_WITH_LIBJPEG": os.environ["LPRNET_WITH_LIBJPEG"],
                   "LPRNET_WITH_LIBPNG": os.environ["LPRNET_WITH_LIBPNG"]}
    settings = [f"--config-settings=cmake.define.{name}={value}" for name, value in definitions.items()]
    for step in [("wheel", "--no-build-isolation", "--no-deps", f"--config-settings=build-dir={BUILD / 'objects'}", *settings,
                  "-w", wheels, ROOT),
                 ("install", "--no-deps", "--no-index", "--force-reinstall", "--find-links", wheels, "lprnet")]:
        done = pip(*step)
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
