import csv
import io
import json
import pathlib
import unittest

import colours
import white_squares
from program import ProgramTest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class PhotographTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.detector = self.folder / "detector.safetensors"
        white_squares.write_detector(self.detector)
        self.environment = {k: v for k, v in self.environment.items() if k != "LPRNET_DETECTOR"}

    def read(self, *arguments, command="read", **options):
        return self.run_program(command, "--model", self.model, "--detector", self.detector,
                                *arguments, **options)


class Read(PhotographTest):
    def test_each_plate_is_a_line(self):
        self.write("two.ppm", white_squares.photograph({(16, 8): "G", (64, 40): "R"}))
        self.write("none.ppm", white_squares.photograph({}))
        status, out, err = self.read("two.ppm", "none.ppm")
        self.assertEqual((status, err), (0, ""))
        lines = sorted(line.split("\t") for line in out.splitlines())
        self.assertEqual([line[:2] for line in lines], [["two.ppm", "G"], ["two.ppm", "R"]])
        self.assertEqual(lines[0][3], "8.0,8.0 32.0,8.0 32.0,16.0 8.0,16.0")
        self.assertEqual(lines[1][3], "56.0,40.0 80.0,40.0 80.0,48.0 56.0,48.0")
        self.assertRegex(lines[0][2], r"^0\.[0-9]{4}$")

    def test_formats(self):
        self.write("a, b.ppm", white_squares.photograph({(16, 8): "B"}))
        self.write("broken.ppm", "P6\n")
        status, out, err = self.read("--format", "json", "a, b.ppm", "broken.ppm")
        self.assertEqual(status, 1)
        first, second = json.loads(out)
        self.assertEqual((first["file"], first["width"], first["height"]), ("a, b.ppm", 96, 64))
        plate, = first["plates"]
        self.assertEqual((plate["text"], plate["lines"]), ("蓝", 1))
        self.assertEqual(plate["corners"], [[8, 8], [32, 8], [32, 16], [8, 16]])
        self.assertGreater(plate["found"], 0.5)
        self.assertEqual([c["text"] for c in plate["characters"]], ["蓝"])
        self.assertIn("broken.ppm", second["error"])
        self.assertIn("1 of 2 inputs failed", err)

        _, out, _ = self.read("--format", "ndjson", "a, b.ppm", "broken.ppm")
        self.assertEqual([sorted(json.loads(line)) for line in out.splitlines()],
                         [sorted(first), ["error", "file"]])
        _, out, _ = self.read("--format", "csv", "a, b.ppm", "broken.ppm")
        rows = list(csv.reader(io.StringIO(out)))
        self.assertEqual(len({len(row) for row in rows}), 1)
        self.assertEqual(rows[1][:2] + rows[1][5:13],
                         ["a, b.ppm", "蓝", "8.0", "8.0", "32.0", "8.0", "32.0", "16.0", "8.0", "16.0"])
        self.assertIn("broken.ppm", rows[2][-1])

    def test_standard_input_and_threads(self):
        picture = white_squares.photograph({(16, 8): "G"})
        status, out, _ = self.read("-", stdin=picture)
        self.assertEqual((status, out.split("\t")[:2]), (0, ["-", "G"]))
        for i in range(9):
            self.write(f"many/{i}.ppm", white_squares.photograph({(8 * i, 8): "R"}))
        _, alone, _ = self.read("many")
        status, shared, _ = self.read("--threads", "4", "many")
        self.assertEqual((status, shared), (0, alone))
        self.assertEqual(len(alone.splitlines()), 9)

    def test_region_number_confidence_and_size(self):
        self.write("two.ppm", white_squares.photograph({(16, 8): "G", (64, 40): "R"}))
        _, out, _ = self.read("--max-plates", "1", "two.ppm")
        self.assertEqual(len(out.splitlines()), 1)
        _, out, _ = self.read("--min-confidence", "0.999", "two.ppm")
        self.assertEqual(out, "")
        _, out, _ = self.read("--region", "0,0,48,32", "--detect-size", "64x32", "two.ppm")
        self.assertEqual([line.split("\t")[1] for line in out.splitlines()], ["G"])
        status, _, err = self.read("--detect-size", "100x64", "two.ppm")
        self.assertEqual(status, 2)
        self.assertIn("multiples of 32", err)
        for option, value, part in (("--detect-size", "640", "WIDTHxHEIGHT"),
                                    ("--region", "1,2,3", "x,y,width,height"),
                                    ("--region", "1,2,3,0", "x,y,width,height"),
                                    ("--min-confidence", "high", "high"),
                                    ("--min-confidence", "nan", "expected a number"),
                                    ("--min-confidence", "2", "not in range"),
                                    ("--temperature", "nan", "expected a number")):
            status, out, err = self.read(option, value, "two.ppm")
            self.assertEqual((status, out), (2, ""))
            self.assertIn(option, err)
            self.assertIn(part, err)

    def test_models_that_are_not_there_or_of_the_wrong_kind(self):
        self.write("a.ppm", white_squares.photograph({}))
        status, _, err = self.run_program("read", "--model", self.detector, "--detector", self.detector, "a.ppm")
        self.assertEqual(status, 2)
        self.assertIn("cannot read plates", err)
        status, _, err = self.run_program("read", "--model", self.model, "--detector", self.model, "a.ppm")
        self.assertEqual(status, 2)
        self.assertIn("cannot find plates", err)
        self.environment["LPRNET_DETECTOR"] = "lost.safetensors"
        status, _, err = self.run_program("read", "--model", self.model, "a.ppm")
        self.assertEqual(status, 2)
        self.assertIn("lost.safetensors", err)
        self.environment["LPRNET_DETECTOR"] = str(self.detector)
        self.assertEqual(self.run_program("read", "--model", self.model, "a.ppm"), (0, "", ""))

    def test_recognize_points_here(self):
        self.write("crop.png", colours.png("BB..RG..", scale=4))
        self.write("street.png", colours.black_png(1280, 720))
        _, _, err = self.recognize("crop.png")
        self.assertEqual(err, "")
        status, out, err = self.recognize("crop.png", "street.png")
        self.assertEqual((status, len(out.splitlines())), (0, 2))
        self.assertIn("street.png", err)
        self.assertIn("lprnet read", err)
        self.assertEqual(len(err.splitlines()), 1)

    def test_a_detector_can_be_inspected(self):
        status, out, _ = self.run_program("inspect", self.detector)
        self.assertEqual(status, 0)
        self.assertIn("finds plates, 8 to 40 pixels wide at stride 8", out)
        status, out, _ = self.run_program("inspect", "--json", self.detector)
        found = json.loads(out)
        self.assertEqual((found["finds_plates"], found["reads_plates"]), (True, False))
        self.assertEqual(found["detect"]["maps"], [{"stride": 8, "smallest": 8.0, "largest": 40.0}])


