"""python -m lprnet.batch: see --help."""

from __future__ import annotations

import argparse
import sys
import time

import lprnet
from lprnet.batch.cluster import PARTITION, Summary, read_to_parquet
from lprnet.batch.inputs import expand
from lprnet.batch.partition import ReadingOptions


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lprnet.batch",
        description="Finds and reads the plates of many photographs and writes them as Parquet: a folder with a file for "
        "each partition, a row for each plate, for each picture without one, and for each that cannot be read. What was "
        "written before is kept, so that a run goes on where it was interrupted.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "inputs", nargs="*", metavar="INPUT", help="file, folder, pattern, or address of fsspec such as s3://bucket/2026/"
    )
    parser.add_argument("--manifest", action="append", default=[], metavar="FILE", help="with an input in each line")
    parser.add_argument("-o", "--output", required=True, metavar="OUT.parquet", help="folder, or address of fsspec")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, tcp://host:8786; else processes here")
    parser.add_argument("--workers", type=int, metavar="N", help="processes here; else one for each core")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of each task, for slow storage")
    parser.add_argument("--partition", type=int, default=PARTITION, metavar="N", help="pictures of a partition")
    parser.add_argument("--detector", metavar="FILE", help="model that finds plates; else the shipped one")
    parser.add_argument("--model", metavar="FILE", help="model that reads plates; else the shipped one")
    parser.add_argument("--min-confidence", type=float, metavar="P", help="of a plate; else the detector's own")
    parser.add_argument("--max-plates", type=int, default=64, metavar="N", help="of a photograph")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    return parser


class _Progress:
    """A line on the terminal, if there is one."""

    def __init__(self, quiet: bool) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self._begun = time.monotonic()

    def __call__(self, summary: Summary, left: int) -> None:
        if not self._shown:
            return
        rate = summary.pictures / max(time.monotonic() - self._begun, 1e-9)
        print(
            f"\r{summary.partitions - left} of {summary.partitions} partitions, {rate:.0f} pictures/s, "
            f"{summary.plates} plates, {summary.errors} errors\x1b[K",
            end="" if left else "\n",
            file=sys.stderr,
            flush=True,
        )


def main() -> int:
    parser = _arguments()
    given = parser.parse_args()
    options = ReadingOptions(given.detector, given.model, given.min_confidence, given.max_plates)
    try:
        files = expand(given.inputs, given.manifest)
        if not files:
            parser.error("no inputs; name files, folders, patterns or --manifest")
        lprnet.PhotoReader(options.detector, options.reader, least_confidence=options.least_confidence, max_plates=options.max_plates)
        summary = read_to_parquet(
            files,
            given.output,
            options=options,
            scheduler=given.scheduler,
            workers=given.workers,
            threads=given.threads,
            partition=given.partition,
            progress=_Progress(given.quiet),
        )
    except (OSError, ValueError, lprnet.Error) as error:
        print(f"lprnet.batch: {error}", file=sys.stderr)
        return 2
    for name, reason in summary.failed.items():
        print(f"lprnet.batch: {name}: {reason}", file=sys.stderr)
    print(
        f"lprnet.batch: {summary.pictures} pictures read, {summary.plates} plates, {summary.errors} pictures with errors, "
        f"{summary.kept} of {summary.partitions} partitions were there, {len(summary.failed)} failed",
        file=sys.stderr,
    )
    return 1 if summary.errors or summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
