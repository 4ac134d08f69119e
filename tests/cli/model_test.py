import json
import math
import os
import pathlib
import shutil
import struct

import colours
from program import PROGRAM, ProgramTest


class ModelSearch(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("a.png", colours.png("BB..RG.."))
        # The program in a tree of its own, far from any shipped model.
        self.program = self.folder / "tree/build/release/lprnet"
        self.program.parent.mkdir(parents=True)
        shutil.copy(PROGRAM, self.program)

    def recognize_without_model(self):
        return self.run_program("recognize", "a.png", program=str(self.program))

    def test_no_model_says_where_it_looked(self):
        status, out, err = self.recognize_without_model()
        if status == 0:
            self.skipTest("a model is installed in this build's install prefix")
        self.assertEqual((status, out), (2, ""))
        tree = self.folder.resolve() / "tree"
        for place in ["$LPRNET_MODEL", "--model", f"{tree}/build/release/lprnet-cn.safetensors",
                      f"{tree}/build/share/lprnet/lprnet-cn.safetensors",
                      f"{tree}/models/lprnet-cn.safetensors"]:
            self.assertIn(place, err)

    def test_places(self):
        for place in ["tree/build/release", "tree/build/share/lprnet", "tree/models"]:
            with self.subTest(place=place):
                shipped = self.folder / place / "lprnet-cn.safetensors"
                shipped.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.model, shipped)
                self.assertEqual(self.recognize_without_model()[0], 0)
                shipped.unlink()

    def test_environment(self):
        self.environment["LPRNET_MODEL"] = str(self.model)
        self.assertEqual(self.recognize_without_model()[0], 0)

    def test_environment_that_names_no_file(self):
        self.environment["LPRNET_MODEL"] = "gone.safetensors"
        status, _, err = self.recognize_without_model()
        self.assertEqual(status, 2)
        self.assertIn("gone.safetensors", err)

    def test_option_comes_before_the_environment(self):
        self.environment["LPRNET_MODEL"] = "gone.safetensors"
        self.assertEqual(self.recognize("a.png")[0], 0)

    def test_file_that_is_no_model(self):
        status, _, err = self.run_program("recognize", "--model", "a.png", "a.png")
        self.assertEqual(status, 2)
        self.assertIn("a.png", err)

    def test_unknown_instruction_set(self):
        self.environment["LPRNET_ISA"] = "mmx"
        status, _, err = self.recognize("a.png")
        self.assertEqual(status, 2)
        self.assertIn("mmx", err)


class Limits(ProgramTest):
    COMMANDS = {
        "recognize": ["--model", "MODEL", "a.png"], "inspect": ["MODEL"], "verify": ["MODEL"],
        "trace": ["MODEL", "a.png", "-o", "out.safetensors"], "eval": ["--model", "MODEL", "a.png"],
        "bench": ["--model", "MODEL"], "convert": ["MODEL", "-o", "out.safetensors"],
    }
    NAMES = ["file-bytes", "nodes", "value-elements", "weight-elements", "arena-bytes", "operations",
             "load-bytes"]

    def test_every_command_that_loads_a_model_has_each(self):
        for command, arguments in self.COMMANDS.items():
            arguments = [self.model if word == "MODEL" else word for word in arguments]
            for name in self.NAMES:
                with self.subTest(command=command, limit=name):
                    status, out, err = self.run_program(command, f"--max-{name}", 1, *arguments)
                    self.assertEqual((status, out), (2, ""))
                    self.assertIn(f"(--max-{name})", err)
                    self.assertIn("more than the limit of 1", err)

    def test_a_number_is_expected(self):
        status, _, err = self.run_program("inspect", "--max-nodes", "many", self.model)
        self.assertEqual(status, 2)
        self.assertIn("--max-nodes", err)


