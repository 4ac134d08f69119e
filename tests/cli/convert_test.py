import json
import pathlib
import struct

import colours
from program import ProgramTest

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
CONTAINERS = ["stream.torch1_13", "zip.torch2_13"]


def document_of(model):
    """The graph document of a model file."""
    data = model.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["lprnet.graph"])


class Convert(ProgramTest):
    """Of the golden model `stnpair`, which PyTorch saved as two checkpoints."""

    def setUp(self):
        super().setUp()
        self.golden = document_of(GOLDEN / "models/stnpair.safetensors")
        tokens = self.golden["decode"]["alphabet"]
        self.alphabet = self.write("tokens.txt", "".join(token + "\n" for token in tokens))
        self.blank = self.golden["decode"]["blank"]

    def checkpoint(self, name, container="zip.torch2_13"):
        return GOLDEN / "pth" / f"{name}.{container}.pth"

    def convert(self, *arguments, checkpoint=None):
        return self.run_program("convert", checkpoint or self.checkpoint("lprnet"), "-o", "out.safetensors",
                                "--alphabet", self.alphabet, "--blank", self.blank, *arguments)

    def test_a_grammar_mode_without_a_grammar(self):
        status, _, err = self.convert("--stn", self.checkpoint("stn"), "--grammar-mode", "soft")
        self.assertEqual(status, 2)
        self.assertIn("name one with --grammar", err)
        self.assertFalse((self.folder / "out.safetensors").exists())

    def test_two_checkpoints_become_one_model_file(self):
        for container in CONTAINERS:
            with self.subTest(container=container):
                status, out, err = self.convert("--stn", self.checkpoint("stn", container),
                                                checkpoint=self.checkpoint("lprnet", container))
                self.assertEqual((status, err), (0, ""))
                self.assertIn("LPRNet (stnpair)", out)
                self.assertIn("10 classes, blank 0", out)
                self.assertIn("evaluator in double precision passed", out)
                document = document_of(self.folder / "out.safetensors")
                for part in ("inputs", "preprocess", "decode"):
                    self.assertEqual(document[part], self.golden[part])
                self.assertEqual(self.run_program("verify", "out.safetensors")[0], 0)

    def test_options_reach_the_model_file(self):
        status, _, err = self.convert("--profile", "sirius", "--channel-order", "RGB", "--mean", "1,2,3", "--scale", "0.5",
                                      "--resize", "bicubic", "--input-size", "188x24", "--source", "here", "--license", "MIT")
        self.assertEqual((status, err), (0, ""))
        document = document_of(self.folder / "out.safetensors")
        self.assertEqual(document["preprocess"], {"channel_order": "RGB", "mean": [1.0, 2.0, 3.0], "scale": [0.5] * 3,
                                                  "resize": "bicubic"})
        self.assertEqual(document["inputs"][0]["shape"], [1, 3, 24, 188])
        provenance = document["provenance"]
        self.assertEqual((provenance["source"], provenance["license"], provenance["profile"]), ("here", "MIT", "sirius"))

    def test_other_ways_to_resize(self):
        preprocess = {"channel_order": "RGB", "mean": [0] * 3, "scale": [1] * 3, "resize": "area",
                      "letterbox": [114, 7.5, 0]}
        reading = self.write("reading.json", json.dumps({"preprocess": preprocess}))
        for options, expected in ((("--resize", "lanczos"), {**preprocess, "resize": "lanczos"}), ((), preprocess)):
            status, _, err = self.convert("--profile", "sirius", "--reading", reading, *options)
            self.assertEqual((status, err), (0, ""))
            document = document_of(self.folder / "out.safetensors")
            self.assertEqual(document["preprocess"], expected)
            self.assertEqual((document["version"], document["requires"]), (2, ["letterbox"]))
        status, out, _ = self.run_program("inspect", "out.safetensors")
        self.assertIn("RGB, area resize in a letterbox", out)
        status, out, _ = self.run_program("inspect", "--json", "out.safetensors")
        self.assertEqual(json.loads(out)["preprocess"]["letterbox"], [114, 7.5, 0])
        preprocess["letterbox"][1] = -1
        status, _, err = self.convert("--reading", self.write("bad.json", json.dumps({"preprocess": preprocess})))
        self.assertNotEqual(status, 0)
        self.assertIn("expected a colour of numbers from 0 to 255", err)

    def test_an_alphabet_is_a_text_or_a_json_list(self):
        tokens = self.golden["decode"]["alphabet"]
        for name, text in [("windows.txt", "\ufeff" + "".join(token + "\r\n" for token in tokens)),
                           ("tokens.json", json.dumps(tokens))]:
            with self.subTest(name=name):
                self.alphabet = self.write(name, text)
                self.assertEqual(self.convert()[0], 0)
                self.assertEqual(document_of(self.folder / "out.safetensors")["decode"]["alphabet"], tokens)
        self.alphabet = self.write("object.json", "{}")
        status, _, err = self.convert()
        self.assertEqual(status, 2)
        self.assertIn("object.json: expected a JSON list of strings", err)

    def test_align_corners_and_padding_reach_the_graph(self):
        self.assertEqual(self.convert("--stn", self.checkpoint("stn"), "--align-corners", "true", "--padded-first-layer")[0], 0)
        nodes = {node["name"]: node for node in document_of(self.folder / "out.safetensors")["nodes"]}
        self.assertTrue(nodes["stn.sampled"]["align_corners"])
        self.assertEqual(nodes["lprnet.backbone.0"]["padding"], [1, 1])

    def test_a_converted_model_reads_as_its_checkpoint_does(self):
        self.write("a.png", colours.png("BB..RG.."))
        reading = self.write("reading.json", json.dumps({"decode": self.golden["decode"]}))
        as_checkpoint = ["--stn", self.checkpoint("stn"), "--reading", reading]
        self.assertEqual(self.convert("--stn", self.checkpoint("stn"))[0], 0)
        converted = self.run_program("recognize", "--model", "out.safetensors", "a.png")
        direct = self.run_program("recognize", "--model", self.checkpoint("lprnet"), *as_checkpoint, "a.png")
        self.assertEqual(direct[0], 0, direct)
        self.assertEqual(converted, direct)
        status, out, _ = self.run_program("inspect", self.checkpoint("lprnet"), *as_checkpoint)
        self.assertEqual(status, 0)
        self.assertIn("stn.localization.0", out)

    def test_a_model_file_is_written_again(self):
        status, _, err = self.run_program("convert", self.model, "-o", "again.safetensors")
        self.assertEqual((status, err), (0, ""))
        # The program writes defaults out, so nodes are compared by what they are and read.
        written = document_of(self.folder / "again.safetensors")["nodes"]
        given = document_of(self.model)["nodes"]
        for key in ("name", "op", "inputs"):
            self.assertEqual([node[key] for node in written], [node[key] for node in given])

    def test_a_json_model_becomes_a_model_file_with_a_self_test(self):
        document = document_of(self.model)
        del document["self_test"]
        weight = [20, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0]
        document["weights"] = {"tensors": {"weight": {"dtype": "F32", "shape": [4, 3, 1, 1], "data": weight},
                                           "bias": {"dtype": "F32", "shape": [4], "data": [0, 0, 0, 10]}}}
        self.write("colours.json", json.dumps(document))
        status, out, err = self.run_program("verify", "colours.json")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("colours.json: has no self-test", err)

        status, out, err = self.run_program("convert", "colours.json", "-o", "colours2.safetensors")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("evaluator in double precision passed", out)
        self.assertEqual(self.run_program("verify", "colours2.safetensors")[0], 0)
        self.write("a.png", colours.png("BB..RG.."))
        out = self.run_program("recognize", "--model", "colours2.safetensors", "a.png")[1]
        self.assertEqual(out.split("\t")[1], "蓝RG")

    def test_what_does_not_fit_is_an_error(self):
        lprnet = self.checkpoint("lprnet")
        for arguments, message in [
            ([lprnet], "has 10 classes, but the alphabet has 68 tokens"),
            ([lprnet, "--profile", "nobody"], "there is no profile 'nobody'; there are: sirius"),
            ([lprnet, "--alphabet", "gone.txt"], "expected one of A68, A75"),
            ([lprnet, "--input-size", "94"], "WIDTHxHEIGHT"),
            ([lprnet, "--mean", "1,2"], "one number, or three"),
            ([lprnet, "--scale", "1,x,3"], "one number, or three"),
            ([self.checkpoint("stn")], "is a spatial transformer alone"),
            ([GOLDEN / "pth/views.zip.torch2_13.pth"], "is not a known LPRNet's weights"),
            ([self.model, "--profile", "sirius"], "is a model file"),
            (["gone.pth"], "gone.pth: no such file"),
        ]:
            with self.subTest(message=message):
                status, out, err = self.run_program("convert", *arguments, "-o", "out.safetensors")
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, err)
                self.assertFalse((self.folder / "out.safetensors").exists())


