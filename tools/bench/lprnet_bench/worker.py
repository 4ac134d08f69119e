"""A process that runs one engine and answers lines, as worker_loop.h says: ENGINE FILE BATCH THREADS INPUT."""

import statistics
import sys
import time
from pathlib import Path
from typing import Sequence

import numpy as np

from .engines import LOADERS, Run


def timed_runs(run: Run, seconds: float) -> str:
    times = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return f"{statistics.median(times):.9f} {min(times):.9f} {len(times)}"


def main(arguments: Sequence[str]) -> int:
    engine, path, batch, threads, input_path = arguments
    images = np.fromfile(input_path, dtype="<f4", count=int(batch) * 3 * 24 * 94).reshape(int(batch), 3, 24, 94)
    try:
        run = LOADERS[engine](Path(path), images, int(threads))
        logits = run()
    except Exception as error:  # whatever an engine throws is its answer to the question
        print("error:", " ".join(str(error).split())[:300], flush=True)
        return 1
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, operand = line.strip().partition(" ")
        if command == "quit":
            break
        if command == "run":
            print(timed_runs(run, float(operand)), flush=True)
        elif command == "logits":
            logits = np.ascontiguousarray(run(), dtype="<f4")
            logits.tofile(operand)
            print("ok", flush=True)
        else:
            print("error: unknown question", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