class Annotate(PhotographTest):
    def test_corners_and_text_are_drawn(self):
        self.write("a/x.ppm", white_squares.photograph({(16, 40): "G"}))
        self.write("b/x.ppm", white_squares.photograph({}))
        status, _, err = self.read("--annotate", "marked/deep", "a/x.ppm", "b/x.ppm", "-",
                                   stdin=white_squares.photograph({(64, 40): "R"}))
        self.assertEqual((status, err), (0, ""))
        names = sorted(path.name for path in (self.folder / "marked/deep").iterdir())
        self.assertEqual(names, ["standard-input.jpg", "x-2.jpg", "x.jpg"])
        for name in names:
            data = (self.folder / "marked/deep" / name).read_bytes()
            self.assertEqual((data[:3], data[-2:]), (b"\xff\xd8\xff", b"\xff\xd9"))
        # What is drawn costs bytes; the picture without a plate is black.
        sizes = {name: (self.folder / "marked/deep" / name).stat().st_size for name in names}
        self.assertGreater(sizes["x.jpg"], sizes["x-2.jpg"] + 200)
        status, out, _ = self.recognize("marked/deep/x.jpg")
        self.assertEqual(status, 0)

    def test_a_photograph_is_not_written_over(self):
        _, _, err = self.read("--annotate", "first", "-", stdin=white_squares.photograph({(16, 8): "G"}))
        self.assertEqual(err, "")
        before = (self.folder / "first/standard-input.jpg").read_bytes()
        status, _, err = self.read("--annotate", "first", "first/standard-input.jpg")
        self.assertEqual(status, 1)
        self.assertIn("name another folder", err)
        self.assertEqual((self.folder / "first/standard-input.jpg").read_bytes(), before)

    def test_neither_is_another_photograph_of_its_folder(self):
        self.write("a.png", colours.black_png(64, 64))
        self.write("a.jpg", "kept")
        self.write("other/b.png", colours.black_png(64, 64))
        for folder in (".", self.folder):
            status, out, err = self.read("--format", "ndjson", "--annotate", folder, "a.png", "other/b.png")
            self.assertEqual(status, 1)
            self.assertEqual(len(out.splitlines()), 2)
            self.assertIn("a.jpg: would lie among the photographs", err)
            self.assertTrue((self.folder / "b.jpg").exists())
        self.assertEqual((self.folder / "a.jpg").read_bytes(), b"kept")

    def test_a_picture_too_wide_for_a_jpeg_file(self):
        self.write("wide.ppm", b"P6 65536 2 255\n" + bytes(65536 * 2 * 3))
        self.write("b.png", colours.black_png(64, 64))
        status, _, err = self.read("--annotate", "marked", "wide.ppm", "b.png")
        self.assertEqual(status, 1)
        self.assertIn("wide.jpg: is 65536x2", err)
        self.assertEqual([path.name for path in (self.folder / "marked").iterdir()], ["b.jpg"])

    def test_a_folder_that_cannot_be_made(self):
        self.write("file", "x")
        status, _, err = self.read("--annotate", "file", "-", stdin=white_squares.photograph({}))
        self.assertEqual(status, 2)
        self.assertIn("cannot make this folder", err)


