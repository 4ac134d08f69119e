"""What cpack makes of this build, and the root of tools/Dockerfile's image: unpacked into empty folders and used there."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import consumers
from consumers import BUILD, CMAKE, ROOT, run

EMULATOR = os.environ.get("LPRNET_EMULATOR", "").split()
VERSION = os.environ["LPRNET_VERSION"]
SAMPLE = ROOT / "models/samples/皖CFX6006.jpg"
PHOTOGRAPH = ROOT / "models/samples/photos/皖U69168.jpg"
MODELS = ["lprnet-cn.safetensors", "lprnet-detect.safetensors"]
# What a model was trained with, and under which licence.
MODEL_LICENCES = {"README.md": "| licence | Apache-2.0", "DETECTOR.md": "| licence | Apache-2.0", "LICENSE": "Apache License"}


def bare_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("LPRNET_")}


class Packages(unittest.TestCase):
    kind = ""

    @classmethod
    def setUpClass(cls):
        if not cls.kind:
            raise unittest.SkipTest("for the classes below")
        folder = tempfile.TemporaryDirectory(prefix="lprnet-packages-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        # Beside the tests for another kind at the same time: what it installs lies below -B.
        run(os.environ["LPRNET_CPACK"], "--config", f"{BUILD}/CPackConfig.cmake", "-G", cls.kind, "-B", cls.folder / "made")
        cls.made = sorted(path.name for path in (cls.folder / "made").iterdir() if path.is_file())

    def check_program(self, prefix):
        """The program that is installed in `prefix` finds its models and reads."""
        self.check_reading(*EMULATOR, prefix / "bin/lprnet", environment=bare_environment())
        for model in MODELS:
            self.assertEqual((prefix / "share/lprnet" / model).read_bytes(), (ROOT / "models" / model).read_bytes())
        for name, words in MODEL_LICENCES.items():
            self.assertIn(words, (prefix / "share/lprnet" / name).read_text(encoding="utf-8"))
        self.assertTrue((prefix / "share/man/man1/lprnet-read.1").is_file())
        self.assertTrue((prefix / "share/lprnet/schemas/read.schema.json").is_file())

    def check_reading(self, *program, environment, sample=SAMPLE, photograph=PHOTOGRAPH):
        line = run(*program, "recognize", sample, env=environment)
        self.assertEqual(line.split("\t")[:2], [str(sample), SAMPLE.stem])
        if EMULATOR:
            return  # an emulator takes a quarter of a minute to find plates
        line = run(*program, "read", photograph, env=environment)
        self.assertEqual(line.split("\t")[:2], [str(photograph), PHOTOGRAPH.stem])

    def check_notices(self, folder, *licences):
        notices = (folder / "THIRD_PARTY_NOTICES").read_text(encoding="utf-8")
        self.assertEqual(notices, (ROOT / "src/THIRD_PARTY_NOTICES").read_text(encoding="utf-8"))
        for name in licences:
            self.assertIn("Apache", (folder / name).read_text(encoding="utf-8"))


class Archive(Packages):
    kind = "TGZ"

    def test_archive(self):
        name = f"lprnet-{VERSION}-linux-{os.environ['LPRNET_PROCESSOR']}"
        self.assertEqual(self.made, [name + ".tar.gz"])
        run("tar", "-xzf", self.folder / "made" / self.made[0], "-C", self.folder)
        prefix = self.folder / name
        self.check_program(prefix)
        self.check_notices(prefix / "share/doc/lprnet", "LICENSE")
        if os.environ["LPRNET_STATIC"] == "ON":
            headers = run("readelf", "--wide", "--program-headers", "--dynamic", prefix / "bin/lprnet")
            self.assertNotIn("(NEEDED)", headers)
            self.assertNotIn("INTERP", headers)
            if os.environ["LPRNET_PROGRAM_SIZE_LIMIT"]:
                self.assertLess((prefix / "bin/lprnet").stat().st_size, int(os.environ["LPRNET_PROGRAM_SIZE_LIMIT"]))


@unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"), "Debian's dpkg and dpkg-dev are not here")
class Debian(Packages):
    kind = "DEB"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        major, minor, _ = VERSION.split(".")
        cls.runtime = "liblprnet" + (f"0.{minor}" if major == "0" else major)
        cls.packages = {name.split("_")[0]: cls.folder / "made" / name for name in cls.made}
        cls.root = cls.folder / "root"
        for package in cls.packages.values():
            run("dpkg-deb", "-x", package, cls.root)

    def field(self, package, name):
        return run("dpkg-deb", "-f", self.packages[package], name).strip()

    def files(self, package):
        return [line.split(maxsplit=5)[5].split(" -> ")[0] for line in
                run("dpkg-deb", "-c", self.packages[package]).splitlines() if not line.startswith("d")]

    def test_fields(self):
        self.assertEqual(set(self.packages), {"lprnet", "liblprnet-dev", self.runtime})
        architecture = run("dpkg", "--print-architecture").strip()
        for package in self.packages:
            with self.subTest(package=package):
                self.assertEqual(self.field(package, "Version"), VERSION)
                self.assertEqual(self.field(package, "Architecture"), architecture)
                self.assertEqual(self.field(package, "Description").splitlines()[0], "finds and reads license plates on a CPU")
        # Each library that the linker wants, with the version that has what is used of it.
        depends = self.field(self.runtime, "Depends")
        wanted = ["libc6", "libstdc++6"]
        wanted += ["libjpeg62-turbo"] if os.environ["LPRNET_WITH_LIBJPEG"] == "ON" else []
        wanted += ["libpng16-16"] if os.environ["LPRNET_WITH_LIBPNG"] == "ON" else []
        for package in wanted:
            self.assertRegex(depends, rf"\b{re.escape(package)} \(>= [\d.-]+\)")
        self.assertIn(f"{self.runtime} (= {VERSION})", self.field("liblprnet-dev", "Depends"))
        if os.environ["LPRNET_STATIC"] == "ON":
            self.assertEqual(self.field("lprnet", "Depends"), "")
        # What a package that links the library will depend on.
        shlibs = run("dpkg-deb", "--info", self.packages[self.runtime], "shlibs")
        self.assertEqual(shlibs, f"liblprnet {self.runtime.removeprefix('liblprnet')} {self.runtime} (>= {VERSION})\n")

    def test_no_file_is_in_two_packages(self):
        files = [file for package in self.packages for file in self.files(package)]
        self.assertEqual(len(files), len(set(files)))
        # The next version's library can be installed beside this one.
        self.assertTrue(all(self.runtime in file or f"/{self.runtime.replace('liblprnet', 'liblprnet.so.')}" in file
                            for file in self.files(self.runtime)), self.files(self.runtime))

    def test_licences(self):
        for package in self.packages:
            with self.subTest(package=package):
                self.check_notices(self.root / "usr/share/doc" / package, "copyright")

    def test_program(self):
        self.check_program(self.root / "usr")

    def test_development(self):
        """More consumers are those of install_test.py."""
        consumers.check_cmake(self, self.root / "usr", self.folder, ["cxx-lprnet_shared", "c-lprnet"])
        consumers.check_pkg_config(self, self.root / "usr", self.folder, ["main.c"])

    def test_dpkg_installs_them(self):
        """By dpkg itself, into a root without the libraries of others: only these are missing."""
        if os.geteuid() != 0:
            self.skipTest("dpkg installs as root alone")
        root = self.folder / "installed"
        for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (root / folder).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        run("dpkg", f"--root={root}", "--force-depends", "--force-not-root", "--install", *self.packages.values())
        for package in self.packages:
            status = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f=${Status}", package)
            self.assertEqual(status, "install ok installed")
        self.check_program(root / "usr")


class Container(Packages):
    """The last stage of tools/Dockerfile, made of the same lines without docker."""

    @classmethod
    def setUpClass(cls):
        if os.environ["LPRNET_STATIC"] != "ON":
            raise unittest.SkipTest("the program of this build is not linked statically")
        folder = tempfile.TemporaryDirectory(prefix="lprnet-container-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.lines = (ROOT / "tools/Dockerfile").read_text(encoding="utf-8").replace("\\\n", "").splitlines()

    def test_program_runs_on_an_empty_root(self):
        install = re.search(r"DESTDIR=/out cmake (--install) build/release (.*)$", "\n".join(self.lines), re.MULTILINE)
        # The prefix that the Dockerfile's build has.
        run(CMAKE, install[1], BUILD, *install[2].split(), "--prefix", "/usr/local",
            env={**os.environ, "DESTDIR": str(self.folder / "out")})
        root = self.folder / "root"
        last = self.lines[max(i for i, line in enumerate(self.lines) if line.startswith("FROM ")):]
        self.assertEqual(last[0], "FROM scratch")
        for line in last:
            if line.startswith("COPY "):
                source, place = re.fullmatch(r"COPY --from=build (/out/\S+) (/\S+)", line).groups()
                target = root / place[1:]
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (self.folder / source[1:]).is_dir() else shutil.copy)(self.folder / source[1:], target)
        self.check_notices(root / "usr/local/share/doc/lprnet", "LICENSE")
        shutil.copy(SAMPLE, root / "plate.jpg")
        shutil.copy(PHOTOGRAPH, root / "photograph.jpg")
        (program,) = json.loads(next(line for line in last if line.startswith("ENTRYPOINT ")).removeprefix("ENTRYPOINT "))
        enter = ["unshare", "--user", "--map-root-user", "--root", root]
        if subprocess.run([*enter, program, "--version"], capture_output=True, check=False).returncode != 0:
            if os.geteuid() != 0:
                self.skipTest("this system lets no user change the root")
            enter = ["chroot", root]
        self.check_reading(*enter, program, environment={}, sample="/plate.jpg", photograph="/photograph.jpg")


if __name__ == "__main__":
    unittest.main()
