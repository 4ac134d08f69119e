"""Averages the weights of networks of one shape, such as the ends of two schedules.

    average.py RUN_B/best.pth RUN_C/best.pth [--shares 0.3 0.7] --out mean.pth
"""

import argparse
from pathlib import Path

from torch import Tensor

from checkpoint import load_network, save_network


def average(states: list[dict[str, Tensor]], shares: list[float]) -> dict[str, Tensor]:
    """Of networks' weights, summed in double precision."""
    return {
        name: (sum(state[name].double() * share for state, share in zip(states, shares, strict=True)) / sum(shares)).to(tensor.dtype)
        for name, tensor in states[0].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", type=Path, nargs="+", help="checkpoints of train.py, of one architecture")
    parser.add_argument("--shares", type=float, nargs="+", help="of each network, in order; all the same unless given")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    shares = arguments.shares or [1.0] * len(arguments.networks)
    if len(shares) != len(arguments.networks):
        parser.error(f"{len(shares)} shares for {len(arguments.networks)} networks")

    network, alphabet, shape = load_network(arguments.networks[0])
    states = [load_network(path)[0].state_dict() for path in arguments.networks]
    network.load_state_dict(average(states, shares))
    save_network(arguments.out, network, shape, alphabet, {})


if __name__ == "__main__":
    main()
