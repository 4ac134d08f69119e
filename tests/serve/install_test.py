"""What is installed of the service, its systemd unit, its container's stage, and the examples of its README."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from service import ROOT, Service

BUILD = os.environ["LPRNET_BUILD"]
CMAKE = os.environ["LPRNET_CMAKE"]
SAMPLES = ROOT / "models/samples"
README = (ROOT / "tools/serve/README.md").read_text(encoding="utf-8")
# What debian:12-slim has, and which package has the others.
BASE = {"libstdc++.so.6", "libgcc_s.so.1", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
PACKAGES = {"libmicrohttpd.so.12": "libmicrohttpd12", "libjpeg.so.62": "libjpeg62-turbo", "libpng16.so.16": "libpng16-16"}


def run(*command, **options):
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True, **options).stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.prefix = cls.folder / "prefix"
        for component in ("serve", "program"):
            run(CMAKE, "--install", BUILD, "--component", component, "--prefix", cls.prefix)

    def test_it_finds_its_models(self):
        process = subprocess.Popen([self.prefix / "bin/lprnet", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True,
                                   env={name: value for name, value in os.environ.items() if not name.startswith("LPRNET_")})
        listening = json.loads(process.stderr.readline())
        process.terminate()
        self.assertEqual((listening["event"], process.wait(timeout=60)), ("listening", 0))
        process.stderr.close()

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not here")
    def test_unit(self):
        unit = self.prefix / "lib/systemd/system/lprnet-serve.service"
        self.assertIn(f"\nExecStart={self.prefix}/bin/lprnet-serve\n", unit.read_text(encoding="utf-8"))
        checked = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_stage_of_the_container(self):
        text = (ROOT / "tools/Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
        stage = re.search(r"^FROM debian:12-slim AS serve$(.*?)^FROM ", text, re.MULTILINE | re.DOTALL)[1]
        for place, component in re.findall(r"DESTDIR=(/\S+) cmake --install build/release --component (\w+)", text):
            run(CMAKE, "--install", BUILD, "--component", component, "--prefix", "/usr/local", env={**os.environ, "DESTDIR": str(self.folder) + place})
        for source, target in re.findall(r"^COPY --from=build (\S+) (\S+)$", stage, re.MULTILINE):
            self.assertTrue((self.folder / source[1:]).exists(), source)
            self.assertTrue(source.endswith(target))
        program = json.loads(re.search(r"^ENTRYPOINT (.*)$", stage, re.MULTILINE)[1])[0]
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", self.folder / "out-serve" / program[1:]))
        self.assertIn("libmicrohttpd.so.12", needed)
        for library in needed:
            if library not in BASE:
                self.assertIn(f" {PACKAGES[library]} ", stage)


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-serve-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.service = Service(folder=cls.folder, shipped=True)
        cls.addClassCleanup(cls.service.stop)

    @unittest.skipUnless(shutil.which("curl"), "curl is not here")
    def test_examples(self):
        blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
        self.assertEqual(blocks.count("curl "), 4)
        done = subprocess.run(["bash", "-euo", "pipefail"], input=blocks.replace(":8080", f":{self.service.port}").replace("curl ", "curl -sS --noproxy '*' "),
                              cwd=SAMPLES, capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        read, recognized, several, from_json = map(json.loads, done.stdout.splitlines())
        self.assertEqual(read["plates"][0]["text"], "皖U69168")
        self.assertEqual((recognized["file"], recognized["text"], len(recognized["alternatives"])), ("gate-7.jpg", "皖CFX6006", 2))
        self.assertEqual([one["plates"][0]["text"] for one in several], ["皖U69168", "冀QFZ0154"])
        self.assertEqual((from_json[0]["file"], from_json[0]["text"]), ("a.jpg", "皖CFX6006"))

    def test_limits_are_the_programs(self):
        shown = run(os.environ["LPRNET_SERVE"], "--help")
        table = README[README.index("## Limits"):README.index("## Who may ask")]
        rows = re.findall(r"^\| `(--[\w-]+)` \| ([\d,]+)(?!\.)\b", table, re.MULTILINE)
        self.assertGreater(len(rows), 8)
        for option, default in rows:
            line = re.search(rf"{option} \S+\s+[^\n]*", shown)[0]
            number = default.replace(",", "")
            if "bytes" in option:
                number = str(int(number) << 20)
            self.assertTrue(f"={number} " in line or f"={number}\n" in line + "\n" or f"({number})" in line, (option, line))

    @unittest.skipUnless(shutil.which("nginx") and shutil.which("openssl"), "nginx or openssl is not here")
    def test_behind_nginx(self):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "1",
            "-subj", "/CN=localhost", cwd=self.folder)
        block = re.search(r"^```nginx\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)[1]
        block = block.replace("127.0.0.1:8080", f"127.0.0.1:{self.service.port}").replace("/etc/lprnet/", f"{self.folder}/")
        block = block.replace("listen 8443 ssl", f"listen unix:{self.folder}/https ssl")
        user = "user root; " if os.geteuid() == 0 else ""
        paths = "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"{user}daemon off; pid {self.folder}/pid; events {{}} http {{ access_log off;\n{paths}{block}}}\n")
        nginx = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf", "-p", self.folder, "-e", self.folder / "error.log"])
        self.addCleanup(lambda: (nginx.terminate(), nginx.wait()))
        while not (self.folder / "https").exists() and nginx.poll() is None:
            time.sleep(0.01)
        asked = run("curl", "-sSk", "-i", "--noproxy", "*", "--unix-socket", self.folder / "https", "--data-binary", f"@{SAMPLES}/photos/皖U69168.jpg",
                    "https://localhost/v1/read")
        self.assertIn('"text":"皖U69168"', asked)
        self.assertRegex(asked, r"X-Request-Id: [0-9a-f]{32}\b")


if __name__ == "__main__":
    unittest.main()
