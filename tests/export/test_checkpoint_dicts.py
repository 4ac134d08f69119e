"""Weights among other things: under any key, several networks in one file, and other spellings."""

import json
import unittest
from typing import Any, Dict

import torch
from lprnet_export.lprnet_modules import Pipeline, SpatialTransformer
from lprnet_export.random_weights import fill
from program_files import CLASSES, PLATE, TOKENS, ProgramFiles, narrow
from torch import nn


def optimizer_of(network: nn.Module) -> Dict[str, Any]:
    optimizer = torch.optim.Adam(network.parameters())
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    return optimizer.state_dict()


class CheckpointDicts(ProgramFiles):
    def test_under_any_key(self) -> None:
        network = narrow()
        state = network.state_dict()
        beside = {"epoch": 3, "best": 0.5, "class_weight": torch.ones(CLASSES), "loss_weight": torch.ones(1)}
        for key in ("net_state_dict", "ema", "model_ema", "ema_state_dict", "best_state_dict", "model_dict", "params",
                    "params_ema", "generator", "network", "anything"):  # fmt: skip
            with self.subTest(key):
                torch.save({**beside, "optimizer": optimizer_of(network), key: state}, self.path)
                self.answers(network)
        for content in (
            {"epoch": 3, "best": 0.5, **state},
            {"a": {"b": [1, {"c": state}]}},
            (3, state),
            {**beside, "ema": {"decay": 0.9, "module": {f"module.{k}": v for k, v in state.items()}}},
        ):
            torch.save(content, self.path)
            self.answers(network)

    def test_several_networks(self) -> None:
        first, second = narrow(1), narrow(2)
        torch.save({"state_dict": first.state_dict(), "ema": {"net": second.state_dict()}}, self.path)
        message = self.refused()
        for part in ("several networks", "'state_dict', 'ema.net'", "--weights KEY"):
            self.assertIn(part, message)
        self.answers(first, "--weights", "state_dict")
        self.answers(second, "--weights", "ema.net")
        message = self.run_program("convert", self.path, "-o", "other.safetensors", "--weights", "gone")[2]
        self.assertIn("no weights of a known network under 'gone', only under 'state_dict', 'ema.net'", message)

    def test_transformer_and_network_in_one_file(self) -> None:
        pipeline = fill(Pipeline(SpatialTransformer(channels=4), narrow()), 3, PLATE)
        stn, lprnet = pipeline.stn.state_dict(), pipeline.lprnet.state_dict()
        for content in (
            {"epoch": 1, "lpr": lprnet, "st": stn},
            {"st": {f"module.{k}": v for k, v in stn.items()}, "lpr": lprnet},
            {"nets": [stn, lprnet]},
            {f"{part}.{k}": v for part, state in (("STNet", stn), ("LPRNet", lprnet)) for k, v in state.items()},
        ):
            torch.save(content, self.path)
            out = self.answers(pipeline)
            self.assertIn("LPRNet (stnpair)", out)
        torch.save({"lpr": pipeline.lprnet, "st": pipeline.stn}, self.path)
        self.answers(pipeline)
        other = self.folder / "other.pth"
        torch.save({"lpr": lprnet}, other)
        self.path, both = other, self.path
        self.answers(pipeline, "--stn", both)

    def test_a_network_without_its_transformer_says_what_is_assumed(self) -> None:
        torch.save(narrow().state_dict(), self.path)
        out = self.answers(narrow())
        self.assertIn("assumed: profile 'sirius', as no other was named", out)
        self.assertIn("stnpair (whose transformer would be given with --stn)", out)
        for named in ([self.path, "--reading", "reading.json"], ["out.safetensors"]):
            decode = {"alphabet": list(TOKENS), "blank": 11}
            (self.folder / "reading.json").write_text(json.dumps({"decode": decode}))
            status, shown, err = self.run_program("inspect", *named)
            self.assertEqual((status, err), (0, ""))
            self.assertIn("assumed: profile 'sirius'", shown)
        self.assertNotIn("assumed", self.answers(narrow(), "--profile", "sirius"))

    def test_a_last_layer_by_itself(self) -> None:
        network = narrow()
        state = {k.replace("container.0.", "container."): v for k, v in network.state_dict().items()}
        for content in (state, {"lpr": {f"module.{k}": v for k, v in state.items()}}):
            torch.save(content, self.path)
            self.answers(network)
        network.container = network.container[0]
        torch.save(network, self.path)
        self.answers(network)


if __name__ == "__main__":
    unittest.main()
