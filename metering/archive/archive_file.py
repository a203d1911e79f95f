"""A Parquet file of readings: written, checked against what was meant, and sought without reading the rest.

Meters come one after another in the order of their ids, each in time order and whole within a group of rows: the bounds
of the groups, in the file's own footer, tell which one to read for a meter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from inventory.errors import Unavailable
from metering.archive.archived import COLUMNS, Row, Rows
from metering.columns import Column

GROUP = 32_768
"""Rows after which a group is closed, once its last meter is whole."""
NUMBERS = ("meter_id", "at", "wh", "received_at")
_SCHEMA = pa.schema(
    [(name, pa.int64()) for name in NUMBERS[:3]]
    + [("power_w", pa.int32()), ("source", pa.string()), ("received_at", pa.int64())]
)
_DELTA = dict.fromkeys(NUMBERS[1:], "DELTA_BINARY_PACKED")
_DICTIONARY = ["meter_id", "power_w", "source"]


@dataclass(slots=True)
class Sums:
    """What rows add up to, column by column and across columns: two sets of rows that differ differ here."""

    rows: int = 0
    totals: list[int] = field(default_factory=list)
    newest: int = 0  # the last reception

    def add(self, table: pa.Table) -> None:
        """Count the rows of a table too."""
        numbers = [_numbers(table, name) for name in (*NUMBERS, "power_w")]
        columns = [*numbers, numbers[1] * numbers[2], numbers[0] * numbers[1]]  # modulo 2^64
        sums = [int(column.sum(dtype=np.uint64)) for column in (one.view(np.uint64) for one in columns)]
        self.rows += table.num_rows
        self.totals = [(one + more) % 2**64 for one, more in zip(self.totals or [0] * len(sums), sums, strict=True)]
        self.newest = max(self.newest, int(numbers[3].max()))


class Writer:
    """Writes a file that nobody sees until it is whole, on the disk and read back: then it has its name."""

    def __init__(self, partial: Path) -> None:
        self.path, self.sums = partial, Sums()
        self._waiting: list[Row] = []
        self._out = pq.ParquetWriter(
            partial, _SCHEMA, compression="zstd", use_dictionary=_DICTIONARY, column_encoding=_DELTA,
            write_page_checksum=True, write_statistics=["meter_id", "at"],
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._out.close()

    def add(self, rows: Iterable[Row]) -> None:
        """The rows of the next meter, in time order."""
        self._waiting += rows
        if len(self._waiting) >= GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            columns = zip(*self._waiting, strict=True)
            arrays = [pa.array(column, one.type) for column, one in zip(columns, _SCHEMA, strict=True)]
            table = pa.Table.from_arrays(arrays, schema=_SCHEMA)
            self.sums.add(table)
            self._out.write_table(table, row_group_size=table.num_rows)
            self._waiting = []


def on_disk(path: Path) -> str:
    """Force a file to the disk; its SHA-256, read from there."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return file_digest(file, "sha256").hexdigest()


def check(path: Path, meant: Sums) -> None:
    """Read a file again, whole. Raises Unavailable unless it holds what was meant."""
    found = Sums()
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for group in range(file.num_row_groups):
            found.add(file.read_row_group(group))
    if found != meant:
        raise Unavailable(f"{path} relu ne contient pas ce qui y a été écrit : vérifier le disque, puis recommencer.")


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def groups(path: Path) -> Iterator[list[Row]]:
    """All the rows of a file, as tuples, group by group."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            columns = file.read_row_group(group).to_pydict()
            yield list(zip(*(columns[name] for name in COLUMNS), strict=True))


def sought(path: Path, spans: Mapping[int, tuple[int, int]]) -> dict[int, Rows]:
    """The rows of some meters, each over [start, end) in seconds; nothing of a meter without any.

    Raises Unavailable when the file is not there or cannot be read: silence would be taken for no reading.
    """
    try:
        metadata, first, last = _footer(path, path.stat().st_size)
        ids = np.array(sorted(spans), np.int64)
        wanted = np.flatnonzero(np.searchsorted(ids, first) < np.searchsorted(ids, last, "right")).tolist()
        if not wanted:
            return {}
        with pq.ParquetFile(path, metadata=metadata) as file:
            return dict(_of_meters(file.read_row_groups(wanted), spans))
    except (OSError, pa.ArrowException) as error:
        raise Unavailable(
            f"archive de relevés {path} illisible ({error}) ; la remettre à sa place depuis sa copie."
        ) from error


@lru_cache(maxsize=64)
def _footer(path: Path, size: int) -> tuple[pq.FileMetaData, Column, Column]:
    """What tells where each meter is; a file never changes once it has its name."""
    metadata = pq.read_metadata(path)
    found = [metadata.row_group(group).column(0).statistics for group in range(metadata.num_row_groups)]
    return metadata, np.array([one.min for one in found], np.int64), np.array([one.max for one in found], np.int64)


def _of_meters(table: pa.Table, spans: Mapping[int, tuple[int, int]]) -> Iterator[tuple[int, Rows]]:
    ids, at = _numbers(table, "meter_id"), _numbers(table, "at")
    bounds = [0, *(np.flatnonzero(ids[1:] != ids[:-1]) + 1).tolist(), len(ids)]
    for begin, end in pairwise(bounds):
        meter_id = int(ids[begin]) if begin < end else 0
        if meter_id in spans:
            first, last = (begin + int(np.searchsorted(at[begin:end], bound)) for bound in spans[meter_id])
            if first < last:
                yield meter_id, _rows(table.slice(first, last - first))


def _rows(table: pa.Table) -> Rows:
    lists = (table.column(name).to_pylist() for name in ("power_w", "source", "received_at"))
    return Rows(_numbers(table, "at"), _numbers(table, "wh"), *lists)


def _numbers(table: pa.Table, name: str) -> Any:
    column = table.column(name)
    if column.null_count:
        column = column.fill_null(-1)
    return column.to_numpy().astype(np.int64)
