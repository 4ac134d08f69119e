import os
import pty
import re
import subprocess

import colours
from program import PROGRAM, ProgramTest


class CommandLine(ProgramTest):
    def test_help(self):
        status, out, err = self.run_program("help")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.run_program("--help"), (0, out, ""))
        self.assertIn("recognize", out)
        status, out, err = self.run_program("help", "recognize")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.run_program("recognize", "--help")[1].splitlines()[-1], out.splitlines()[-1])
        self.assertIn("Usage: lprnet recognize", out)
        status, out, err = self.run_program("help", "recognise")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("there is no command 'recognise'; did you mean recognize?", err)

    def test_version(self):
        status, out, err = self.run_program("-V")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.run_program("--version"), (0, out, ""))

    def test_names_that_are_nearly_right(self):
        for arguments, message in ((["recogniez"], "there is no command 'recogniez'; did you mean recognize?"),
                                   (["xyz"], "there is no command 'xyz'\n"),
                                   (["recognize", "--treads", "4", "x"], "'--treads'; did you mean --threads?"),
                                   (["recognize", "--formt=csv", "x"], "'--formt'; did you mean --format?"),
                                   (["recognize", "--swimming", "x"], "there is no option '--swimming'\n")):
            with self.subTest(arguments=arguments):
                status, out, err = self.run_program(*arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, err)
        # What stands behind -- is a file.
        _, _, err = self.recognize("--", "--treads")
        self.assertIn("--treads: no such file", err)


class Progress(ProgramTest):
    def setUp(self):
        super().setUp()
        for name in ("a.png", "b.jpe", "c.jfif"):
            self.write("plates/" + name, colours.png("BB..RG.."))
        self.write("plates/broken.png", "no picture")

    def on_a_terminal(self, *arguments):
        """Standard output and what a terminal at standard error gets."""
        terminal, error = pty.openpty()
        with subprocess.Popen([PROGRAM, "recognize", "--model", self.model, *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=error, cwd=self.folder, env=self.environment) as program:
            os.close(error)
            out = program.stdout.read().decode()
        shown = b""
        try:
            while part := os.read(terminal, 4096):
                shown += part
        except OSError:  # the end, on Linux
            pass
        os.close(terminal)
        return out, shown.decode()

    def test_lines_where_standard_error_is_no_terminal(self):
        status, out, err = self.recognize("--progress", "plates")
        self.assertEqual((status, len(out.splitlines())), (1, 3))
        self.assertRegex(err.splitlines()[0], r"^1 of 4 images, [\d.]+ a second, \d+ s left  plates/a\.png$")

    def test_one_line_on_a_terminal(self):
        out, shown = self.on_a_terminal("--progress", "plates")
        self.assertEqual(len(out.splitlines()), 3)
        lines = re.split("\r\x1b\\[K", shown)
        self.assertRegex(lines[1], r"^1 of 4 images, [\d.]+ a second, \d+ s left  plates/a\.png$")
        # A message takes the line's place, and nothing is left of it.
        self.assertTrue(lines[2].startswith("lprnet: plates/broken.png: "), lines)
        self.assertEqual(len(lines), 3)

    def test_nothing_where_it_is_quick_or_not_wanted(self):
        _, shown = self.on_a_terminal("plates/a.png")
        self.assertEqual(shown, "")
        self.assertEqual(self.recognize("plates/a.png")[2], "")
        self.assertEqual(self.recognize("--progress", "--quiet", "plates/a.png")[2], "")

    def test_a_list_on_standard_input_has_no_total(self):
        _, _, err = self.recognize("--progress", "-", stdin="plates/a.png\n")
        self.assertRegex(err, r"^1 images, [\d.]+ a second  plates/a\.png$")
