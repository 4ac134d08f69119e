#!/usr/bin/env python3
"""Networks that the compared engines are given have the logits of the original. Exits with 77 (skipped) without
PyTorch."""

import sys
import unittest
from pathlib import Path
from typing import Dict

HERE = Path(__file__).resolve().parent
SKIPPED = 77

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(SKIPPED)

TOOLS = HERE.parent.parent / "tools"
sys.path[:0] = [str(TOOLS / "bench"), str(TOOLS / "export")]

from lprnet_bench import network  # noqa: E402
from lprnet_bench.torch_network import TorchNetwork  # noqa: E402
from lprnet_export.random_weights import random_lprnet  # noqa: E402

SHAPE = (1, 3, 24, 94)
CLASSES = 11


def state_with_constant_channels() -> Dict[str, np.ndarray]:
    """Random weights in which every third channel of a BatchNorm is constant, some of them at a positive value and
    some at 0, and every fourth inner channel of a block is ReLU of a negative constant, denormal weights included."""
    state = {name: value.numpy().copy() for name, value in random_lprnet(3, CLASSES, SHAPE).state_dict().items()}
    for index in ("1", "5", "9", "12", "17", "21"):
        state[f"backbone.{index}.weight"][::3] = 1e-39
        state[f"backbone.{index}.bias"][::6] = 0.5
        state[f"backbone.{index}.bias"][3::6] = -0.5
    for block in ("4", "8", "11"):
        for inner in ("0", "2", "4"):
            state[f"backbone.{block}.block.{inner}.weight"][::4] = 1e-39
            state[f"backbone.{block}.block.{inner}.bias"][::8] = -0.1
            state[f"backbone.{block}.block.{inner}.bias"][4::8] = 0.1
    return state


class Rewrites(unittest.TestCase):
    def setUp(self) -> None:
        self.state = state_with_constant_channels()
        self.original = network.from_state(self.state)
        generator = torch.Generator().manual_seed(1)
        self.images = torch.rand((2, *SHAPE[1:]), generator=generator, dtype=torch.float64) * 1.99 - 0.995

    def logits(self, rewritten: network.Network) -> torch.Tensor:
        with torch.no_grad():
            return TorchNetwork(rewritten).eval().double()(self.images)

    def same_logits(self, rewritten: network.Network) -> None:
        torch.testing.assert_close(self.logits(rewritten), self.logits(self.original), rtol=0, atol=2e-5)

    def test_as_the_exporters_module(self) -> None:
        module = random_lprnet(3, CLASSES, SHAPE).eval()
        module.load_state_dict({name: torch.from_numpy(value) for name, value in self.state.items()})
        with torch.no_grad():
            expected = torch.cat([module.double()(image[None]) for image in self.images])
        torch.testing.assert_close(self.logits(self.original), expected)

    def test_cleaned(self) -> None:
        self.same_logits(network.cleaned(self.original))

    def test_folded(self) -> None:
        self.same_logits(network.folded(self.original))

    def test_pruned(self) -> None:
        pruned = network.survivors_first(network.pruned(network.folded(network.cleaned(self.original))))
        self.same_logits(pruned)
        self.assertLess(pruned.macs(), 0.6 * self.original.macs())
        self.assertTrue(all(np.any(feature.constant_term) for feature in pruned.features))

    def test_survivors_first_in_blocks(self) -> None:
        pruned = network.pruned(network.folded(network.cleaned(self.original)))
        self.same_logits(network.survivors_first(pruned, 16))

    def test_macs_of_the_public_edition(self) -> None:
        state = random_lprnet(1, 68, SHAPE).state_dict()
        public = network.from_state({name: value.numpy() for name, value in state.items()})
        self.assertEqual(public.macs(), 144_411_264)

    def test_missing_tensor_is_named(self) -> None:
        del self.state["backbone.20.bias"]
        with self.assertRaisesRegex(ValueError, "backbone.20.bias"):
            network.from_state(self.state)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
