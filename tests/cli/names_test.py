"""File names hold any byte but zero and '/': none breaks an output format or the terminal."""

import csv
import io
import json
import os
import re
import unittest

import colours
from program import ProgramTest

# name, as text shows it, as JSON and CSV hold it
NAMES = [
    (b"two\nlines.png", "two\\nlines.png", "two\nlines.png", "two\nlines.png"),
    (b"a\tb.png", "a\\tb.png", "a\tb.png", "a\tb.png"),
    (b"cr\r.png", "cr\\r.png", "cr\r.png", "cr\r.png"),
    (b"\x1b]0;title\x07.png", "\\x1b]0;title\\x07.png", "\x1b]0;title\x07.png", "\ufffd]0;title\ufffd.png"),
    (b"\x7f.png", "\\x7f.png", "\x7f.png", "\ufffd.png"),
    ("\u009b31m.png".encode(), "\\xc2\\x9b31m.png", "\u009b31m.png", "\ufffd31m.png"),
    ("\u202egnp.png".encode(), "\\xe2\\x80\\xaegnp.png", "\u202egnp.png", "\ufffdgnp.png"),
    (b"\xff.png", "\\xff.png", "\ufffd.png", "\ufffd.png"),
    (b"\xc0\xaf.png", "\\xc0\\xaf.png", "\ufffd\ufffd.png", "\ufffd\ufffd.png"),
    (b"\xed\xa0\x80.png", "\\xed\\xa0\\x80.png", "\ufffd\ufffd\ufffd.png", "\ufffd\ufffd\ufffd.png"),
    (b"back\\slash.png", "back\\\\slash.png", "back\\slash.png", "back\\slash.png"),
    (b'quo"te, .png', 'quo"te, .png', 'quo"te, .png', 'quo"te, .png'),
    ("京A.png".encode(), "京A.png", "京A.png", "京A.png"),
]
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def bytes_of(escaped):
    """The name that the text format shows so."""
    codes = {"n": b"\n", "t": b"\t", "r": b"\r", "\\": b"\\"}
    return re.sub(rb"\\(x[0-9a-f]{2}|.)", lambda m: codes[m[1].decode()] if m[1][:1] != b"x" else bytes([int(m[1][1:], 16)]),
                  escaped.encode())


class Names(ProgramTest):
    def setUp(self):
        super().setUp()
        for name, *_ in NAMES:
            self.write(os.fsdecode(name), colours.png("B......."))
        self.arguments = [os.fsdecode(name) for name, *_ in NAMES]
        self.missing = [os.fsdecode(b"no-" + name) for name, *_ in NAMES]

    def run_on(self, format, names):
        """Both streams are valid UTF-8, as run_program() decodes strictly."""
        status, out, err = self.recognize("--format", format, *names)
        self.assertNotRegex(err, UNSAFE)
        return status, out, err

    def test_text_is_reversible(self):
        status, out, _ = self.run_on("text", self.arguments)
        self.assertEqual(status, 0)
        self.assertNotRegex(out, UNSAFE)
        rows = [line.split("\t") for line in out.split("\n")[:-1]]
        self.assertEqual([row[:2] for row in rows], [[text, "蓝"] for _, text, _, _ in NAMES])
        self.assertEqual([bytes_of(row[0]) for row in rows], [name for name, *_ in NAMES])

    def test_text_errors_are_one_line_each(self):
        status, out, err = self.run_on("text", self.missing)
        self.assertEqual((status, out), (1, ""))
        lines = err.split("\n")[:-1]
        self.assertEqual(len(lines), len(NAMES) + 1)
        for line in lines:
            self.assertTrue(line.startswith("lprnet: "), line)
        self.assertIn("lprnet: no-two\\nlines.png: no such file", lines)

    def test_json(self):
        for format in ["json", "ndjson"]:
            with self.subTest(format=format):
                status, out, _ = self.run_on(format, self.arguments + self.missing)
                self.assertEqual(status, 1)
                self.assertNotRegex(out, UNSAFE)
                found = json.loads(out) if format == "json" else [json.loads(line) for line in out.split("\n")[:-1]]
                self.assertEqual([one["file"] for one in found],
                                 [name for *_, name, _ in NAMES] + ["no-" + name for *_, name, _ in NAMES])

    def test_csv(self):
        status, out, _ = self.run_on("csv", self.arguments + self.missing)
        self.assertEqual(status, 1)
        self.assertNotRegex(out.replace("\r", ""), UNSAFE)
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        self.assertEqual([row["file"] for row in rows],
                         [name for *_, name in NAMES] + ["no-" + name for *_, name in NAMES])
        self.assertEqual([row["text"] for row in rows], ["蓝"] * len(NAMES) + [""] * len(NAMES))

    def test_folder_gives_the_same_names(self):
        status, out, _ = self.run_on("text", ["."])
        self.assertEqual(status, 0)
        self.assertEqual(sorted(bytes_of(line.split("\t")[0]) for line in out.split("\n")[:-1]),
                         sorted(b"./" + name for name, *_ in NAMES))

    def test_other_commands_guard_the_terminal(self):
        model = "\x1b[31m\nmodel.safetensors"
        (self.folder / model).write_bytes(self.model.read_bytes())
        for arguments in [["inspect", model], ["verify", model], ["trace", model, "京A.png", "-o", "\x1b.safetensors"],
                          ["convert", model, "-o", "\x1b.safetensors"], ["inspect", "no" + model], ["recognize", "--\x1b"],
                          ["\x1b[0m"], ["eval", "--model", model, "--labels", "no\x1b", "京A.png"],
                          ["eval", "--model", model, *self.arguments[:5]]]:
            with self.subTest(arguments=arguments):
                _, out, err = self.run_program(*arguments)
                self.assertNotRegex(out, UNSAFE)
                self.assertNotRegex(err, UNSAFE)
                self.assertTrue(out + err)


if __name__ == "__main__":
    unittest.main()
