import json
import os
import pathlib
import re
import unittest

from program import ProgramTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/lprnet-cn.safetensors"


class Shipped(ProgramTest):
    def test_every_sample_reads_as_its_name_says(self):
        status, out, err = self.run_program("recognize", "--model", MODEL, ROOT / "models/samples")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(len(out.splitlines()), 24)
        for line in out.splitlines():
            path, text, _ = line.split("\t")
            self.assertEqual(text, re.split("[_.-]", pathlib.Path(path).name)[0])

    def test_getting_started_in_the_shell(self):
        page = (ROOT / "include/lprnet/GETTING_STARTED.md").read_text(encoding="utf-8")
        commands = re.search(r"^```shell\n(.+?)```", page, re.MULTILINE | re.DOTALL)[1].splitlines()
        self.assertEqual(len(commands), 3)
        self.write("plate.jpg", (ROOT / "models/samples/皖CFX6006.jpg").read_bytes())
        self.write("photograph.jpg", (ROOT / "models/samples/photos/皖U69168.jpg").read_bytes())
        self.environment["LPRNET_MODEL"] = str(MODEL)
        self.environment["LPRNET_DETECTOR"] = str(ROOT / "models/lprnet-detect.safetensors")
        texts = []
        for command in commands:
            program, *arguments = command.split()
            self.assertEqual(program, "lprnet")
            status, out, err = self.run_program(*arguments)
            self.assertEqual((status, err), (0, ""))
            texts.append(out)
        self.assertTrue(texts[0].startswith("plate.jpg\t皖CFX6006\t"))
        self.assertTrue(texts[1].startswith("photograph.jpg\t皖U69168\t"))
        self.assertEqual(json.loads(texts[2])["text"], "皖CFX6006")

    def test_lines(self):
        sample = ROOT / "models/samples/鲁PQQAZN.jpg"
        for lines, texts in {"auto": {"鲁PQQAZN"}, "2": {"鲁PQQAZN"}, "1": {""}}.items():
            _, out, _ = self.run_program("recognize", "--model", MODEL, "--lines", lines, "--format", "json", sample)
            reading = json.loads(out)[0]
            self.assertIn(reading["text"], texts)
            self.assertEqual(reading["lines"], 1 if lines == "1" else 2)

    @unittest.skipIf(os.environ["LPRNET_WITH_LIBJPEG"] != "ON", "stb_image does not tell whether more is missing")
    def test_a_jpeg_without_its_end_marker_is_read_with_a_warning(self):
        sample = ROOT / "models/samples/皖CFX6006.jpg"
        self.write("cut.jpg", sample.read_bytes()[:-2])
        warning = "lprnet: warning: cut.jpg: lacks the end marker of a JPEG; its pixels are all there\n"
        status, out, err = self.run_program("recognize", "--model", MODEL, "cut.jpg")
        self.assertEqual((status, out.split("\t")[1], err), (0, sample.stem, warning))
        self.write("cut.jpg", sample.read_bytes()[:-40])
        status, out, err = self.run_program("recognize", "--model", MODEL, "cut.jpg")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("cut.jpg: is truncated", err)

    def test_model_passes_its_self_test(self):
        status, out, _ = self.run_program("verify", MODEL)
        self.assertEqual(status, 0, out)

    @unittest.skipIf(os.environ["LPRNET_WITH_LIBJPEG"] != "ON",
                     "shown are the confidences for libjpeg-turbo's grey levels")
    def test_readme_shows_what_the_program_prints(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        sessions = re.findall(r"^\$ build/release/lprnet (recognize models\S*)\n((?:models/.*\n)+)",
                              readme, re.MULTILINE)
        self.assertTrue(sessions)
        self.environment["LPRNET_MODEL"] = str(MODEL)
        for arguments, shown in sessions:
            command, path = arguments.split()
            _, out, _ = self.run_program(command, ROOT / path)
            printed = {}
            for line in out.splitlines():
                file, text, confidence = line.split("\t")
                printed[str(pathlib.Path(file).relative_to(ROOT))] = (text, float(confidence))
            for line in shown.splitlines():
                file, text, confidence = line.split()
                self.assertEqual(printed[file][0], text)
                # Instruction sets differ in the last digits.
                self.assertAlmostEqual(printed[file][1], float(confidence), delta=2e-3)
