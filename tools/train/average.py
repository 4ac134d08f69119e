"""Averages the weights of networks of one shape, such as the ends of two schedules.

    average.py RUN_B/best.pth RUN_C/best.pth --out mean.pth
"""

import argparse
from pathlib import Path

import torch

from checkpoint import load_network, save_network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", type=Path, nargs="+", help="checkpoints of train.py, of one architecture")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    network, alphabet, widths = load_network(arguments.networks[0])
    states = [load_network(path)[0].state_dict() for path in arguments.networks]
    mean = {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(tensor.dtype)
        for name, tensor in states[0].items()
    }
    network.load_state_dict(mean)
    save_network(arguments.out, network, widths, alphabet, {})


if __name__ == "__main__":
    main()
