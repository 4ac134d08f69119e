import json

import colours
from program import ProgramTest

# Of the colour model's tokens: one or two letters, then 蓝.
GRAMMAR = """{
  "format": "lprnet.grammar", "version": 1, "name": "letters, then blue",
  "classes": {"letter": "RG"},
  "patterns": [{"name": "short", "is": [{"repeat": "letter", "from": 1, "to": 2}, {"text": "蓝"}]}]
}"""


class Decode(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("rgb.png", colours.png("RR.GG.BB"))
        self.write("rr.png", colours.png("RR..RR.."))
        self.write("grammar.json", GRAMMAR)

    def one(self, name, *options):
        status, out, err = self.recognize("--format", "ndjson", *options, name)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def test_without_a_grammar_nothing_is_said_of_one(self):
        reading = self.one("rgb.png")
        self.assertEqual(reading["text"], "RG蓝")
        self.assertEqual(list(reading), ["file", "text", "confidence", "lines", "characters", "milliseconds"])

    def test_decoders_agree_on_clear_plates(self):
        for decoder in ["greedy", "beam"]:
            self.assertEqual(self.one("rgb.png", "--decoder", decoder)["text"], "RG蓝")

    def test_a_grammar_is_matched_or_not(self):
        reading = self.one("rgb.png", "--grammar", "grammar.json")
        self.assertEqual((reading["text"], reading["grammar"], reading["pattern"]), ("RG蓝", "matched", "short"))
        reading = self.one("rr.png", "--grammar", "grammar.json")
        self.assertEqual((reading["text"], reading["confidence"], reading["grammar"]), ("", 0, "unmatched"))
        self.assertNotIn("pattern", reading)
        reading = self.one("rr.png", "--grammar", "grammar.json", "--grammar-mode", "soft")
        self.assertEqual((reading["text"], reading["grammar"]), ("RR", "unmatched"))

    def test_a_model_may_look_again(self):
        self.write("loose.png", colours.png("????BB..RG..????"))
        self.write("looks.json", json.dumps({"sure": 0.9, "aspect": 3, "looks": [
            {"left": left, "top": 0, "right": left + 0.5, "bottom": 1} for left in (0.25, 0.26)]}))
        status, _, err = self.run_program("convert", self.model, "--looks", "looks.json", "-o", "looking.safetensors")
        self.assertEqual((status, err), (0, ""))
        _, out, _ = self.run_program("inspect", "looking.safetensors")
        self.assertIn("looks up to 3 times at what it reads with less confidence than 0.9", out)
        _, out, _ = self.run_program("inspect", "--json", "looking.safetensors")
        self.assertEqual(json.loads(out)["further_looks"]["looks"][1]["right"], 0.76)
        def read(*options):
            status, out, err = self.run_program("recognize", "--format", "ndjson", *options, "loose.png")
            self.assertEqual((status, err), (0, ""))
            return json.loads(out)

        self.assertLess(read("--model", self.model)["confidence"], 0.5)
        reading = read("--model", "looking.safetensors")
        self.assertEqual(reading["text"], "蓝RG")
        self.assertGreater(reading["confidence"], 0.9)
        self.assertLess(read("--model", "looking.safetensors", "--one-look")["confidence"], 0.5)
        self.run_program("convert", "looking.safetensors", "--looks", "none", "-o", "again.safetensors")
        _, out, _ = self.run_program("inspect", "--json", "again.safetensors")
        self.assertIsNone(json.loads(out)["further_looks"])
        self.write("looks.json", "{}")
        status, _, err = self.run_program("convert", self.model, "--looks", "looks.json", "-o", "no.safetensors")
        self.assertEqual(status, 2)
        self.assertIn("looks.json: 'further_looks': 'sure' is missing", err)

    def test_top_gives_alternatives(self):
        reading = self.one("rgb.png", "--top", "3")
        self.assertEqual(len(reading["alternatives"]), 2)
        shares = [reading["confidence"], *(a["confidence"] for a in reading["alternatives"])]
        self.assertEqual(shares, sorted(shares, reverse=True))
        _, out, _ = self.recognize("--top", "3", "rgb.png")
        fields = out.rstrip("\n").split("\t")
        self.assertEqual(fields[1], "RG蓝")
        self.assertEqual(len(fields), 7)
        self.assertEqual(fields[3], reading["alternatives"][0]["text"])

    def test_min_confidence_leaves_texts_out(self):
        confidence = self.one("rgb.png")["confidence"]
        for minimum, accepted in [(confidence / 2, True), ((1 + confidence) / 2, False)]:
            option = ("--min-confidence", f"{minimum:.6f}")
            self.assertEqual(self.one("rgb.png", *option)["accepted"], accepted)
            _, out, _ = self.recognize(*option, "rgb.png")
            self.assertEqual(out.split("\t")[1], "RG蓝" if accepted else "")
            _, out, _ = self.recognize("--format", "csv", *option, "rgb.png")
            self.assertEqual(out.splitlines()[1].split(",")[1], "RG蓝" if accepted else "")

    def test_temperature_changes_the_confidence(self):
        warm = self.one("rgb.png", "--temperature", "3")
        self.assertEqual(warm["text"], "RG蓝")
        self.assertLess(warm["confidence"], self.one("rgb.png")["confidence"])

    def test_a_wrong_grammar_is_refused_with_its_line(self):
        self.write("wrong.json", GRAMMAR.replace('"repeat": "letter"', '"repeat": "letters"'))
        status, out, err = self.recognize("--grammar", "wrong.json", "rgb.png")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("wrong.json: line 4: ", err)
        self.assertIn("there is no class 'letters'", err)
        status, _, err = self.recognize("--grammar", "no-such.json", "rgb.png")
        self.assertEqual(status, 2)
        self.assertIn("no-such.json: no such file", err)
        status, _, err = self.recognize("--grammar", "cn", "rgb.png")
        self.assertEqual(status, 2)
        self.assertIn("no text of the grammar", err)

    def test_convert_writes_a_grammar_that_is_then_the_default(self):
        status, _, err = self.run_program("convert", self.model, "--grammar", "grammar.json", "--temperature", "2",
                                          "-o", "own.safetensors")
        self.assertEqual((status, err), (0, ""))
        own = ("recognize", "--format", "ndjson", "--model", "own.safetensors")
        reading = json.loads(self.run_program(*own, "rr.png")[1])
        self.assertEqual(reading["grammar"], "unmatched")
        reading = json.loads(self.run_program(*own, "--grammar", "none", "rr.png")[1])
        self.assertEqual(reading["text"], "RR")
        self.assertNotIn("grammar", reading)
        reading = json.loads(self.run_program(*own, "--decoder", "greedy", "rr.png")[1])
        self.assertEqual((reading["text"], reading["grammar"]), ("RR", "unmatched"))
        status, _, _ = self.run_program("convert", "own.safetensors", "--grammar", "none", "-o", "plain.safetensors")
        reading = json.loads(self.run_program("recognize", "--format", "ndjson", "--model", "plain.safetensors",
                                              "rr.png")[1])
        self.assertEqual(reading["text"], "RR")

    def test_eval_says_what_confidences_are_worth(self):
        self.write("plates/RG蓝_1.png", colours.png("RR.GG.BB"))
        self.write("plates/RG蓝_2.png", colours.png("RR.GG..."))
        status, out, _ = self.run_program("eval", "--model", self.model, "--format", "json", "plates")
        self.assertEqual(status, 0)
        calibration = json.loads(out)["calibration"]
        self.assertEqual(sum(b["total"] for b in calibration["bins"]), 2)
        self.assertEqual(sum(b["right"] for b in calibration["bins"]), 1)
        self.assertEqual(calibration["thresholds"][0], {"min_confidence": 0, "accepted": 2, "wrong": 1})
        self.assertIn(calibration["auroc"], [0, 0.5, 1])
        # Two readings of about the same confidence, one of them right.
        self.assertAlmostEqual(calibration["expected_calibration_error"], 0.5, delta=0.02)
        status, out, _ = self.run_program("eval", "--model", self.model, "--grammar", "grammar.json", "plates")
        self.assertIn("no text that matches the grammar: 1", out)
        self.assertIn("expected calibration error 0.", out)
        status, out, _ = self.run_program("eval", "--model", self.model, "--temperature", "60", "plates")
        self.assertIn("right, but unsure", out)
