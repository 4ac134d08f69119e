"""Installs the build, then uses it as a stranger would: find_package, pkg-config, the program."""

import os
import pathlib
import re
import tempfile
import unittest

import consumers
from consumers import BUILD, CMAKE, COMPILER, ROOT, run

# A sentence of the licence of each, in its section of THIRD_PARTY_NOTICES.
LICENCES = {"nanobind": "Neither the name of the copyright holder",
            "robin-map, a part of nanobind": "Permission is hereby granted, free of charge",
            "nlohmann/json": "Permission is hereby granted, free of charge",
            "stb_image": "released into the public domain",
            "Highway": "Apache License, Version 2.0",
            "libjpeg-turbo": "based in part on the work of the Independent JPEG Group",
            "libpng and zlib": "PNG Reference Library License",
            "libwebp": "Neither the name of Google",
            "libtiff": "Permission to use, copy, modify, distribute, and sell this software",
            "CLI11": "Neither the name of the University",
            "The GNU C Library, libstdc++ and libgcc": "GNU Lesser General Public License"}
SYSTEM = r"(sys|arpa|asm|linux|netinet)/|(fcntl|unistd|malloc|poll|pthread|sched|signal|stdio|stdlib|termios|dlfcn|setjmp|immintrin|xmmintrin|x86intrin|errno|time|arm_neon|cpuid)\.h"


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-install-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.prefix = cls.folder / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        cls.model, cls.image = consumers.write_inputs(cls.folder)

    def test_find_package(self):
        consumers.check_cmake(self, self.prefix, self.folder, consumers.ALL_PROGRAMS)
        consumers.check_cmake_in_c(self, self.prefix, self.folder)

    def test_pkg_config(self):
        consumers.check_pkg_config(self, self.prefix, self.folder)

    def test_shared_library_is_named_for_what_may_replace_it(self):
        library = next(self.prefix.glob("lib*/**/liblprnet.so"))
        version = os.environ["LPRNET_VERSION"].split(".")
        name = "liblprnet.so." + ".".join(version[:2] if version[0] == "0" else version[:1])
        self.assertIn(f"SONAME               {name}\n", run("objdump", "-p", library))
        self.assertEqual({path.name for path in library.parent.glob("liblprnet.so*")},
                         {"liblprnet.so", name, "liblprnet.so." + ".".join(version)})

    def test_licences(self):
        folder = self.prefix / "share/doc/lprnet"
        self.assertIn("Apache License", (folder / "LICENSE").read_text(encoding="utf-8"))
        notices = (folder / "THIRD_PARTY_NOTICES").read_text(encoding="utf-8")
        sections = dict(part.strip("\n").split(":", 1) for part in notices.split("=" * 78 + "\n")[1:])
        for name, licence in LICENCES.items():
            with self.subTest(name=name):
                self.assertIn(licence, sections[name])

    def test_every_third_party_header_has_a_notice(self):
        """What is included from outside, but for the C and C++ libraries, is in the list."""
        outside = {"nlohmann": "nlohmann/json", "hwy": "Highway", "CLI": "CLI11", "stb_image.h": "stb_image",
                   "stb_image_write.h": "stb_image",
                   "jpeglib.h": "libjpeg-turbo", "jerror.h": "libjpeg-turbo",
                   "png.h": "libpng and zlib", "webp": "libwebp", "tiffio.h": "libtiff"}
        for path in [*ROOT.glob("src/**/*.cpp"), *ROOT.glob("src/**/*.h"), *ROOT.glob("tools/lprnet/*.cpp"), *ROOT.glob("tools/lprnet/*.h")]:
            for name in re.findall(r"^#include <([^>]+)>", path.read_text(encoding="utf-8"), re.MULTILINE):
                if "." in name and not re.match(SYSTEM, name):
                    with self.subTest(path=path, name=name):
                        self.assertIn(outside.get(name.split("/")[0], name), LICENCES)

    @unittest.skipIf(os.environ["LPRNET_WITH_PROGRAM"] != "ON", "built without the program")
    def test_installed_program_finds_its_model(self):
        share = self.prefix / "share/lprnet"
        share.mkdir(parents=True, exist_ok=True)
        (share / "lprnet-cn.safetensors").write_bytes(self.model.read_bytes())
        environment = {k: v for k, v in os.environ.items() if k != "LPRNET_MODEL"}
        out = run(self.prefix / "bin/lprnet", "recognize", self.image, env=environment)
        self.assertEqual(out.split("\t")[1], "蓝RG")


    @unittest.skipIf(os.environ["LPRNET_WITH_PROGRAM"] != "ON", "built without the program")
    def test_manual_and_completions(self):
        program = self.prefix / "bin/lprnet"
        share = self.prefix / "share"
        commands = re.findall(r"^  ([\w-]+) ", run(program, "--help").split("Commands:")[1].split("\n\n")[0], re.MULTILINE)
        pages = {f"lprnet-{command}.1": ["--man", command] for command in commands} | {"lprnet.1": ["--man"]}
        self.assertEqual({path.name for path in (share / "man/man1").iterdir()}, set(pages))
        files = {share / "man/man1" / name: arguments for name, arguments in pages.items()} | {
            share / "bash-completion/completions/lprnet": ["--completion", "bash"],
            share / "zsh/site-functions/_lprnet": ["--completion", "zsh"],
            share / "fish/vendor_completions.d/lprnet.fish": ["--completion", "fish"]}
        for path, arguments in files.items():
            with self.subTest(path=path):
                self.assertEqual(path.read_text(encoding="utf-8"), run(program, "help", *arguments))


class Configure(unittest.TestCase):
    def test_a_build_needs_no_package_of_the_tests(self):
        missing = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON"
                   for package in ["GTest", "OpenCV", "benchmark", "Python3", "PkgConfig"]]
        with tempfile.TemporaryDirectory(prefix="lprnet-configure-") as build:
            run(CMAKE, "-S", ROOT, "-B", build, f"-DCMAKE_CXX_COMPILER={COMPILER}", *missing)
            self.assertIn("CMAKE_BUILD_TYPE:STRING=Release\n",
                          (pathlib.Path(build) / "CMakeCache.txt").read_text(encoding="utf-8"))

    def test_within_another_project_only_the_library_is_built(self):
        for option, type_of_library in [("-Wdev", "STATIC_LIBRARY"), ("-DBUILD_SHARED_LIBS=ON", "SHARED_LIBRARY")]:
            with self.subTest(option=option), tempfile.TemporaryDirectory(prefix="lprnet-host-") as folder:
                build = pathlib.Path(folder) / "build"
                out = run(CMAKE, "-S", consumers.HERE / "host", "-B", build, option,
                          f"-DLPRNET_FOLDER={ROOT}", f"-DCMAKE_CXX_COMPILER={COMPILER}",
                          "-DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON", "--no-warn-unused-cli")
                self.assertIn(f"found: lprnet_objects;lprnet {type_of_library}\n", out)
                run(CMAKE, "--install", build, "--prefix", pathlib.Path(folder) / "prefix")
                self.assertEqual(list(pathlib.Path(folder).glob("prefix/**/*lprnet*")), [])


if __name__ == "__main__":
    unittest.main()