class Profiles(ProgramTest):
    def test_text_lists_profiles_and_alphabets(self):
        status, out, err = self.run_program("profiles")
        self.assertEqual((status, err), (0, ""))
        for word in ["sirius", "finetuned", "stnpair", "stninside", "leaky", "small", "A68", "A75", "A78", "D37", "L37"]:
            self.assertIn(f"\n{word} ", out)

    def test_json_holds_what_a_reading_file_does(self):
        status, out, _ = self.run_program("profiles", "--json")
        self.assertEqual(status, 0)
        profiles = {profile["name"]: profile for profile in json.loads(out)}
        self.assertEqual(len(profiles["sirius"]["decode"]["alphabet"]), 68)
        self.assertEqual(profiles["stnpair"]["preprocess"]["resize"], "bicubic")
        # As a --reading file for the same network, it changes nothing.
        chosen = {key: profiles["stnpair"][key] for key in ("preprocess", "decode")}
        self.write("reading.json", json.dumps(chosen))
        status, _, err = self.run_program("convert", GOLDEN / "pth/lprnet.zip.torch2_13.pth", "--reading", "reading.json",
                                          "-o", "out.safetensors")
        self.assertEqual(status, 2)
        self.assertIn("has 10 classes, but the alphabet has 68 tokens", err)
