import os
import pathlib
import struct
import zlib

import colours
import white_squares
from program import ProgramTest

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"

# The ends of the colours that stand for values, matplotlib's "inferno".
DARK = (0, 0, 4)
BRIGHT = (252, 255, 164)


class Png:
    """The pixels of an RGB PNG of 8 bits."""

    def __init__(self, path):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        packed = b""
        at = 8
        while at < len(data):
            length, kind = struct.unpack_from(">I4s", data, at)
            body = data[at + 8:at + 8 + length]
            at += 12 + length
            if kind == b"IHDR":
                self.width, self.height, bits, colour_type = struct.unpack_from(">IIBB", body)
                assert (bits, colour_type) == (8, 2)
            if kind == b"IDAT":
                packed += body
        stream = zlib.decompress(packed)
        stride = 3 * self.width
        assert len(stream) == self.height * (stride + 1)
        above = bytearray(stride)
        self.rows = []
        for y in range(self.height):
            kind = stream[y * (stride + 1)]
            row = bytearray(stream[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
            if kind == 2:
                row = bytearray((a + b) & 255 for a, b in zip(row, above))
            elif kind:
                for i in range(stride):
                    a = row[i - 3] if i >= 3 else 0
                    b = above[i]
                    c = above[i - 3] if i >= 3 else 0
                    if kind == 1:
                        guess = a
                    elif kind == 3:
                        guess = (a + b) // 2
                    else:
                        guess = min((a, b, c), key=lambda v, p=a + b - c: abs(p - v))
                    row[i] = (row[i] + guess) & 255
            self.rows.append(row)
            above = row

    def at(self, x, y):
        return tuple(self.rows[y][3 * x:3 * x + 3])


def png_size(path):
    return struct.unpack_from(">II", path.read_bytes(), 16)


class Features(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("a.png", colours.png("BB..RG.."))

    def features(self, *arguments):
        return self.run_program("features", *arguments)

    def test_sheets_and_table(self):
        status, out, err = self.features(self.model, "a.png", "-o", "new/sheets")
        self.assertEqual((status, err), (0, ""))
        lines = out.splitlines()
        self.assertTrue(lines[0].startswith("蓝RG  0.99"), lines[0])
        self.assertEqual(lines[1].split(), ["character", "steps", "confidence", "next"])
        self.assertEqual([line.split()[:2] for line in lines[2:5]],
                         [["蓝", "0-1"], ["R", "4"], ["G", "5"]])
        self.assertEqual(lines[5:], ["new/sheets: 3 sheets"])
        self.assertEqual(sorted(os.listdir(self.folder / "new/sheets")),
                         ["00-picture.png", "01-columns.png", "probabilities.png"])

    def test_input_is_shown_as_the_network_gets_it(self):
        self.write("large.png", colours.png("BB..RG..", scale=5))
        self.features(self.model, "large.png", "-o", "sheets")
        sheet = Png(self.folder / "sheets/00-picture.png")
        # A margin, a title, the picture 14 times as large, a margin, a title, the input 72 times.
        top = 12 + 30 + 14 * 20 + 12 + 30
        self.assertEqual(sheet.height, top + 72 * 4 + 12)
        for column, letter in enumerate("BB..RG.."):
            self.assertEqual(sheet.at(12 + 72 * column + 36, top + 144), colours.PIXELS[letter])
            self.assertEqual(sheet.at(12 + 70 * column + 35, 12 + 30 + 140), colours.PIXELS[letter])

    def test_maps(self):
        self.features(self.model, "a.png", "-o", "sheets")
        sheet = Png(self.folder / "sheets/01-columns.png")
        # Tiles of 31 times the map in a row; the fourth map is 10 everywhere, and left out.
        for tile, letter in enumerate("BGR"):
            seen = [sheet.at(48 + tile * (31 * 8 + 4) + 31 * column + 15, 42 + 62)
                    for column in range(8)]
            self.assertEqual(seen, [BRIGHT if c == letter else DARK for c in "BB..RG.."])
        self.assertEqual((sheet.width, sheet.height), (24 + 36 + 3 * 252, 12 + 30 + 128 + 12))

    def test_probabilities(self):
        self.features(self.model, "a.png", "-o", "sheets")
        sheet = Png(self.folder / "sheets/probabilities.png")
        # Rows of 26 pixels for 蓝, R, G and the blank, cells of 48; below a picture of 160.
        for row, letter in enumerate("BRG."):
            for step, column in enumerate("BB..RG.."):
                found = sheet.at(88 + 48 * step + 8, 208 + 26 * row + 4)
                self.assertLess(sum(abs(a - b) for a, b in
                                    zip(found, BRIGHT if column == letter else DARK)), 12)
        frame = (60, 220, 80)
        self.assertEqual(sheet.at(88 + 20, 207), frame)  # over the cells that give 蓝
        self.assertNotEqual(sheet.at(88 + 48 * 2 + 20, 207), frame)

    def test_no_text(self):
        self.write("black.png", colours.png("........"))
        status, out, _ = self.features(self.model, "black.png", "-o", "sheets")
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("no text  0.99"), out)

    def test_what_cannot_be_used(self):
        white_squares.write_detector(self.folder / "finder.safetensors")
        self.write("file", "in the way")
        self.write("sheets/00-picture.png", colours.png("BB..RG.."))
        before = (self.folder / "sheets/00-picture.png").read_bytes()
        for arguments, words in (
                ((self.model, "lost.png", "-o", "x"), "lost.png"),
                ((self.model, "a.png", "-o", "file"), "file: cannot make this folder"),
                ((self.model, "sheets/00-picture.png", "-o", "sheets"), "is the picture that is read"),
                (("finder.safetensors", "a.png", "-o", "x"), "finder.safetensors"),
                ((self.model, "a.png"), "--output")):
            with self.subTest(words):
                status, out, err = self.features(*arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(words, err)
        self.assertEqual((self.folder / "sheets/00-picture.png").read_bytes(), before)

    def test_shipped_model_as_documented(self):
        page = (MODELS / "DECODING.md").read_text(encoding="utf-8")
        command = next(line for line in page.splitlines() if line.startswith("$ lprnet features"))
        expected = page.split(command)[1].split("```")[0].strip().splitlines()
        arguments = [str(MODELS.parent / word) if word.startswith("models/") else word
                     for word in command.split()[3:]]
        status, out, err = self.features(*arguments)
        self.assertEqual((status, err), (0, ""))
        # Confidences differ by the decoder of JPEG.
        self.assertEqual(out.split()[0], expected[0].split()[0])
        self.assertEqual([line.split()[:2] for line in out.splitlines()[1:-1]],
                         [line.split()[:2] for line in expected[1:-1]])
        names = os.listdir(self.folder / "sheets")
        self.assertIn("00-picture.png", names)
        self.assertEqual(len(names), int(expected[-1].split()[1]))
        # The straightened picture stands above the probabilities, three pictures in the first sheet.
        self.assertEqual(png_size(self.folder / "sheets/probabilities.png")[0], 88 + 27 * 40 + 12)
