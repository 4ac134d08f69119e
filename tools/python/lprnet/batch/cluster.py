"""Shares out partitions to the processes of a Dask cluster."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

import distributed
import fsspec

from lprnet.batch.partition import ReadingOptions, Written, name_of, read_and_write

PARTITION = 1000
"""Pictures of a partition, unless another number is asked for."""

_AHEAD = 4
"""Partitions that each thread of the cluster has been given, so that it never waits and the scheduler
knows few."""

_PATIENCE = 120.0
"""Seconds for which a scheduler that is gone is waited for."""

_LOST = ("cancelled", "lost")


@dataclass
class Summary:
    """What became of all partitions."""

    partitions: int = 0
    kept: int = 0
    """Of them, those that were there already."""
    pictures: int = 0
    """Read this time."""
    plates: int = 0
    errors: int = 0
    """Pictures that could not be read."""
    failed: Dict[str, str] = field(default_factory=dict)
    """Partitions that could not be written, and why."""


@dataclass(frozen=True)
class _Work:
    options: ReadingOptions
    threads: int
    folder: str


Progress = Callable[[Summary, int], None]


def _existing(folder: str) -> List[str]:
    file_system, path = fsspec.core.url_to_fs(folder)
    file_system.makedirs(path, exist_ok=True)
    return [str(name).rsplit("/", 1)[-1] for name in file_system.ls(path, detail=False, refresh=True)]


def _remove(folder: str, names: List[str]) -> None:
    file_system, path = fsspec.core.url_to_fs(folder)
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            file_system.rm_file(f"{path}/{name}")


@contextlib.contextmanager
def _client(scheduler: Optional[str], workers: int) -> Iterator[Any]:
    if scheduler is not None:
        with distributed.Client(scheduler, timeout=10, set_as_default=False) as client:
            yield client
        return
    # Processes: threads of Python read pictures of fsspec one after the other.
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, distributed.Client(cluster, set_as_default=False) as client:
        yield client


def _threads_of(client: Any) -> int:
    return max(1, sum(client.nthreads().values()))


def _work_off(client: Any, pending: Dict[str, List[str]], work: _Work, summary: Summary, progress: Progress) -> bool:
    """Takes from `pending` what is done. False: the scheduler was lost."""
    running: Dict[Any, str] = {}
    waiting = iter(list(pending))
    while True:
        while len(running) < _AHEAD * _threads_of(client):
            name = next(waiting, None)
            if name is None:
                break
            future = client.submit(
                read_and_write, pending[name], work.options, work.threads, work.folder, name, key=name, pure=False
            )
            running[future] = name
        if not running:
            return True
        with contextlib.suppress(distributed.TimeoutError), client.as_current():
            distributed.wait(list(running), timeout=5, return_when="FIRST_COMPLETED")
        if client.status != "running":
            return False
        for future in [future for future in running if future.status != "pending"]:
            name = running.pop(future)
            if future.status in _LOST:
                return False
            if future.status == "error":
                summary.failed[name] = str(future.exception())
            else:
                written: Written = future.result()
                summary.pictures += written.pictures
                summary.plates += written.plates
                summary.errors += written.errors
            del pending[name]
            future.release()
            progress(summary, len(pending))


def read_to_parquet(
    files: List[str],
    folder: str,
    *,
    options: ReadingOptions = ReadingOptions(),
    scheduler: Optional[str] = None,
    workers: Optional[int] = None,
    threads: int = 1,
    partition: int = PARTITION,
    progress: Progress = lambda summary, left: None,
) -> Summary:
    """Reads photographs and writes a file of Parquet for each partition of them.

    A partition whose file is there is not read again, so that a run that was interrupted goes on
    where it stopped. Workers that die are replaced by others, a scheduler that goes away is waited
    for.

    Args:
        files: paths or addresses, as expand() gives them; each worker must be able to open them.
        folder: where the files are written, a path or an address that fsspec knows.
        options: how pictures are read.
        scheduler: address of a Dask scheduler; None: processes of this machine.
        workers: how many of them; None: one for each core.
        threads: of each task, for storage that makes it wait.
        partition: pictures of a file.
        progress: called when a partition is done, with the number of those that are left.

    Raises:
        OSError: the folder cannot be written, or there is no scheduler.
    """
    if partition < 1 or threads < 1:
        raise ValueError(f"partition and threads: {partition} and {threads}, expected at least 1")
    parts = [files[first : first + partition] for first in range(0, len(files), partition)]
    names = {name_of(number, part, options): part for number, part in enumerate(parts)}
    there = set(_existing(folder))
    pending = {name: part for name, part in names.items() if name not in there}
    summary = Summary(partitions=len(names), kept=len(names) - len(pending))
    work = _Work(options, threads, folder)
    lost_at: Optional[float] = None
    while pending:
        left = len(pending)
        try:
            with _client(scheduler, workers or os.cpu_count() or 1) as client:
                if _work_off(client, pending, work, summary, progress):
                    break
        except (OSError, CancelledError, distributed.comm.CommClosedError):
            if scheduler is None:
                raise
        if len(pending) < left or lost_at is None:
            lost_at = time.monotonic()
        if time.monotonic() - lost_at > _PATIENCE:
            raise ConnectionError(f"{scheduler}: no scheduler for {_PATIENCE:.0f} seconds; {len(pending)} partitions are left")
        time.sleep(1)
    # Of workers that were killed while they wrote.
    _remove(folder, [name for name in _existing(folder) if name.startswith(".part-")])
    return summary
