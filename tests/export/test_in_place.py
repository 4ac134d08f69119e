"""Writing in place: later uses of what was overwritten see the new value, as in PyTorch."""

import unittest
from typing import Callable

import torch
import torch.nn.functional as F
from lprnet_export.errors import ExportError
from lprnet_export.interpret import run_graph
from test_operators import Calls, exported
from torch import nn


class InPlace(unittest.TestCase):
    def agrees(self, function: Callable[..., torch.Tensor], **parts: nn.Module) -> None:
        """The module itself is the judge, on an input of its own."""
        module = Calls(function, **parts)
        model = exported(module)
        x = torch.randn(1, 6, 7, 9)
        found = run_graph(model.document, model.tensors, {"input": x})[model.document["output"]]
        with torch.no_grad():
            torch.testing.assert_close(found, module.eval()(x.clone()))

    def test_module(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = self.conv(x)
            z = self.act(y)
            return torch.cat((y, z), 1)

        self.agrees(forward, conv=nn.Conv2d(6, 4, 3), act=nn.ReLU(inplace=True))

    def test_not_in_place_keeps_the_value(self) -> None:
        self.agrees(lambda s, x: torch.cat((x, F.relu(x)), 1))

    def test_functions_and_methods(self) -> None:
        def overwritten(write: Callable[[torch.Tensor], object]) -> Callable[..., torch.Tensor]:
            def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
                y = x * 2
                write(y)  # its result is not used
                return y + x

            return forward

        for write in (
            lambda y: F.relu(y, inplace=True), F.relu_, torch.relu_, lambda y: y.relu_(), lambda y: y.add_(1.5),
            lambda y: y.sub_(y), lambda y: y.mul_(3).add_(1), lambda y: y.div_(2), lambda y: F.leaky_relu(y, 0.1, True),
            lambda y: F.elu_(y), lambda y: y.sigmoid_(), lambda y: y.tanh_(), lambda y: y.pow_(2), lambda y: y.neg_(),
            lambda y: y.clamp_(min=0), lambda y: torch.mul(y, 2, out=y),
        ):  # fmt: skip
            self.agrees(overwritten(write))

    def test_augmented_assignment_writes_to_the_same_tensor(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            kept = y = x * 2
            y += 1
            y *= x
            y -= 0.5
            y /= 3
            return kept + y

        self.agrees(forward)

    def test_the_input_itself(self) -> None:
        self.agrees(lambda s, x: x.relu_() + x)

    def test_twice(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            first = x * 2
            second = F.relu_(first)
            third = second.add_(1)
            return torch.cat((first, second, third, x), 1)

        self.agrees(forward)

    def test_through_views(self) -> None:
        def view_sees_it(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            flat = y.view(1, -1)
            y.relu_()
            return flat + 1

        def source_sees_it(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            y.flatten(1).relu_()
            return y.unsqueeze(0).squeeze(0) + 1

        self.agrees(view_sees_it)
        self.agrees(source_sees_it)

    def test_through_identities(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            z = self.drop(y)  # the same tensor at inference
            z.relu_()
            return y + 1

        self.agrees(forward, drop=nn.Dropout())

    def test_a_copy_is_left_alone(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            copy = y.clone()
            y.relu_()
            return copy - y

        self.agrees(forward)

    def test_halves_beside_each_other_do_not_touch(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            left, right = (x * 2).chunk(2, 1)
            left.relu_()
            return left + right

        self.agrees(forward)

    def test_a_constant_that_accumulates(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            total = torch.zeros(1, 6, 7, 9)
            for factor in (1.0, 2.0):
                total += x * factor
            return total

        self.agrees(forward)

    def test_lprnet_features_after_an_in_place_relu(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            kept = []
            for index, layer in enumerate(self.layers):
                x = layer(x)
                if index in (1, 4):  # before the ReLU that overwrites it
                    kept.append(x)
            return torch.cat([F.adaptive_avg_pool2d(f, 2) for f in kept] + [x[:, :, :2, :2]], 1)

        layers = nn.Sequential(
            nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4), nn.ReLU(True), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU(True)
        )
        self.agrees(forward, layers=layers)

    def test_a_part_that_was_overwritten_is_refused(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            y[:, :3].relu_()
            return y + 1

        with self.assertRaisesRegex(ExportError, "(?s)relu_.*overwritten a part.*test_in_place.py"):
            exported(Calls(forward))

    def test_another_order_of_the_memory_is_refused(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            turned = y.permute(0, 1, 3, 2)
            y.relu_()
            return turned + 1

        with self.assertRaisesRegex(ExportError, "another order"):
            exported(Calls(forward))

    def test_assigning_to_a_part_is_refused(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            y[:, 0] = 0
            return y

        with self.assertRaisesRegex(ExportError, "assigning to a part.*test_in_place.py"):
            exported(Calls(forward))

    def test_changing_a_weight_is_refused(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            self.seen.add_(x.mean())
            return x * self.seen

        with self.assertRaisesRegex(ExportError, "changes the weight 'seen'"):
            exported(Calls(forward, seen=torch.zeros(1)))


if __name__ == "__main__":
    unittest.main()
