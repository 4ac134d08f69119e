"""What `-` reads: one picture, a list of lines, or a list separated by zero bytes."""

import json
import os
import subprocess
import unittest

import colours
from program import PROGRAM, ProgramTest

BLUE = colours.png("B.......")


class StandardInput(ProgramTest):
    def test_picture_of_every_type(self):
        for name, data in [("png", BLUE), ("jpg", colours.JPEG), ("ppm", colours.ppm("BB..RR..")),
                           ("bmp", colours.bmp("BB..RR.."))]:
            with self.subTest(name=name):
                path = self.write("plate." + name, data)
                text = self.recognize(path)[1].split("\t")[1]
                status, out, err = self.recognize("-", stdin=data)
                self.assertEqual((status, out.split("\t")[:2], err), (0, ["-", text], ""))

    def test_picture_that_comes_in_pieces(self):
        for data in [BLUE, colours.ppm("B......."), colours.bmp("B.......")]:
            for size in [1, 3, 7]:  # 3: the first line of a PPM comes alone
                with self.subTest(data=data[:2], size=size), subprocess.Popen(
                        [PROGRAM, "recognize", "--model", str(self.model), "-"], stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, bufsize=0) as process:
                    for i in range(0, 60, size):
                        process.stdin.write(data[i:i + size])
                    process.stdin.write(data[i + size:])
                    process.stdin.close()
                    self.assertEqual(process.stdout.read().decode().split("\t")[:2], ["-", "蓝"])
                    self.assertEqual(process.wait(timeout=60), 0)

    def test_picture_between_files(self):
        self.write("a.png", colours.png("G......."))
        status, out, _ = self.recognize("a.png", "-", "a.png", stdin=BLUE)
        self.assertEqual((status, [line.split("\t")[:2] for line in out.splitlines()]),
                         (0, [["a.png", "G"], ["-", "蓝"], ["a.png", "G"]]))

    def test_cut_picture_is_an_error_and_no_list(self):
        status, out, err = self.recognize("-", stdin=BLUE[:-30])
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"^lprnet: -: .*\n$")

    def test_evaluation_of_a_picture(self):
        labels = self.write("labels.csv", "file,text\n-,蓝\n")
        status, out, _ = self.run_program("eval", "--model", self.model, "--labels", labels, "--format", "json", "-",
                                          stdin=BLUE)
        self.assertEqual((status, json.loads(out)["plates"]["right"]), (0, 1))

    def test_names_that_begin_like_pictures_are_names(self):
        names = ["BM.png", "BMW.png", "P5 cars.png", "P6.png", "BM123456789012345.png", "P6"]
        for name in names:
            self.write(name, BLUE)
        for first in names:
            order = [first, *(name for name in names if name != first)]
            with self.subTest(first=first):
                status, out, _ = self.recognize("-", stdin="\n".join(order))
                self.assertEqual((status, [line.split("\t")[0] for line in out.splitlines()]), (0, order))

    def test_list_separated_by_zero_bytes(self):
        names = ["a.png", "two\nlines.png", "cr\r", " blank "]
        for name in names:
            self.write(name, BLUE)
        for option in ["-0", "--null"]:
            for end in ["\0", ""]:
                with self.subTest(option=option, end=end):
                    status, out, err = self.recognize(option, "--format", "json", "-", stdin="\0".join(names) + end)
                    self.assertEqual((status, err), (0, ""))
                    self.assertEqual([one["file"] for one in json.loads(out)], names)

    def test_find_print0(self):
        self.write("plates/a.png", BLUE)
        self.write("plates/b\nc.png", BLUE)
        listed = subprocess.run(["find", "plates", "-name", "*.png", "-print0"], cwd=self.folder, check=True,
                                capture_output=True).stdout
        status, out, _ = self.recognize("-0", "-", stdin=listed)
        self.assertEqual((status, sorted(line.split("\t")[0] for line in out.splitlines())),
                         (0, ["plates/a.png", "plates/b\\nc.png"]))

    def test_zero_bytes_without_the_option_are_a_mistake_that_is_explained(self):
        self.write("a.png", BLUE)
        for names in ["a.png\0a.png\0", "a.png\0", "a.png\na.png\0"]:
            with self.subTest(names=names):
                status, out, err = self.recognize("-", stdin=names)
                self.assertEqual((status, out.count("\n")), (1, names.count("\n")))
                self.assertIn("zero byte", err)
                self.assertIn("-0", err)

    def test_picture_of_an_unknown_type_is_not_printed(self):
        gif = b"GIF89a\x10\0\x10\0" + bytes(range(256))
        status, out, err = self.recognize("-", stdin=gif)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("nor a picture of a known type", err)

    def test_endless_line_is_refused(self):
        with open("/dev/zero", "rb") as zeros:
            done = subprocess.run(["sh", "-c", 'tr "\\0" a | "$0" recognize --model "$1" -', PROGRAM, str(self.model)],
                                  stdin=zeros, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"an entry of more than 65536 bytes", done.stderr)

    def test_endless_picture_is_refused(self):
        status, out, err = self.run_shell('(printf "P5 9 9 255 "; cat /dev/zero) | "$0" recognize --model "$1" -')
        self.assertEqual((status, out), (1, ""))
        self.assertIn(f"a picture of more than the limit of {1 << 29} bytes", err)

    def test_standard_input_that_is_closed_or_a_folder(self):
        status, out, err = self.run_shell('"$0" recognize --model "$1" - < .')
        self.assertEqual((status, out), (1, ""))
        self.assertIn("standard input", err)
        status, out, err = self.run_shell('"$0" recognize --model "$1" - <&-')
        self.assertEqual((status, out), (1, ""))
        self.assertIn("standard input", err)

    def run_shell(self, script):
        done = subprocess.run(["sh", "-c", script, PROGRAM, str(self.model)], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, check=False, env={**os.environ})
        return done.returncode, done.stdout, done.stderr


if __name__ == "__main__":
    unittest.main()
