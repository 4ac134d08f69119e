"""Removes the least useful channels of a trained reader: a smaller dense network, to be fine-tuned.

    prune.py NETWORK.pth --pool POOL --crops FOLDER --keep stem=24,inner_1=16/8/8,block_1=48 --out SMALL.pth

How useful a channel is: put a gate of one behind its activation, and sum the squares of the loss's slope
along the gate over some training batches. Without `--keep` it prints that table's quantiles for every
layer and writes nothing, to choose the shape by.
"""

import argparse
import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alphabet import Alphabet
from batches import Batch, Batches
from channels import changed, groups
from checkpoint import load_network, save_network
from crops import read_crops, split
from network import Shape, build, count_macs
from pool import read_pool


def usefulness(network: nn.Module, alphabet: Alphabet, shape: Shape, batches: list[Batch]) -> dict[str, Tensor]:
    network = copy.deepcopy(network).eval()
    gates: dict[str, Tensor] = {}
    for key, group in groups(shape).items():
        channels = network.get_submodule(group.producer).weight.shape[0]
        gate = torch.ones(channels, requires_grad=True)
        gates[key] = gate

        def close(_: nn.Module, __: tuple[Tensor, ...], output: Tensor, gate: Tensor = gate) -> Tensor:
            return output * (gate[None, :, None, None] if output.dim() == 4 else gate[None])

        network.get_submodule(group.gate).register_forward_hook(close)
    sums = {key: torch.zeros_like(gate) for key, gate in gates.items()}
    for batch in batches:
        steps = network(batch.inputs).permute(2, 0, 1).log_softmax(2)
        lasts = torch.full((batch.inputs.shape[0],), shape.steps, dtype=torch.long)
        loss = F.ctc_loss(steps, batch.targets, lasts, batch.lengths, alphabet.blank, zero_infinity=True)
        slopes = torch.autograd.grad(loss, list(gates.values()))
        for key, slope in zip(gates, slopes, strict=True):
            sums[key] += slope**2
    return sums


def kept_channels(scores: dict[str, Tensor], smaller: Shape) -> dict[str, Tensor]:
    """The best channels of every layer, in their old order."""
    kept = {}
    for key, score in scores.items():
        field, _, place = key.partition(".")
        width = getattr(smaller, field)
        kept[key] = score.topk(width[int(place)] if place else width).indices.sort().values
    return kept


def remove_channels(network: nn.Module, classes: int, shape: Shape, kept: dict[str, Tensor], smaller: Shape) -> nn.Module:
    """A network of the smaller shape. Where the removed channels were always zero its answers are the same:
    the mean of squares in the global context is then taken over fewer channels, and the weights of `container`
    make up for that."""
    state = {name: value.clone() for name, value in network.state_dict().items()}
    prefix = "lprnet." if shape.stn is not None else ""
    columns = torch.arange(state[f"{prefix}container.0.weight"].shape[1])
    gone = torch.zeros(len(columns), dtype=torch.bool)
    factor = torch.ones(len(columns))
    for key, group in groups(shape).items():
        keep = kept[key]
        old = state[f"{group.producer}.weight"].shape[0]
        for name in ("weight", "bias"):
            state[f"{group.producer}.{name}"] = state[f"{group.producer}.{name}"][keep]
        if group.norm:
            for name in ("weight", "bias", "running_mean", "running_var"):
                state[f"{group.norm}.{name}"] = state[f"{group.norm}.{name}"][keep]
        for consumer, at in group.consumers:
            if consumer.endswith("container.0"):
                gone[at : at + old] = True
                gone[at + keep] = False
                factor[at : at + old] = old / len(keep)
            else:
                cells = (keep[:, None] * group.cells + torch.arange(group.cells)).reshape(-1)
                state[f"{consumer}.weight"] = state[f"{consumer}.weight"][:, cells]
    container = state[f"{prefix}container.0.weight"] * factor[None, :, None, None]
    state[f"{prefix}container.0.weight"] = container[:, ~gone]
    small = build(classes, smaller)
    small.load_state_dict(state)
    return small.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("--pool", type=Path, action="append", default=[])
    parser.add_argument("--crops", type=Path, action="append", default=[])
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="new shape of the layers that shrink")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()

    network, alphabet, shape = load_network(options.network)
    crops, _ = split([crop for folder in options.crops for crop in read_crops(folder, alphabet)])
    source = Batches(alphabet, [read_pool(p) for p in options.pool], crops, shape.picture, 64, 0.5, options.seed).start_at(0)
    scores = usefulness(network, alphabet, shape, [next(source) for _ in range(options.batches)])
    if options.keep is None or options.out is None:
        most = max(float(s.max()) for s in scores.values())
        for key, score in scores.items():
            quantiles = (score / most).quantile(torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9])).tolist()
            print(f"{key:10} {len(score):4}  " + "  ".join(f"{q:.1e}" for q in quantiles))
        return
    smaller = changed(shape, options.keep)
    small = remove_channels(network, len(alphabet), shape, kept_channels(scores, smaller), smaller)
    save_network(options.out, small, smaller, alphabet, {})
    print(f"{count_macs(network) / 1e6:.1f} MMAC -> {count_macs(small) / 1e6:.1f} MMAC")


if __name__ == "__main__":
    main()