class Photographs(PhotographTest):
    """eval --marks"""

    def test_numbers(self):
        self.write("p/right.ppm", white_squares.photograph({(16, 8): "G"}))
        self.write("p/wrong.ppm", white_squares.photograph({(16, 8): "R", (64, 40): "G"}))
        self.write("p/missed.ppm", white_squares.photograph({}))
        self.write("marks.tsv",
                   "right.ppm\tblue\tG\t8,8;32,8;32,16;8,16\n"
                   "wrong.ppm\tblue\tG\t10.4,8;32,8;32,16;8,16\n"  # a corner is 10 % off
                   "missed.ppm\t8\t8\t32\t16\n")
        status, out, err = self.read("--marks", "marks.tsv", "--format", "json", "p", command="eval")
        self.assertEqual((status, err), (0, ""))
        result = json.loads(out)
        self.assertEqual((result["photographs"], result["false_plates"]), (3, 1))
        counts = {key: (value["right"], value["total"]) for key, value in result["plates"].items()}
        self.assertEqual(counts, {"found": (2, 3), "within_12_percent": (2, 2),
                                  "within_8_percent": (1, 2), "text": (1, 2)})
        sizes = {entry["width"]: entry["found"]["total"] for entry in result["by_width"]}
        self.assertEqual((sizes["0 to 24"], sizes["24 to 48"]), (1, 2))
        self.assertEqual(sorted(t["what"] for t in result["troubles"]), ["false", "missed", "read"])
        status, out, _ = self.read("--marks", "marks.tsv", "p", command="eval")
        self.assertEqual(status, 0)
        self.assertIn("1 found where none is marked, in 3 photographs", out)

    def test_forms_of_tables(self):
        self.write("p/a.ppm", white_squares.photograph({(16, 8): "G"}))
        self.write("marks.tsv", "\ufeffp/a.ppm\tblue\t G\u3000\t8,8;32,8;32,16;8,16 \r\n\r\n")
        status, out, err = self.read("--marks", self.folder / "marks.tsv", "--format", "json",
                                     self.folder / "p", command="eval")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(json.loads(out)["plates"]["text"]["right"], 1)
        self.write("marks.tsv", "p/a.ppm\tblue\t蓝\t8,8;32,8;32,16;8,16\n".encode("gbk"))
        status, _, err = self.read("--marks", "marks.tsv", "p", command="eval")
        self.assertEqual(status, 2)
        self.assertIn("marks.tsv: row 1: the text is not UTF-8; if it is GBK", err)

    def test_tables_that_are_none(self):
        self.write("a.ppm", white_squares.photograph({}))
        for text in ("a.ppm\tblue\n", "a.ppm\t1\t2\t3\tx\n", "a.ppm\tblue\tG\t1,2;3,4;5,6\n",
                     "a.ppm\tblue\tG\t1,2;3,4;5,6;7,1.2.3\n"):
            self.write("marks.tsv", text)
            status, _, err = self.read("--marks", "marks.tsv", "a.ppm", command="eval")
            self.assertEqual(status, 2)
            self.assertIn("marks.tsv: row 1", err)
        status, _, err = self.read("--marks", "lost.tsv", "a.ppm", command="eval")
        self.assertEqual(status, 2)
        self.assertIn("lost.tsv", err)
        self.write("marks.tsv", "b.ppm\t1\t2\t3\t4\n")
        status, _, err = self.read("--marks", "marks.tsv", "a.ppm", command="eval")
        self.assertEqual(status, 1)
        self.assertIn("a.ppm: not in the table of marks", err)


class ShippedDetector(ProgramTest):
    """The detector in models/, once it is there."""

    def setUp(self):
        super().setUp()
        self.shipped = ROOT / "models/lprnet-detect.safetensors"
        if not self.shipped.exists():
            self.skipTest("there is no models/lprnet-detect.safetensors")

    def test_its_self_test_holds_at_every_size(self):
        status, out, err = self.run_program("verify", self.shipped)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("passed", out)

    def test_it_finds_the_plates_of_the_samples(self):
        samples = ROOT / "models/samples/photos"
        if not samples.is_dir():
            self.skipTest("there are no sample photographs")
        status, out, _ = self.run_program("read", "--detector", self.shipped, samples)
        self.assertEqual(status, 0)
        found = {pathlib.Path(line.split("\t")[0]).name for line in out.splitlines()}
        every = {path.name for path in samples.glob("*.jpg")}
        self.assertEqual(found, every)


if __name__ == "__main__":
    unittest.main()
