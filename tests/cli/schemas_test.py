"""Every JSON that the program writes is what its schema in tools/lprnet/schemas says, and has no member beside."""

import copy
import json
import pathlib
import unittest

import colours
import white_squares
from program import ProgramTest

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = {path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
           for path in (ROOT / "tools/lprnet/schemas").iterdir()}
# As OpenALPR 2.3 writes them, in its order.
OPENALPR = ["version", "data_type", "epoch_time", "img_width", "img_height", "processing_time_ms", "regions_of_interest", "results"]
OPENALPR_RESULT = ["plate", "confidence", "matches_template", "plate_index", "region", "region_confidence",
                   "processing_time_ms", "requested_topn", "coordinates", "candidates"]


def strict(schema):
    """The schema with every member forbidden that it does not name: newer versions may have more, this one has not."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) for key, value in schema.items()}
    if result.get("type") == "object" and "properties" in result:
        result["additionalProperties"] = False
    return result


def without_each_member(document):
    """Copies of the document, each without one of the members of its objects."""
    if isinstance(document, dict):
        for key in document:
            yield {name: value for name, value in document.items() if name != key}
            for changed in without_each_member(document[key]):
                yield {**document, key: changed}
    elif isinstance(document, list) and document:
        for changed in without_each_member(document[0]):
            yield [changed, *document[1:]]


def tries(*schemas):
    """Says of a test which schemas it checks."""
    def mark(test):
        test.schemas = schemas
        return test
    return mark


class OpenAlpr(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("plate.png", colours.png("BB..RG.."))

    def test_a_crop_is_one_plate(self):
        status, out, _ = self.recognize("--format", "openalpr", "--top", "2", "plate.png", "missing.png")
        self.assertEqual(status, 1)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual(list(first), [*OPENALPR, "file"])
        (plate,) = first["results"]
        self.assertEqual(list(plate), OPENALPR_RESULT)
        self.assertEqual((plate["plate"], plate["requested_topn"], plate["plate_index"]), ("蓝RG", 2, 0))
        width, height = first["img_width"], first["img_height"]
        self.assertEqual([list(corner.values()) for corner in plate["coordinates"]],
                         [[0, 0], [width, 0], [width, height], [0, height]])
        # Percentages, those that the other format has as shares.
        _, out, _ = self.recognize("--format", "ndjson", "--top", "2", "plate.png")
        own = json.loads(out)
        texts = [(own["text"], own["confidence"])] + [(one["text"], one["confidence"]) for one in own["alternatives"]]
        self.assertEqual([one["plate"] for one in plate["candidates"]], [text for text, _ in texts])
        for one, (_, confidence) in zip(plate["candidates"], texts):
            self.assertAlmostEqual(one["confidence"], 100 * confidence, delta=1e-3)
        self.assertEqual((second["results"], second["img_width"]), ([], 0))
        self.assertIn("missing.png: no such file", second["error"])

    def test_what_is_not_accepted_is_no_plate(self):
        _, out, _ = self.recognize("--format", "openalpr", "--min-confidence", "1", "plate.png")
        self.assertEqual(json.loads(out)["results"], [])

    def test_plates_of_a_photograph(self):
        white_squares.write_detector(self.folder / "detector.safetensors")
        self.write("two.ppm", white_squares.photograph({(16, 8): "G", (64, 40): "R"}))
        common = ["read", "--model", self.model, "--detector", "detector.safetensors", "--format", "openalpr"]
        status, out, err = self.run_program(*common, "two.ppm")
        self.assertEqual((status, err), (0, ""))
        found = json.loads(out)
        self.assertEqual(found["regions_of_interest"], [{"x": 0, "y": 0, "width": 96, "height": 64}])
        self.assertEqual({plate["plate"]: [list(corner.values()) for corner in plate["coordinates"]] for plate in found["results"]},
                         {"G": [[8, 8], [32, 8], [32, 16], [8, 16]], "R": [[56, 40], [80, 40], [80, 48], [56, 48]]})
        self.assertEqual([plate["plate_index"] for plate in found["results"]], [0, 1])
        status, out, _ = self.run_program(*common, "--region", "0,0,48,32", "two.ppm")
        self.assertEqual(json.loads(out)["regions_of_interest"], [{"x": 0, "y": 0, "width": 48, "height": 32}])


@unittest.skipUnless(jsonschema, "Python has no jsonschema")
class Schemas(ProgramTest):
    def setUp(self):
        super().setUp()
        white_squares.write_detector(self.folder / "detector.safetensors")
        self.write("plates/蓝RG.png", colours.png("BB..RG.."))
        self.write("plates/R_1.png", colours.png("GG......"))
        self.write("plates/broken.png", "no picture")
        self.write("photographs/two.ppm", white_squares.photograph({(16, 8): "G", (64, 40): "R"}))
        self.write("photographs/broken.ppm", "P6\n")
        self.write("marks.tsv", "two.ppm\tcar\tB\t8,8;32,8;32,16;8,16\n")
        self.write("grammar.json", json.dumps({
            "format": "lprnet.grammar", "version": 1, "name": "any", "classes": {"letter": "蓝RG"},
            "patterns": [{"name": "some", "is": [{"repeat": "letter", "from": 1, "to": 8}]}]}))

    def documents(self, *arguments, statuses=(0,)):
        """What the program writes: one document, or one a line."""
        status, out, err = self.run_program(*arguments)
        self.assertIn(status, statuses, err)
        try:
            return [json.loads(out)]
        except json.JSONDecodeError:
            return [json.loads(line) for line in out.splitlines()]

    def check(self, name, documents):
        schema = SCHEMAS[name]
        self.assertEqual((schema["$id"], schema["version"]), (f"urn:lprnet:{name}:1", 1))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(strict(schema))
        self.assertTrue(documents)
        for document in documents:
            validator.validate(document)
        # The schema says something: what lacks a member that is not optional is refused.
        refused = sum(not validator.is_valid(changed) for changed in without_each_member(documents[0]))
        self.assertGreater(refused, 3)

    def test_every_schema_is_tried(self):
        tests = [getattr(self, name) for name in dir(self) if name.startswith("test_")]
        self.assertEqual({name for test in tests for name in getattr(test, "schemas", ())}, set(SCHEMAS))

    @tries("recognize")
    def test_recognize(self):
        for options in ([], ["--top", "3"], ["--grammar", "grammar.json", "--top", "3", "--min-confidence", "0.5"]):
            lines = self.documents("recognize", "--model", self.model, *options, "--format", "ndjson", "plates", statuses=[1])
            self.check("recognize", sorted(lines, key=lambda line: "error" in line))
            (listed,) = self.documents("recognize", "--model", self.model, *options, "--format", "json", "plates", statuses=[1])
            for line in lines + listed:
                line.pop("milliseconds", None)
            self.assertEqual(listed, lines)

    def read(self, *options):
        return self.documents("read", "--model", self.model, "--detector", "detector.safetensors", *options, "photographs",
                              statuses=[1])

    @tries("read")
    def test_read(self):
        for options in ([], ["--top", "3", "--grammar", "grammar.json"]):
            self.check("read", sorted(self.read("--format", "ndjson", *options), key=lambda line: "error" in line))

    @tries("openalpr")
    def test_openalpr(self):
        for documents in (self.read("--format", "openalpr", "--top", "2"),
                          self.documents("recognize", "--model", self.model, "--format", "openalpr", "plates", statuses=[1])):
            self.check("openalpr", sorted(documents, key=lambda line: "error" in line))

    @tries("eval", "eval-marks")
    def test_eval(self):
        self.check("eval", self.documents("eval", "--model", self.model, "--format", "json", "plates", statuses=[1]))
        self.check("eval-marks", self.documents("eval", "--model", self.model, "--detector", "detector.safetensors", "--format",
                                                "json", "--marks", "marks.tsv", "photographs", statuses=[1]))

    @tries("inspect", "verify", "bench", "profiles")
    def test_models(self):
        for model in ("lprnet-cn", "lprnet-detect"):
            self.check("inspect", self.documents("inspect", "--json", ROOT / f"models/{model}.safetensors"))
        self.check("inspect", self.documents("inspect", "--json", self.model))
        self.check("verify", self.documents("verify", "--json", ROOT / "models/lprnet-cn.safetensors"))
        self.check("bench", self.documents("bench", "--json", "--layers", "--seconds", "1", "--model", self.model))
        self.check("profiles", self.documents("profiles", "--json"))
