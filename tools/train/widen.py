"""Carries a trained reader over to a larger shape, to be trained on.

    widen.py NETWORK.pth --shape stem=32,inner_2=40/40/40,block_2=64 --out LARGE.pth
    widen.py NETWORK.pth --shape picture=64/192,plate=32/128,rows_3=2,tall=9 --out FINE.pth

With more channels it answers the same at first. With other sizes it does not: the two weights that belong to places,
the transformer's first linear layer and the last convolution, are resampled, and the rest is learnt again soon.

New channels begin with random weights and are read with zeros. Behind a BatchNorm they begin faint, as the
global context divides by the mean of squares over all channels.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from channels import changed, groups
from checkpoint import load_network, save_network
from network import Shape, build, count_macs

FAINT = 1e-2


def resampled(weight: Tensor, rows: int, columns: int) -> Tensor:
    """[..., rows, columns], so that it answers alike to a picture of that size."""
    cells = weight.shape[-2] * weight.shape[-1]
    return F.interpolate(weight, (rows, columns), mode="bilinear") * (cells / (rows * columns))


def change_sizes(network: nn.Module, classes: int, shape: Shape, larger: Shape) -> tuple[nn.Module, Shape]:
    """The same channels for the sizes of `larger`."""
    moved = replace(shape, picture=larger.picture, plate=larger.plate, rows_3=larger.rows_3, tall=larger.tall)
    state = dict(network.state_dict())
    last = "lprnet.backbone.20.weight" if shape.stn is not None else "backbone.20.weight"
    state[last] = resampled(state[last], moved.tall, 1)
    if shape.stn is not None:
        linear = state["stn.fc_loc.0.weight"]
        cells = resampled(linear.reshape(len(linear), -1, *shape.looked), *moved.looked)
        state["stn.fc_loc.0.weight"] = cells.reshape(len(linear), -1)
    again = build(classes, moved)
    again.load_state_dict(state)
    return again.eval(), moved


def add_channels(network: nn.Module, classes: int, shape: Shape, larger: Shape) -> nn.Module:
    state = network.state_dict()
    wide = build(classes, larger)
    wide_groups = groups(larger)
    columns: dict[str, list[Tensor]] = {}  # by weight: where its old columns go
    factors: dict[str, list[Tensor]] = {}
    for key, group in groups(shape).items():
        old = state[f"{group.producer}.bias"].shape[0]
        new = wide.get_submodule(group.producer).bias.shape[0]
        if new < old:
            raise ValueError(f"{key} has {old} channels and cannot widen to {new}")
        if group.norm is not None:
            nn.init.constant_(wide.get_submodule(group.norm).weight, FAINT)
        for consumer, at in wide_groups[key].consumers:
            # The mean of squares over more channels, the new ones faint, is so much smaller.
            factor = old / new if consumer.endswith("container.0") else 1.0
            columns.setdefault(f"{consumer}.weight", []).append(at + torch.arange(old * group.cells))
            factors.setdefault(f"{consumer}.weight", []).append(torch.full((old * group.cells,), factor))
    wide_state = wide.state_dict()
    for name, value in state.items():
        if name not in columns:
            wide_state[name][tuple(map(slice, value.shape))] = value
            continue
        rest = value.shape[1] - sum(map(len, columns[name]))  # behind all others: the classes' own
        width = wide_state[name].shape[1]
        at = torch.cat([*columns[name], torch.arange(width - rest, width)])
        factor = torch.cat([*factors[name], torch.ones(rest)]).reshape(-1, *[1] * (value.dim() - 2))
        rows = wide_state[name][: len(value)]
        rows.zero_()
        rows[:, at] = value * factor
    return wide.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--shape", required=True, help="what changes of it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    network, alphabet, shape = load_network(options.network)
    larger = changed(shape, options.shape)
    moved, moved_shape = change_sizes(network, len(alphabet), shape, larger)
    wide = add_channels(moved, len(alphabet), moved_shape, larger)
    save_network(options.out, wide, larger, alphabet, {})
    print(f"{count_macs(network) / 1e6:.1f} MMAC -> {count_macs(wide) / 1e6:.1f} MMAC")


if __name__ == "__main__":
    main()
