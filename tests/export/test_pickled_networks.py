"""Networks that were pickled whole: their layers stand in the file and must be those that the weights suggest."""

import unittest
from typing import Any, Callable

import torch
from lprnet_export.lprnet_modules import LeakyLPRNet, LPRNetWithTransformer, SmallLPRNet
from lprnet_export.random_weights import fill
from program_files import CLASSES, PLATE, ProgramFiles, narrow
from torch import nn

ZIP_AND_STREAM = (True, False)


class OwnActivation(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(x)


class AndMore(nn.Module):
    """The network with something behind it."""

    def __init__(self, network: nn.Module, behind: nn.Module) -> None:
        super().__init__()
        self.net = network
        self.behind = behind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.behind(self.net(x))


def each(network: nn.Module, kind: Any, change: Callable[[Any], None]) -> None:
    for module in network.modules():
        if isinstance(module, kind):
            change(module)


class PickledNetworks(ProgramFiles):
    def test_known_networks_answer_as_pytorch(self) -> None:
        large = [1, 3, 40, 100]
        for network, shape in (
            (narrow(), PLATE),
            (fill(LPRNetWithTransformer(CLASSES, (4, 8, 12)), 2, PLATE), PLATE),
            (fill(LeakyLPRNet(CLASSES, (4, 8, 12)), 3, large), large),
            (fill(SmallLPRNet(CLASSES, (4, 8, 12)), 4, large), large),
        ):
            for zipped in ZIP_AND_STREAM:
                with self.subTest(type(network).__name__, zipped=zipped):
                    torch.save(network, self.path, _use_new_zipfile_serialization=zipped)
                    self.answers(network, shape=shape)

    def test_wrapped_and_nested(self) -> None:
        network = narrow()
        for content in (nn.DataParallel(network), {"epoch": 3, "net": network, "optimizer": {"state": {}}}):
            torch.save(content, self.path)
            self.answers(network)
        # What does not change the answer.
        network.criterion = nn.CTCLoss()
        network.relu = nn.ReLU()
        network.pool = nn.AvgPool2d(5, stride=5)
        torch.save(AndMore(network, nn.Dropout(0.3)), self.path)
        self.answers(network)

    def differs(self, change: Callable[[nn.Module], Any], *parts: str) -> None:
        network = narrow()
        changed = change(network) or network
        for zipped in ZIP_AND_STREAM:
            torch.save(changed, self.path, _use_new_zipfile_serialization=zipped)
            message = self.refused()
            for part in (*parts, "net.pth: ", "export_module.py"):
                self.assertIn(part, message)

    def test_other_activations(self) -> None:
        def replace(activation: nn.Module) -> Callable[[nn.Module], None]:
            def change(network: nn.Module) -> None:
                network.backbone[6] = activation

            return change

        for activation, found in (
            (nn.Mish(), "is Mish, expected ReLU"),
            (nn.LeakyReLU(0.1), "is LeakyReLU, expected ReLU"),
            (nn.Hardswish(), "is Hardswish, expected ReLU"),
            (nn.Identity(), "is Identity, expected ReLU"),
            (OwnActivation(), f"is {__name__}.OwnActivation, expected ReLU"),
        ):
            self.differs(replace(activation), "'backbone.6' " + found)

        def inside(network: nn.Module) -> None:
            network.backbone[4].block[1] = nn.GELU()

        self.differs(inside, "'backbone.4.block.1' is GELU, expected ReLU")

    def test_other_slope(self) -> None:
        network = fill(LeakyLPRNet(CLASSES, (4, 8, 12)), 3, [1, 3, 40, 100])

        def steeper(layer: nn.LeakyReLU) -> None:
            layer.negative_slope = 0.1

        each(network, nn.LeakyReLU, steeper)
        self.differs(lambda _: network, "'backbone.2' (LeakyReLU) has negative_slope 0.1, expected 0.01")

    def test_other_settings(self) -> None:
        def setting(place: int, name: str, value: Any) -> Callable[[nn.Module], None]:
            return lambda network: setattr(network.backbone[place], name, value)

        for place, name, value, found, expected in (
            (0, "stride", (1, 2), "(1, 2)", "(1, 1)"),
            (0, "padding", (1, 1), "(1, 1)", "(0, 0)"),
            (0, "padding", "same", "'same'", "(0, 0)"),
            (0, "dilation", (2, 2), "(2, 2)", "(1, 1)"),
            (0, "padding_mode", "reflect", "'reflect'", "'zeros'"),
            (1, "eps", 0.1, "0.1", "1e-05"),
            (3, "kernel_size", (1, 2, 2), "(1, 2, 2)", "(1, 3, 3)"),
            (7, "stride", (2, 2, 2), "(2, 2, 2)", "(2, 1, 2)"),
            (7, "padding", (0, 1, 1), "(0, 1, 1)", "(0, 0, 0)"),
            (14, "dilation", 2, "2", "(1, 1, 1)"),
            (14, "ceil_mode", True, "True", "False"),
        ):
            difference = f"has {name} {found}, expected {expected}"
            self.differs(setting(place, name, value), f"'backbone.{place}' ", difference)

    def test_the_same_said_otherwise(self) -> None:
        network = narrow()
        network.backbone[7].padding = (0, 0, 0)
        network.backbone[0].padding = "valid"
        network.backbone[4].block[2].padding = "same"
        network.backbone[1].eps = 1e-5
        torch.save(network, self.path)
        self.answers(narrow())

    def test_more_or_fewer_layers(self) -> None:
        def shorter(network: nn.Module) -> None:
            del network.backbone._modules["22"]

        def longer(network: nn.Module) -> None:
            network.container.add_module("1", nn.Tanh())

        self.differs(shorter, "no layer 'backbone.22', expected ReLU")
        self.differs(longer, "a layer 'container.1' of type Tanh")
        self.differs(lambda network: AndMore(network, nn.Tanh()), "a layer 'behind' of type Tanh")

    def test_a_padded_first_layer_is_asked_for(self) -> None:
        network = narrow(first_padding=1)
        torch.save(network, self.path)
        self.assertIn("--padded-first-layer", self.refused())
        self.answers(network, "--padded-first-layer")


if __name__ == "__main__":
    unittest.main()
