"""Programs of strangers, built over an installed lprnet: by CMake and by pkg-config, in C++, in C, and in C++ without
exceptions."""

import os
import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "cli"))
import colours  # noqa: E402 (its folder has to be put on the path first)

CMAKE = os.environ["LPRNET_CMAKE"]
BUILD = os.environ["LPRNET_BUILD"]
COMPILER = os.environ["LPRNET_CXX"]
FLAGS = os.environ["LPRNET_CXX_FLAGS"]
# Each program's source and what it is compiled with.
SOURCES = {"main.cpp": ["-std=c++17"],
           "main.c": ["-xc", "-std=c11", "-Werror", "-Wall", "-Wextra", "-Wpedantic"],
           "without_exceptions.cpp": ["-std=c++17", "-fno-exceptions", "-fno-rtti"]}
TEXT = "蓝RG\n"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def write_inputs(folder):
    """A model and a picture, which read TEXT."""
    model, image = folder / "colours.safetensors", folder / "plate.png"
    colours.write_model(model)
    image.write_bytes(colours.png("BB..RG.."))
    return model, image


def configure_and_build(source, build, prefix, *options):
    run(CMAKE, "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}",
        f"-DCMAKE_CXX_FLAGS={FLAGS}", *options, "--no-warn-unused-cli")
    run(CMAKE, "--build", build, "--parallel", "2")


# A source, and the library that it is linked with.
ALL_PROGRAMS = ["cxx-lprnet", "cxx-lprnet_shared", "c-lprnet", "c-lprnet_shared", "without_exceptions-lprnet"]


def check_cmake(test, prefix, folder, programs):
    """`test` is a unittest.TestCase."""
    inputs = write_inputs(folder)
    build = folder / "by_cmake"
    configure_and_build(HERE / "consumer", build, prefix, f"-DPROGRAMS={';'.join(programs)}")
    for program in programs:
        with test.subTest(program=program):
            test.assertEqual(run(build / program, *inputs), TEXT)


def check_cmake_in_c(test, prefix, folder):
    build = folder / "in_c"
    configure_and_build(HERE / "consumer_in_c", build, prefix)
    test.assertEqual(run(build / "consumer", *write_inputs(folder)), TEXT)


def check_pkg_config(test, prefix, folder, sources=tuple(SOURCES)):
    inputs = write_inputs(folder)
    library_folder = next(prefix.glob("lib*/**/liblprnet.a")).parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(library_folder / "pkgconfig")}
    found = {**os.environ, "LD_LIBRARY_PATH": str(library_folder)}
    for source in sources:
        for kind in [[], ["--static"]]:
            with test.subTest(source=source, kind=kind):
                flags = run("pkg-config", "--cflags", "--libs", *kind, "lprnet", env=environment)
                program = folder / "by_pkg_config"
                if kind:
                    flags = flags.replace("-llprnet", str(library_folder / "liblprnet.a"))
                # The compiler of this build, told what language a source is; libraries are none.
                run(COMPILER, *SOURCES[source], *shlex.split(FLAGS), HERE / "consumer" / source, "-xnone",
                    *shlex.split(flags), "-o", program)
                test.assertEqual(run(program, *inputs, env=found), TEXT)
