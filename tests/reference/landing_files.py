"""Rows -> CSV, CSV.gz and Parquet files, in every spelling and type that the contract allows."""

import csv
import gzip
import io
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ENDINGS = {
    ".csv": (".csv", ".csv", ".csv", ".CSV", ".Csv"),
    ".csv.gz": (".csv.gz", ".csv.gz", ".csv.GZ", ".CSV.GZ"),
    ".parquet": (".parquet", ".parquet", ".PARQUET", ".Parquet"),
}
SPELLED_BOOLEANS = {True: ("true", "TRUE", "True", "1", " true "), False: ("false", "False", "FALSE", "0", "\tfalse")}


def spell(rng: random.Random, value: object) -> str:
    """Write a value as text, plainly in most cases."""
    if value is None:
        return rng.choice(("", "", "", " ", "\t"))
    if isinstance(value, bool):
        return rng.choice(SPELLED_BOOLEANS[value]) if rng.random() < 0.3 else str(value).lower()
    if isinstance(value, date):
        return rng.choice((f" {value}", f"{value}\t", f"\r\n{value}")) if rng.random() < 0.1 else str(value)
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return rng.choice((f"+{plain}", f" {plain}", f"{plain}\t", f"00{plain}")) if rng.random() < 0.1 else plain
    if isinstance(value, int):
        forms = (f"+{value}", f" {value}", f"{value}\t", f"00{value}")
        return rng.choice(forms) if rng.random() < 0.1 else str(value)
    return str(value)


def write_csv(rng: random.Random, stem: Path, header: list[str], rows: list[list[str]], harm: str) -> None:
    """Write a CSV file, gzipped or not, with or without BOM; `harm` names what makes it unreadable."""
    buffer = io.StringIO(newline="")
    line_end = rng.choice(("\n", "\r\n"))
    if rng.random() < 0.33:
        writer = csv.writer(buffer, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    else:
        writer = csv.writer(buffer, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    text = buffer.getvalue()
    if rng.random() < 0.1:
        text = text.rstrip("\r\n")  # no line break after the last record
    content = (b"\xef\xbb\xbf" if rng.random() < 0.25 else b"") + text.encode()
    if harm == "not_utf8":
        content += b"\n\xff\xfe"
    elif harm == "open_quote":
        content += b'\n"never closed,1,2\n3,4\n'
    elif harm == "empty":
        content = b""
    if harm == "cut_gzip" or rng.random() < 0.3:
        packed = gzip.compress(content, mtime=0)
        _named(rng, stem, ".csv.gz").write_bytes(packed[: len(packed) - 12] if harm == "cut_gzip" else packed)
    else:
        _named(rng, stem, ".csv").write_bytes(content)


def write_parquet(
    rng: random.Random,
    stem: Path,
    header: list[str],
    texts: list[list[str]],
    typed: list[list[object]],
    broken: list[list[bool]],
) -> None:
    """Write a Parquet file whose columns are text or typed, each by its own draw."""
    arrays = []
    for index in range(len(header)):
        marks = [marks[index] for marks in broken]
        arrays.append(_column(rng, [row[index] for row in texts], [row[index] for row in typed], marks))
    pq.write_table(pa.Table.from_arrays(arrays, names=header), _named(rng, stem, ".parquet"))


def _named(rng: random.Random, stem: Path, ending: str) -> Path:
    """The file's path, its ending in any case."""
    return stem.with_name(stem.name + rng.choice(ENDINGS[ending]))


def _column(rng: random.Random, texts: list[str], typed: list[object], broken: list[bool]) -> "pa.Array[Any]":
    """Text where a value is broken verbatim, except that numbers and dates can be broken in a typed way too."""
    good = [value for value, is_broken in zip(typed, broken, strict=True) if not is_broken and value is not None]
    if any(broken) and rng.random() < 0.5:
        if good and all(type(value) is int for value in good):
            wrong = [None, 2.5, float("nan"), float("inf"), -1.0]
            return pa.array(_replace(rng, typed, broken, _as_float, wrong), pa.float64())
        if good and all(type(value) is date for value in good):
            wrong_dates = [None, datetime(2024, 3, 1, 12), datetime(1999, 1, 1)]  # noqa: DTZ001 - Parquet's naive ones
            return pa.array(_replace(rng, typed, broken, _as_timestamp, wrong_dates), pa.timestamp("us"))
    if any(broken) or not good or rng.random() < 0.4:
        return _text(rng, list(texts))
    return _typed(rng, typed, good)


def _typed(rng: random.Random, typed: list[object], good: list[object]) -> "pa.Array[Any]":
    kind = type(good[0])
    if kind is bool:
        return pa.array(typed, pa.bool_())
    if kind is int:
        # int16 holds every count here: the largest total, 2500, and 1.3 times it.
        forms: tuple[Any, ...] = (pa.int16(), pa.int32(), pa.int64(), pa.uint64(), pa.float64(), pa.decimal128(18, 2))
        form = rng.choice(forms)
        if pa.types.is_decimal(form):
            return pa.array([None if value is None else Decimal(str(value)) for value in typed], form)
        return pa.array([None if value is None else float(str(value)) for value in typed], pa.float64()).cast(form)
    if kind is Decimal:
        forms = (pa.decimal64(18, 6), pa.decimal128(38, 12), pa.decimal256(40, 8), pa.float64(), pa.float32())
        form = rng.choice(forms)
        return pa.array(typed, form) if pa.types.is_decimal(form) else pa.array(_as_floats(typed), form)
    if kind is date:
        return pa.array(typed, pa.date32()).cast(rng.choice((pa.date32(), pa.timestamp("us"), pa.timestamp("ms"))))
    if all(isinstance(value, str) and value.isdigit() and str(int(value)) == value for value in good):
        # Digits without leading zeros may come as integers.
        return pa.array([None if value is None else int(str(value)) for value in typed], pa.int64())
    return _text(rng, list(typed))


def _text(rng: random.Random, values: Sequence[object]) -> "pa.Array[Any]":
    plain = pa.array(values, pa.string())
    form = rng.choice((pa.string(), pa.string(), pa.large_string(), None))
    return plain.dictionary_encode() if form is None else plain.cast(form)


def _as_floats(values: list[object]) -> list[float | None]:
    return [None if value is None else float(str(value)) for value in values]


def _as_float(value: object) -> object:
    return float(str(value))


def _as_timestamp(value: object) -> object:
    assert isinstance(value, date)
    return datetime.combine(value, time.min)


def _replace(
    rng: random.Random,
    typed: list[object],
    broken: list[bool],
    convert: Callable[[object], object],
    wrong: Sequence[object],
) -> list[object]:
    return [
        rng.choice(wrong) if is_broken else None if value is None else convert(value)
        for value, is_broken in zip(typed, broken, strict=True)
    ]
