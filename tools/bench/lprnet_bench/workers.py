"""Starts the processes that run the engines, and talks to them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Sequence

import numpy as np

from .engine_names import ENGINES


@dataclass(frozen=True)
class Contestant:
    """One engine on one set of weights: a row and a column of the report."""

    engine: str  # key of the report's rows
    weights: str  # "as is", "clean" or "pruned"
    command: Sequence[str]  # without batch, threads and input
    environment: Mapping[str, str]

    def arguments(self, batch: int, threads: int, images: Path) -> List[str]:
        return [*(part.format(batch=batch) for part in self.command), str(batch), str(threads), str(images)]


def python_contestant(engine: str, weights: str, folder: Path) -> Contestant:
    name = ENGINES[engine][2].replace("{weights}", file_word(weights))
    command = [sys.executable, "-m", "lprnet_bench.worker", engine, str(folder / name)]
    return Contestant(engine, weights, command, {})


def file_word(weights: str) -> str:
    return weights.replace(" ", "-")


class WorkerError(Exception):
    """An engine refused its network or ended."""


class Worker:
    def __init__(self, contestant: Contestant, batch: int, threads: int, cpus: Sequence[int], images: Path) -> None:
        self.contestant = contestant
        environment = thread_environment(threads) | dict(contestant.environment)
        pinned = ["taskset", "-c", ",".join(str(cpu) for cpu in cpus[:threads])]
        self._process = subprocess.Popen(
            [*pinned, *contestant.arguments(batch, threads, images)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        try:
            while (line := self._answer()) != "ready":
                if line.startswith("error:"):
                    raise WorkerError(line)
        except WorkerError:
            self.stop()
            raise

    def _answer(self) -> str:
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"ended with status {self._process.wait()}")
        return line.strip()

    def ask(self, line: str) -> str:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if answer.startswith("error:"):
            raise WorkerError(answer)
        return answer

    def logits(self, path: Path, shape: Sequence[int]) -> np.ndarray:
        self.ask(f"logits {path}")
        return np.fromfile(path, dtype="<f4").reshape(shape)

    def stop(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def thread_environment(threads: int) -> Dict[str, str]:
    here = str(Path(__file__).resolve().parent.parent)
    return dict(os.environ) | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "PYTHONPATH": here}
