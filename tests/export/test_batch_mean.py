"""A mean over the batch becomes a mean over each plate, with a note that says so."""

import unittest

import torch
from lprnet_export.export import export_module
from lprnet_export.interpret import run_node
from test_operators import Calls, exported
from torch import nn


class BatchMean(unittest.TestCase):
    def test_the_public_code(self) -> None:
        model = exported(Calls(lambda s, f: torch.div(f, torch.mean(torch.pow(f, 2)))))
        mean = model.document["nodes"][1]
        self.assertEqual((mean["op"], mean["dim"], mean["keepdim"]), ("mean", [1, 2, 3], True))
        self.assertEqual(len(model.warnings), 1)
        self.assertIn("of each plate by itself", model.warnings[0])

    def test_each_plate_of_a_batch_answers_as_alone(self) -> None:
        model = exported(Calls(lambda s, f: f / f.pow(2).mean()))
        batch = torch.randn(3, 6, 7, 9)
        value = batch
        values = {"input": batch}
        for node in model.document["nodes"]:
            value = run_node(node, [values[name] for name in node["inputs"]], model.tensors)
            values[node["name"]] = value
        for plate, found in zip(batch, value):
            torch.testing.assert_close(found, plate / plate.pow(2).mean())

    def test_other_uses_of_the_mean_keep_their_shape(self) -> None:
        model = exported(Calls(lambda s, f: f.flatten(1) / f.pow(2).mean().sqrt()))
        self.assertEqual(len(model.warnings), 1)
        exported(Calls(lambda s, f: f.mean().reshape(1, 1, 1) + f.sum()))

    def test_a_mean_over_one_plate_needs_no_note(self) -> None:
        model = exported(Calls(lambda s, f: f / f.pow(2).mean(dim=(1, 2, 3), keepdim=True)))
        self.assertEqual(model.warnings, [])

    def test_batch_with_keepdim(self) -> None:
        model = exported(Calls(lambda s, f: f - f.mean(dim=(0, 2), keepdim=True)))
        self.assertEqual(model.document["nodes"][0]["dim"], [2])

    def test_the_first_dimension_of_what_was_squeezed_is_no_batch(self) -> None:
        model = export_module(nn.Sequential(nn.Flatten(0, 1), Calls(lambda s, x: x.mean(0))), [1, 3, 4, 5], name="test")
        self.assertEqual(model.warnings, [])


if __name__ == "__main__":
    unittest.main()
