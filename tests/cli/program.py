"""Runs the built program, whose path is in $LPRNET_PROGRAM, in a folder of its own."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import colours

PROGRAM = os.environ["LPRNET_PROGRAM"]


class ProgramTest(unittest.TestCase):
    """Has a fresh folder `self.folder` with the model of colours.py in it; commands run there."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lprnet-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.model = self.folder / "colours.safetensors"
        colours.write_model(self.model)
        self.environment = {k: v for k, v in os.environ.items() if k != "LPRNET_MODEL"}

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def run_program(self, *arguments, stdin="", program=PROGRAM, **options):
        """Returns (exit status, standard output, standard error)."""
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        done = subprocess.run([program, *map(str, arguments)], input=data,
                              capture_output=True, cwd=self.folder, env=self.environment,
                              timeout=600, check=False, **options)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def recognize(self, *arguments, **options):
        return self.run_program("recognize", "--model", self.model, *arguments, **options)
