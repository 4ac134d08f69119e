import json
import os
import signal
import subprocess
import unittest

import colours
from program import PROGRAM, ProgramTest


class Output(ProgramTest):
    """--output"""

    def setUp(self):
        super().setUp()
        self.write("plates/蓝RG.png", colours.png("BB..RG.."))

    def test_the_file_has_what_standard_output_would(self):
        for command, options in (("recognize", ["--format", "csv"]), ("recognize", ["--format", "text"]), ("eval", [])):
            with self.subTest(command=command, options=options):
                arguments = [command, "--model", self.model, *options, "plates"]
                status, out, err = self.run_program(*arguments)
                self.write("there.txt", "of an earlier run, which is longer" * 100)
                self.assertEqual(self.run_program(*arguments, "-o", "there.txt"), (status, "", err))
                # A csv row has the time that it took.
                written = (self.folder / "there.txt").read_text(encoding="utf-8")
                self.assertEqual(written.split(",0")[0].split("\n")[0], out.split(",0")[0].split("\n")[0])
                self.assertEqual(len(written.splitlines()), len(out.splitlines()))
        # Errors of pictures stay where they are seen.
        status, out, err = self.recognize("plates", "missing.png", "--output=there.txt")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("missing.png: no such file", err)

    def test_what_cannot_be_written(self):
        for name, message in (("missing/there.txt", "missing/there.txt: cannot be written: No such file or directory"),
                              ("/dev/full", "cannot write /dev/full: No space left on device")):
            status, out, err = self.recognize("--output", name, "plates")
            self.assertEqual((status, out), (2, ""))
            self.assertIn(message, err)

    def test_a_picture_is_not_written_over(self):
        before = (self.folder / "plates/蓝RG.png").read_bytes()
        status, _, err = self.recognize("--output", "plates/../plates/蓝RG.png", "plates/蓝RG.png")
        self.assertEqual(status, 2)
        self.assertIn("is one of the inputs", err)
        self.assertEqual((self.folder / "plates/蓝RG.png").read_bytes(), before)

    def test_a_model_that_cannot_be_used_leaves_the_file_alone(self):
        self.write("there.txt", "of an earlier run")
        status, _, _ = self.run_program("recognize", "--model", "missing.pth", "--output", "there.txt", "plates")
        self.assertEqual((status, (self.folder / "there.txt").read_text(encoding="utf-8")), (2, "of an earlier run"))

    def test_a_signal_closes_the_array_there(self):
        with subprocess.Popen([PROGRAM, "recognize", "--model", self.model, "--format", "json", "--output", "there.json", "-"],
                              stdin=subprocess.PIPE, cwd=self.folder, env=self.environment) as program:
            program.stdin.write("plates/蓝RG.png\n".encode())
            program.stdin.flush()
            while not (self.folder / "there.json").exists() or b"milliseconds" not in (self.folder / "there.json").read_bytes():
                self.assertIsNone(program.poll())
            os.kill(program.pid, signal.SIGTERM)
            self.assertEqual(program.wait(), -signal.SIGTERM)
        (record,) = json.loads((self.folder / "there.json").read_text(encoding="utf-8"))
        self.assertEqual(record["text"], "蓝RG")


if __name__ == "__main__":
    unittest.main()
