"""Adds channels to a trained reader: a larger network that answers the same at first, to be trained on.

    widen.py NETWORK.pth --widths stem=32,inner_2=40/40/40,block_2=64 --out LARGE.pth

New channels begin with random weights and are read with zeros. Behind a BatchNorm they begin faint, as the
global context divides by the mean of squares over all channels.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from channels import changed, groups
from checkpoint import load_network, save_network
from network import Widths, build, count_macs

FAINT = 1e-2


def add_channels(network: nn.Module, classes: int, widths: Widths, larger: Widths) -> nn.Module:
    state = network.state_dict()
    wide = build(classes, larger)
    wide_groups = groups(larger)
    columns: dict[str, list[Tensor]] = {}  # by weight: where its old columns go
    factors: dict[str, list[Tensor]] = {}
    for key, group in groups(widths).items():
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
    parser.add_argument("--widths", required=True, help="of the layers that grow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    network, alphabet, widths = load_network(options.network)
    larger = changed(widths, options.widths)
    wide = add_channels(network, len(alphabet), widths, larger)
    save_network(options.out, wide, larger, alphabet, {})
    print(f"{count_macs(network) / 1e6:.1f} MMAC -> {count_macs(wide) / 1e6:.1f} MMAC")


if __name__ == "__main__":
    main()
