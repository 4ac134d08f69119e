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


def placed(old: Tensor, at: Tensor, columns: int) -> Tensor:
    """The columns of `old` where `at` says, zeros elsewhere."""
    return old.new_zeros((old.shape[0], columns, *old.shape[2:])).index_copy(1, at, old)


def add_channels(network: nn.Module, classes: int, widths: Widths, larger: Widths) -> nn.Module:
    state = {name: value.clone() for name, value in network.state_dict().items()}
    wide = build(classes, larger)
    fresh = wide.state_dict()
    wide_groups = groups(larger)
    # Consumers first: producers then get their new rows with the columns already in place.
    containers: dict[str, list[Tensor]] = {}
    for key, group in groups(widths).items():
        old = state[f"{group.producer}.bias"].shape[0]
        new = fresh[f"{group.producer}.bias"].shape[0]
        if new < old:
            raise ValueError(f"{key} has {old} channels and cannot widen to {new}")
        for (consumer, at), (_, to) in zip(group.consumers, wide_groups[key].consumers, strict=True):
            name = f"{consumer}.weight"
            if consumer.endswith("container.0"):
                # The mean of squares over more channels, the new ones faint, is so much smaller.
                state[name][:, at : at + old] *= old / new
                containers.setdefault(name, []).append(to + torch.arange(old))
            else:
                state[name] = placed(state[name], torch.arange(old * group.cells), fresh[name].shape[1])
    for name, places in containers.items():
        old_columns, new_columns = state[name].shape[1], fresh[name].shape[1]
        first = sum(len(place) for place in places)
        last = torch.arange(new_columns - (old_columns - first), new_columns)  # the classes' own
        state[name] = placed(state[name], torch.cat([*places, last]), new_columns)
    for group in groups(widths).values():
        rows = state[f"{group.producer}.bias"].shape[0]
        for name in ("weight", "bias"):
            full = fresh[f"{group.producer}.{name}"].clone()
            full[:rows] = state[f"{group.producer}.{name}"]
            state[f"{group.producer}.{name}"] = full
        if group.norm is not None:
            for name, value in (("weight", FAINT), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
                full = torch.full_like(fresh[f"{group.norm}.{name}"], value)
                full[:rows] = state[f"{group.norm}.{name}"]
                state[f"{group.norm}.{name}"] = full
    wide.load_state_dict(state)
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
