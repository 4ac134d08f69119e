"""The container: aligned, deterministic, and read back as it was written."""

import json
import struct
import tempfile
import unittest
from pathlib import Path

import torch
from lprnet_export.errors import ExportError
from lprnet_export.export import export_module
from lprnet_export.model_file import read_model, read_safetensors, write_model, write_safetensors
from lprnet_export.random_weights import random_lprnet


class ModelFile(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_round_trip_of_every_dtype(self) -> None:
        dtypes = (
            torch.float64,
            torch.float32,
            torch.float16,
            torch.bfloat16,
            torch.int64,
            torch.int32,
            torch.int16,
            torch.int8,
            torch.uint8,
            torch.bool,
        )
        tensors = {str(dtype): torch.arange(6).reshape(2, 3).to(dtype) for dtype in dtypes}
        tensors["scalar"] = torch.tensor(1.5)
        tensors["empty"] = torch.zeros(0, 3)
        path = self.folder / "all.safetensors"
        write_safetensors(path, tensors, {"key": "京"})
        found, metadata = read_safetensors(path)
        self.assertEqual(metadata, {"key": "京"})
        self.assertEqual(set(found), set(tensors))
        for name, tensor in tensors.items():
            self.assertEqual(found[name].dtype, tensor.dtype)
            self.assertTrue(torch.equal(found[name], tensor), name)

    def test_tensors_begin_at_64_without_gaps_and_are_aligned(self) -> None:
        path = self.folder / "a.safetensors"
        write_safetensors(
            path, {"b": torch.zeros(3, dtype=torch.uint8), "f": torch.zeros(5), "i": torch.zeros(2).long()}, {}
        )
        content = path.read_bytes()
        (length,) = struct.unpack_from("<Q", content)
        self.assertEqual((8 + length) % 64, 0)
        header = json.loads(content[8 : 8 + length])
        spans = sorted(entry["data_offsets"] for name, entry in header.items() if name != "__metadata__")
        self.assertEqual(spans, [[0, 16], [16, 36], [36, 39]])
        self.assertEqual(len(content), 8 + length + 39)

    def test_same_input_same_bytes(self) -> None:
        paths = [self.folder / "first.safetensors", self.folder / "second.safetensors"]
        for path in paths:
            network = random_lprnet(3, 10, [1, 3, 24, 94], (4, 8, 12))
            exported = export_module(network, [1, 3, 24, 94], name="LPRNet")
            write_model(path, exported.document, exported.tensors)
        self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())

    def test_an_export_leaves_the_network_as_it_was(self) -> None:
        network = random_lprnet(3, 10, [1, 3, 24, 94], (4, 8, 12))
        before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        export_module(network, [1, 3, 24, 94], name="LPRNet")
        after = network.state_dict()
        self.assertEqual(list(before), list(after))
        self.assertTrue(all(torch.equal(before[name], after[name]) for name in before))

    def test_a_file_that_is_no_model(self) -> None:
        path = self.folder / "a.safetensors"
        write_safetensors(path, {"a": torch.zeros(1)}, {})
        with self.assertRaisesRegex(ExportError, "not a model file"):
            read_model(path)
        path.write_bytes(b"\xff" * 20)
        with self.assertRaisesRegex(ExportError, "header says"):
            read_model(path)
        path.write_bytes(b"abc")
        with self.assertRaisesRegex(ExportError, "too few"):
            read_model(path)


if __name__ == "__main__":
    unittest.main()
