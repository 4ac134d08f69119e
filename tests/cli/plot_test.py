"""The pictures of activation functions: what is drawn, and that the committed ones are those that the program draws."""

import pathlib
import struct
import zlib

from program import ProgramTest

COMMITTED = pathlib.Path(__file__).resolve().parents[2] / "models/activations"
NAMES = ["elu", "gelu", "hardsigmoid", "hardswish", "leaky_relu", "mish", "prelu", "relu", "sigmoid", "silu", "softplus", "tanh"]
FUNCTION, DERIVATIVE, PAPER = (20, 90, 190), (230, 110, 20), (255, 255, 255)


def pixels_of(path):
    """(width, height, rows of RGB bytes) of a PNG with 8 bits a channel and no interlace."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, bits, colours, *_, interlaced = struct.unpack(">IIBBBBB", body)
            assert (bits, colours, interlaced) == (8, 2, 0)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    raw, step, rows = zlib.decompress(packed), 3 * width, []
    above = bytearray(step)
    for y in range(height):
        how = raw[y * (step + 1)]
        row = bytearray(raw[y * (step + 1) + 1 : (y + 1) * (step + 1)])
        if how == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, above))
        elif how:
            for i in range(step):
                left, up, corner = (row[i - 3], above[i], above[i - 3]) if i > 2 else (0, above[i], 0)
                if how == 4:
                    guess = left + up - corner
                    near = [abs(guess - left), abs(guess - up), abs(guess - corner)]
                    added = (left, up, corner)[near.index(min(near))]
                else:
                    added = left if how == 1 else (left + up) // 2
                row[i] = (row[i] + added) & 255
        rows.append(bytes(row))
        above = row
    return width, height, rows


class PlotActivations(ProgramTest):
    def test_pictures(self):
        status, out, err = self.run_program("plot-activations", "-o", "a/curves")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("a/curves: activations.png with all, and 12 pictures of one each", out)
        folder = self.folder / "a/curves"
        self.assertEqual(sorted(path.name for path in folder.iterdir()), sorted(f"{n}.png" for n in [*NAMES, "activations"]))
        width, height, rows = pixels_of(folder / "relu.png")

        def colour(x, y):
            """At a place of the axes: 46 pixels on the left, 16 right, 38 above, 32 below; -5 to 5 and -1.5 to 5."""
            column = int(46 + (x + 5) / 10 * (width - 62))
            row = int(38 + (5 - y) / 6.5 * (height - 70))
            return tuple(rows[row][3 * column : 3 * column + 3])

        self.assertEqual([colour(2.5, 2.5), colour(-2.5, 0)], [FUNCTION] * 2)
        self.assertEqual([colour(2.5, 1), colour(4.5, 1)], [DERIVATIVE] * 2)
        self.assertEqual([colour(2.5, 3.5), colour(-2.5, -0.5)], [PAPER] * 2)
        # Other machines' kernels may round otherwise.
        self.assertTrue((COMMITTED / "activations.png").is_file())
        for path in COMMITTED.glob("*.png"):
            with self.subTest(picture=path.name):
                if path.read_bytes() == (folder / path.name).read_bytes():
                    continue
                drawn, committed = pixels_of(folder / path.name), pixels_of(path)
                self.assertEqual(drawn[:2], committed[:2])
                most = max(max(abs(a - b) for a, b in zip(x, y)) if x != y else 0 for x, y in zip(drawn[2], committed[2]))
                self.assertLessEqual(most, 3)

    def test_no_folder(self):
        self.write("taken", "")
        status, _, err = self.run_program("plot-activations", "-o", "taken")
        self.assertEqual(status, 2)
        self.assertIn("taken: cannot make this folder", err)
        self.assertEqual(self.run_program("plot-activations")[0], 2)
