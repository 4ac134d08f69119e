"""The options of ../peers. `python3 -m lprnet_bench.arguments --help` needs no other package."""

import argparse
import os
from pathlib import Path
from typing import Optional, Sequence

from .engine_names import ENGINES, LPRNET, ONEDNN


def parse(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    known = [LPRNET, ONEDNN, *ENGINES]
    parser = argparse.ArgumentParser(prog="tools/bench/peers", description="Measures lprnet beside other engines.")
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, required=True, help="a model file of the public LPRNet (.safetensors)")
    parser.add_argument("--output", type=Path, required=True, help="folder for NAME.md and NAME.png")
    parser.add_argument("--name", help="of the two files (default: the model file's)")
    parser.add_argument("--plate", type=Path, help="a picture of a plate, to measure whole processes with")
    parser.add_argument("--engines", default=",".join(known), help="which, by commas (default: %(default)s)")
    parser.add_argument("--isa", default="avx2", help="also force lprnet to these, by commas (default: %(default)s)")
    parser.add_argument("--batches", default="1,16", help="default: %(default)s")
    parser.add_argument("--threads", default="1,2", help="default: %(default)s")
    parser.add_argument("--cpus", help="cores to run on, by commas (default: the first ones allowed)")
    parser.add_argument("--rounds", type=int, default=21, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=0.1, help="of each engine in a round (default: %(default)s)")
    options = parser.parse_args(argv)
    options.engines = options.engines.split(",")
    if LPRNET not in options.engines:
        options.engines.append(LPRNET)  # what all others are compared with
    unknown = [engine for engine in options.engines if engine not in known]
    if unknown:
        parser.error(f"--engines: '{unknown[0]}' is none of {', '.join(known)}")
    options.batches = [int(word) for word in options.batches.split(",")]
    options.threads = [int(word) for word in options.threads.split(",")]
    allowed = sorted(os.sched_getaffinity(0))
    options.cpus = [int(word) for word in options.cpus.split(",")] if options.cpus else allowed
    options.threads = [count for count in options.threads if count <= len(options.cpus)]
    return options


if __name__ == "__main__":
    parse()
