"""Reads archives of photographs with many processes or machines, into Parquet.

    python -m lprnet.batch photographs/ -o plates.parquet

`pip install 'lprnet[batch]'` brings what it needs: Dask, pyarrow and fsspec.
"""

from lprnet.batch.cluster import Summary, read_to_parquet
from lprnet.batch.inputs import expand
from lprnet.batch.partition import SCHEMA, ReadingOptions, read_partition

__all__ = ["SCHEMA", "ReadingOptions", "Summary", "expand", "read_partition", "read_to_parquet"]
