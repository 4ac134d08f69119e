"""A part of the pictures: how it is read, and how its rows are written."""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

import lprnet

SCHEMA = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("plate", pa.int32()),  # from 0, the most confidently found first; null: there is none
        pa.field("text", pa.string()),
        pa.field("confidence", pa.float32()),  # of the text
        pa.field("pattern", pa.string()),  # of the grammar
        pa.field("found", pa.float32()),  # the confidence that it is a plate
        pa.field("lines", pa.int8()),
        pa.field("corners", pa.list_(pa.float32(), 8)),  # x, y from the top left clockwise
        pa.field("error", pa.string()),  # why the picture could not be read
    ]
)
"""Of a row: a plate, a picture without plates, or a picture that could not be read."""


@dataclass(frozen=True)
class ReadingOptions:
    """How pictures are read. Files of models are looked for by each worker."""

    detector: Optional[str] = None
    """Path of the model that finds plates; None: the shipped one."""
    reader: Optional[str] = None
    least_confidence: Optional[float] = None
    """Of a plate; None: the detector's own."""
    max_plates: int = 64
    most_bytes: int = 256 << 20
    """Of a picture's file; larger ones are rows with an error."""


@functools.lru_cache(maxsize=2)
def _photo_reader(options: ReadingOptions) -> lprnet.PhotoReader:
    """One for each process, which its threads share."""
    return lprnet.PhotoReader(
        options.detector,
        options.reader,
        least_confidence=options.least_confidence,
        max_plates=options.max_plates,
    )


Row = Dict[str, Any]


def _read(file: str, options: ReadingOptions) -> List[Row]:
    reader = _photo_reader(options)
    try:
        with fsspec.open(file, "rb") as stream:
            data = stream.read(options.most_bytes + 1)
        if len(data) > options.most_bytes:
            return [{"file": file, "error": f"more than {options.most_bytes} bytes"}]
        plates = reader.read(data)
    except MemoryError:
        raise
    except Exception as error:  # each storage has errors of its own; one picture is not the partition
        return [{"file": file, "error": str(error) or type(error).__name__}]
    return [
        {
            "file": file,
            "plate": number,
            "text": found.text,
            "confidence": found.plate.confidence,
            "pattern": found.plate.pattern,
            "found": found.confidence,
            "lines": found.lines,
            "corners": [value for corner in found.corners for value in corner],
        }
        for number, found in enumerate(plates)
    ] or [{"file": file}]


def read_partition(files: Iterable[str], options: ReadingOptions = ReadingOptions(), threads: int = 1) -> pa.Table:
    """The rows of these pictures, in their order: SCHEMA says what is in them.

    Args:
        files: paths, or addresses that fsspec knows.
        options: how they are read.
        threads: of this process that read at a time.

    Raises:
        lprnet.Error: a model cannot be used. What is wrong with a picture is a row instead.
    """
    _photo_reader(options)
    with ThreadPoolExecutor(threads) as pool:
        rows = [row for of_file in pool.map(lambda file: _read(file, options), files) for row in of_file]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def name_of(number: int, files: List[str], options: ReadingOptions) -> str:
    """Of a partition's file; another one when its pictures, the options or the version differ."""
    digest = hashlib.sha256(repr((lprnet.__version__, sorted(asdict(options).items()), files)).encode())
    return f"part-{number:07}-{digest.hexdigest()[:16]}.parquet"


@dataclass(frozen=True)
class Written:
    """What became of a partition."""

    pictures: int
    plates: int
    errors: int


def read_and_write(files: List[str], options: ReadingOptions, threads: int, folder: str, name: str) -> Written:
    """Reads a partition and writes its file, which appears whole or not at all."""
    table = read_partition(files, options, threads)
    file_system, path = fsspec.core.url_to_fs(folder)
    # Readers of Parquet pass over names that begin with a dot.
    unfinished = f"{path}/.{name}.{uuid.uuid4().hex}"
    with file_system.open(unfinished, "wb") as file:
        pq.write_table(table, file, compression="zstd")
    file_system.mv(unfinished, f"{path}/{name}")
    errors = table.num_rows - table["error"].null_count
    plates = table.num_rows - table["plate"].null_count
    return Written(len(files), plates, errors)