class Inspect(ProgramTest):
    def test_text(self):
        status, out, err = self.run_program("inspect", "--steps", self.model)
        self.assertEqual((status, err), (0, ""))
        for word in ["colours", "[1,3,4,8]", "[1,4,8]", "BGR", "bilinear", "蓝 G R", "conv2d", "mean",
                     "columns", "written by hand", "KiB", "MMACs"]:
            self.assertIn(word, out)

    def test_json(self):
        status, out, _ = self.run_program("inspect", "--json", self.model)
        model = json.loads(out)
        self.assertEqual((status, model["name"], model["alphabet"], model["blank"]),
                         (0, "colours", ["蓝", "G", "R"], 3))
        self.assertEqual((model["input_shape"], model["outputs"]),
                         ([1, 3, 4, 8], [{"name": "logits", "shape": [1, 4, 8]}]))
        self.assertEqual([(n["name"], n["op"]) for n in model["nodes"]],
                         [("columns", "conv2d"), ("logits", "mean")])
        self.assertEqual((model["parameters"], model["nodes"][0]["macs"]), (16, 4 * 3 * 4 * 8))
        self.assertGreater(len(model["steps"]), 0)

    def test_operations_of_every_kind(self):
        model = json.loads(self.run_program("inspect", "--json", self.model)[1])
        macs = 4 * 3 * 4 * 8
        self.assertEqual([n["operations"] for n in model["nodes"]], [macs, 4 * 4 * 8])
        self.assertEqual(model["operations"], macs + 4 * 4 * 8)
        self.assertGreater(model["load_bytes"], self.model.stat().st_size)

    def test_memory_is_used_twice(self):
        golden = pathlib.Path(__file__).resolve().parent.parent / "golden"
        out = self.run_program("inspect", "--json", golden / "lprnet_layers.safetensors")[1]
        model = json.loads(out)
        self.assertLess(model["arena_bytes"], model["arena_bytes_no_reuse"] / 2)
        self.assertTrue(any(node["in_place"] for node in model["nodes"]))

    def test_missing_model(self):
        status, out, err = self.run_program("inspect", "nowhere.safetensors")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("nowhere.safetensors", err)


class Verify(ProgramTest):
    def test_passes(self):
        status, out, err = self.run_program("verify", self.model)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("passed", out)
        self.assertIn("Python's float", out)

    def test_fails_beyond_the_bound(self):
        colours.write_model(self.model, wrong_logit=0.01)
        status, out, _ = self.run_program("verify", self.model)
        self.assertEqual(status, 1)
        self.assertIn("FAILED", out)
        status, out, _ = self.run_program("verify", "--json", self.model)
        result = json.loads(out)
        self.assertEqual((status, result["passed"], result["tolerance"]), (1, False, 1e-4))
        self.assertTrue(math.isclose(result["max_absolute"], 0.01, rel_tol=0.01))


class Trace(ProgramTest):
    def test_every_value_is_written(self):
        self.write("a.png", colours.png("BB..RG.."))
        status, _, err = self.run_program("trace", self.model, "a.png", "-o", "out.safetensors")
        self.assertEqual((status, err), (0, ""))
        values = read_safetensors(self.folder / "out.safetensors")
        self.assertEqual({name: shape for name, (shape, _) in values.items()},
                         {"input": [1, 3, 4, 8], "columns": [1, 4, 4, 8], "logits": [1, 4, 8]})
        blue = [1, 1, 0, 0, 0, 0, 0, 0]
        self.assertEqual([round(v, 5) for v in values["input"][1][:8]], blue)
        self.assertEqual([round(v, 4) for v in values["logits"][1]],
                         [20 * v for v in blue] + [0, 0, 0, 0, 0, 20, 0, 0] +
                         [0, 0, 0, 0, 20, 0, 0, 0] + [10] * 8)

    def test_folder_that_is_missing(self):
        self.write("a.png", colours.png("BB..RG.."))
        status, _, err = self.run_program("trace", self.model, "a.png", "-o", "gone/out.safetensors")
        self.assertEqual(status, 2)
        self.assertEqual(err, "lprnet: gone/out.safetensors: cannot write: No such file or directory\n")
        self.assertFalse(os.path.exists(self.folder / "gone"))


class Bench(ProgramTest):
    def test_json(self):
        for threads, batch in [(1, 1), (2, 1), (2, 5)]:
            with self.subTest(threads=threads, batch=batch):
                status, out, err = self.run_program("bench", "--model", self.model, "--seconds", "1",
                                                    "--threads", threads, "--batch", batch, "--json")
                self.assertEqual((status, err), (0, ""))
                result = json.loads(out)
                self.assertEqual((result["precision"], result["threads"], result["batch"]),
                                 ("fp32", threads, batch))
                self.assertGreaterEqual(result["median_ms_per_plate"], result["min_ms_per_plate"])
                for key in ["min_ms_per_plate", "preprocess_ms", "decode_ms", "mmacs",
                            "mmacs_before_pruning", "fma_peak_gflops", "share_of_peak"]:
                    self.assertGreater(result[key], 0, key)

    def test_layers(self):
        status, out, _ = self.run_program("bench", "--model", self.model, "--seconds", "1",
                                          "--layers", "--json")
        layers = json.loads(out)["layers"]
        self.assertEqual(status, 0)
        self.assertAlmostEqual(sum(layer["mmacs"] for layer in layers), json.loads(out)["mmacs"])
        for layer in layers:
            self.assertGreater(layer["milliseconds"], 0)
        status, out, _ = self.run_program("bench", "--model", self.model, "--seconds", "1",
                                          "--layers")
        self.assertEqual(status, 0)
        for layer in layers:
            self.assertIn(layer["name"], out)


def read_safetensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    values = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values[name] = (entry["shape"], struct.unpack(f"<{(end - begin) // 4}f", data[begin:end]))
    return values
