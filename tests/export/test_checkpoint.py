"""Checkpoints as people save them."""

import argparse
import io
import pickle
import tempfile
import unittest
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy
import torch
from lprnet_export.checkpoint import load_state_dict
from lprnet_export.errors import ExportError
from torch import nn

WEIGHTS = OrderedDict([("a.weight", torch.arange(6.0).reshape(2, 3)), ("a.bias", torch.ones(2))])


class OnCuda:
    """Pickles a tensor as one whose storage lives on cuda:0, as most public checkpoints have it."""

    @staticmethod
    def save(state: Any, path: Path) -> None:
        buffer = io.BytesIO()
        torch.save(state, buffer)
        with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
            for entry in source.infolist():
                content = source.read(entry)
                if entry.filename.endswith("data.pkl"):
                    # The location is a short string of its own: BINUNICODE, 4 bytes of length, text.
                    content = content.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
                    assert b"cuda:0" in content
                target.writestr(entry.filename, content)


class Checkpoints(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "weights.pth"

    def loads(self, content: Any, **options: Any) -> None:
        torch.save(content, self.path, **options)
        self.equals()

    def equals(self) -> None:
        found = load_state_dict(self.path)
        self.assertEqual(list(found), list(WEIGHTS))
        for name, tensor in WEIGHTS.items():
            self.assertTrue(torch.equal(found[name], tensor))
            self.assertEqual(found[name].device.type, "cpu")

    def test_plain(self) -> None:
        self.loads(WEIGHTS)
        self.loads(dict(WEIGHTS))
        self.loads(WEIGHTS, _use_new_zipfile_serialization=False)

    def test_saved_from_cuda(self) -> None:
        OnCuda.save(WEIGHTS, self.path)
        self.equals()

    def test_prefixes_of_wrappers(self) -> None:
        self.loads(OrderedDict((f"module.{name}", tensor) for name, tensor in WEIGHTS.items()))
        self.loads(OrderedDict((f"module._orig_mod.{name}", tensor) for name, tensor in WEIGHTS.items()))

    def test_nested(self) -> None:
        moments = {"step": torch.ones(1), "exp_avg": torch.ones(2)}
        beside = {
            "epoch": 3, "best": 0.5, "optimizer": {"state": {0: moments, 1: moments}, "param_groups": [{"lr": 0.1}]},
            "class_weight": torch.ones(7), "loss_weight": torch.ones(1),
        }  # fmt: skip
        for key in ("state_dict", "model", "net", "net_state_dict", "ema", "best_state_dict", "params", "anything"):
            self.loads({**beside, key: WEIGHTS})
        self.loads({"epoch": 3, "net": {"state_dict": {f"module.{k}": v for k, v in WEIGHTS.items()}}})
        self.loads({"a": {"b": [1, {"c": WEIGHTS}]}})
        self.loads((3, WEIGHTS))
        torch.save({"scale": torch.ones(2)}, self.path)
        self.assertEqual(list(load_state_dict(self.path)), ["scale"])

    def test_several(self) -> None:
        other = {"b.weight": torch.ones(2)}
        torch.save({"class_weight": torch.ones(7), "model": WEIGHTS, "ema": [other]}, self.path)
        with self.assertRaisesRegex(ExportError, "several networks, 'model', 'ema.0'; choose one with --weights-key"):
            load_state_dict(self.path)
        self.assertEqual(list(load_state_dict(self.path, "ema.0")), ["b.weight"])
        self.assertEqual(list(load_state_dict(self.path, "model")), list(WEIGHTS))
        with self.assertRaisesRegex(ExportError, "no weights under 'gone', only under 'model', 'ema.0'"):
            load_state_dict(self.path, "gone")

    def test_tensors_beside_other_things(self) -> None:
        self.loads({**WEIGHTS, "epoch": 3})
        self.loads({"args": argparse.Namespace(lr=0.1), "best": numpy.float64(0.5), "state_dict": WEIGHTS})

    def test_parameters(self) -> None:
        self.loads({name: nn.Parameter(tensor) for name, tensor in WEIGHTS.items()})

    def test_a_whole_module_is_refused_with_advice(self) -> None:
        for content in (nn.Linear(3, 2), {"model": nn.Linear(3, 2)}):
            for zipped in (True, False):
                torch.save(content, self.path, _use_new_zipfile_serialization=zipped)
                with self.assertRaisesRegex(ExportError, r"torch.nn.modules.linear.Linear.*model.state_dict\(\)"):
                    load_state_dict(self.path)

    def test_nothing_is_run(self) -> None:
        class Attack:
            def __reduce__(self) -> Any:
                return (print, ("this must not be printed",))

        for zipped in (True, False):
            torch.save({**WEIGHTS, "attack": Attack()}, self.path, _use_new_zipfile_serialization=zipped)
            with self.assertRaisesRegex(ExportError, r"builtin(s|__).print, which is not weights"):
                load_state_dict(self.path)

    def test_what_holds_no_weights(self) -> None:
        torch.save({"epoch": 3, "loss": 0.5}, self.path)
        with self.assertRaisesRegex(ExportError, "no weights among its keys .epoch, loss"):
            load_state_dict(self.path)
        torch.save(torch.zeros(1), self.path)
        with self.assertRaisesRegex(ExportError, "holds a Tensor"):
            load_state_dict(self.path)

    def test_what_is_no_checkpoint(self) -> None:
        with self.assertRaisesRegex(ExportError, "no such file"):
            load_state_dict(self.folder / "missing.pth")
        for content in (b"", b"hello", pickle.dumps({"a": 1}), b"PK\x03\x04 not a zip"):
            self.path.write_bytes(content)
            with self.assertRaises(ExportError):
                load_state_dict(self.path)


if __name__ == "__main__":
    unittest.main()
