"""Times the contestants in turns: A B C A B C ..., so that what disturbs the machine disturbs them alike."""

import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np

from .prepare import Prepared
from .workers import Contestant, Worker, WorkerError

LOGIT_BOUND = 1e-4  # max |difference| / max |logit| that still counts as the same network


@dataclass
class Figure:
    """Milliseconds a plate: one entry for each round."""

    medians: List[float] = field(default_factory=list)
    minimum: float = float("inf")
    error: str = ""  # why there is none
    deviation: float = 0.0  # of the logits, relative to the largest

    @property
    def median(self) -> float:
        return statistics.median(self.medians)


@dataclass
class Sitting:
    batch: int
    threads: int
    figures: Dict[Tuple[str, str], Figure]  # by engine and weights
    peaks: List[float]  # floating-point operations a second, one for each round


def _start(
    contestants: Sequence[Contestant], prepared: Prepared, sitting: Sitting, cpus: Sequence[int]
) -> List[Worker]:
    workers: List[Worker] = []
    expected = prepared.logits[: sitting.batch]
    scratch = prepared.folder / "logits.raw"
    for contestant in contestants:
        figure = Figure()
        sitting.figures[contestant.engine, contestant.weights] = figure
        try:
            worker = Worker(contestant, sitting.batch, sitting.threads, cpus, prepared.images)
            found = worker.logits(scratch, expected.shape)
            figure.deviation = float(np.abs(found - expected).max() / np.abs(expected).max())
            if not figure.deviation <= LOGIT_BOUND:
                worker.stop()
                raise WorkerError(f"its logits differ by {figure.deviation:.1e} of the largest: not timed")
            workers.append(worker)
        except (WorkerError, ValueError) as error:
            figure.error = str(error)
            print(f"  {contestant.engine}, {contestant.weights}: {error}", file=sys.stderr)
    return workers


def measure(
    contestants: Sequence[Contestant],
    prepared: Prepared,
    batch: int,
    threads: int,
    cpus: Sequence[int],
    rounds: int,
    seconds: float,
) -> Sitting:
    sitting = Sitting(batch, threads, {}, [])
    print(f"batch {batch}, threads {threads}: starting", file=sys.stderr)
    workers = _start(contestants, prepared, sitting, cpus)
    try:
        for turn in range(rounds):
            first = turn % max(len(workers), 1)  # who comes behind whom changes nothing in the end
            for worker in workers[first:] + workers[:first]:
                who = worker.contestant
                if who.engine == "lprnet" and who.weights == "as is":
                    sitting.peaks.append(float(worker.ask("peak")))
                worker.ask("run 0")  # wakes its threads and brings its weights into the cache
                median, minimum, _ = (float(word) for word in worker.ask(f"run {seconds}").split())
                figure = sitting.figures[who.engine, who.weights]
                figure.medians.append(median * 1e3 / batch)
                figure.minimum = min(figure.minimum, minimum * 1e3 / batch)
            print(f"\r  round {turn + 1} of {rounds}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    finally:
        for worker in workers:
            worker.stop()
    return sitting


def ask_once(contestant: Contestant, prepared: Prepared, cpus: Sequence[int], question: str) -> str:
    worker = Worker(contestant, 1, 1, cpus, prepared.images)
    try:
        return worker.ask(question)
    finally:
        worker.stop()


def process_costs(
    program: Path, commands: Dict[str, Sequence[str]], environment: Dict[str, str], cpu: int, rounds: int
) -> Dict[str, Tuple[float, float, float]]:
    """Milliseconds from start to end of a process (median, minimum) and the MiB that it had resident at most."""
    times: Dict[str, List[float]] = {name: [] for name in commands}
    memory: Dict[str, float] = {}
    for _ in range(rounds + 1):  # the first one brings the files into the cache
        for name, command in commands.items():
            line = ["taskset", "-c", str(cpu), str(program), "1", *command]
            done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"  {name}: {done.stderr.strip()}", file=sys.stderr)
                continue
            seconds, kibibytes = done.stdout.split()
            times[name].append(float(seconds) * 1e3)
            memory[name] = max(memory.get(name, 0), float(kibibytes) / 1024)
    return {
        name: (statistics.median(values[1:]), min(values[1:]), memory[name])
        for name, values in times.items()
        if len(values) > 1
    }
