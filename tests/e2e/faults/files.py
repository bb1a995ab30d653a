"""Files that can't be read, or lack what the contract requires: their partition is refused."""

import io
import os
import zipfile
from pathlib import Path

from ...reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS
from .fault import Fault, refused
from .feed import as_csv, good, good_parquet, good_rows, header_of, packed

_CUSTOMERS = good(CUSTOMERS)
_LINES = good(LICENSE_ASSIGNMENTS)
_PACKED = packed(_LINES)
_PARQUET = good_parquet(SUBSCRIPTIONS)
_RENAMED = _CUSTOMERS.replace(b"customer_name", b"name", 1)
_LOGIN_PAGE = b"<!DOCTYPE html>\n<html><body><h1>Sign in</h1>, please</body></html>\n"
_ALL_OF_CUSTOMERS = "export.csv: lacks the required columns partner_id, customer_id, customer_name"


def _zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("export.csv", good(SUBSCRIPTIONS))
    return written.getvalue()


def _folder_with_a_file(path: Path) -> None:
    path.mkdir()
    (path / "part-0.csv").write_bytes(_CUSTOMERS)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


FILE_FAULTS: list[Fault] = [
    # Nothing, or not what its name says.
    refused("empty file", CUSTOMERS, b"", "export.csv: is empty: it has no header line"),
    refused("blank lines alone", SUBSCRIPTIONS, b"\r\n\n\r\n", "export.csv: is empty: it has no header line"),
    refused(
        "header alone", CUSTOMERS, as_csv([], header=header_of(CUSTOMERS)), "without one accepted row (rows read: 0)"
    ),
    refused("login page", CUSTOMERS, _LOGIN_PAGE, _ALL_OF_CUSTOMERS),
    refused("JSON", CUSTOMERS, b'[{"partner_id": "north"}]\n', _ALL_OF_CUSTOMERS),
    refused("Parquet under a CSV name", SUBSCRIPTIONS, _PARQUET, "export.csv: is not UTF-8"),
    refused("CSV under a Parquet name", CUSTOMERS, _CUSTOMERS, "x.parquet: is no valid Parquet file", file="x.parquet"),
    # Compressed.
    refused("truncated gzip", LICENSE_ASSIGNMENTS, _PACKED[:-12], "x.csv.gz: is truncated", file="x.csv.gz"),
    refused("gzip that is none", LICENSE_ASSIGNMENTS, _LINES, "x.csv.gz: is no valid gzip file", file="x.csv.gz"),
    refused(
        "gzip of another checksum",
        LICENSE_ASSIGNMENTS,
        _PACKED[:-8] + bytes(4) + _PACKED[-4:],
        "x.csv.gz: is no valid gzip file",
        file="x.csv.gz",
    ),
    refused("zip under a gzip name", SUBSCRIPTIONS, _zip(), "x.csv.gz: is no valid gzip file", file="x.csv.gz"),
    # Delimiters and encodings.
    refused("semicolons", CUSTOMERS, good(CUSTOMERS, delimiter=";"), _ALL_OF_CUSTOMERS),
    refused("tabs", CUSTOMERS, good(CUSTOMERS, delimiter="\t"), _ALL_OF_CUSTOMERS),
    refused("UTF-16", CUSTOMERS, _CUSTOMERS.decode().encode("utf-16"), "export.csv: is not UTF-8"),
    refused("Latin-1", CUSTOMERS, _CUSTOMERS.decode().encode("latin-1"), "export.csv: is not UTF-8"),
    refused("file cut within a letter", CUSTOMERS, _CUSTOMERS[: _CUSTOMERS.rindex("é".encode()) + 1], "is not UTF-8"),
    refused(
        "quote never closed",
        LICENSE_ASSIGNMENTS,
        _LINES.replace(b"Enterprise", b'"Enterprise', 1),
        "export.csv: ends inside a quoted field",
    ),
    # Headers.
    refused("column renamed", CUSTOMERS, _RENAMED, "export.csv: lacks the required columns customer_name"),
    refused(
        "column in other case",
        SUBSCRIPTIONS,
        good(SUBSCRIPTIONS).replace(b"is_trial", b"Is_Trial", 1),
        "export.csv: lacks the required columns is_trial",
    ),
    refused(
        "space in a column's name",
        SUBSCRIPTIONS,
        good(SUBSCRIPTIONS).replace(b",status,", b", status,", 1),
        "export.csv: lacks the required columns status",
    ),
    refused(
        "column missing",
        LICENSE_ASSIGNMENTS,
        as_csv(good_rows(LICENSE_ASSIGNMENTS), header=header_of(LICENSE_ASSIGNMENTS)[:-1]),
        "export.csv: lacks the required columns assigned_licenses",
    ),
    refused(
        "partner column missing",
        LICENSE_ASSIGNMENTS,
        as_csv(good_rows(LICENSE_ASSIGNMENTS), header=header_of(LICENSE_ASSIGNMENTS)[1:]),
        "export.csv: lacks the required columns partner_id",
    ),
    refused(
        "column name twice",
        SUBSCRIPTIONS,
        as_csv(good_rows(SUBSCRIPTIONS), header=[*header_of(SUBSCRIPTIONS), "status"]),
        "export.csv: has a column name twice: status",
    ),
    refused(
        "no header line",
        SUBSCRIPTIONS,
        good(SUBSCRIPTIONS).split(b"\r\n", 1)[1],
        "export.csv: has a column name twice: false",  # `is_trial` and `auto_renew` of the first row
    ),
    # Things that are no files.
    refused("folder in place of a file", CUSTOMERS, _folder_with_a_file, "export.csv: is a folder, not a file"),
    refused("dangling link", CUSTOMERS, lambda path: path.symlink_to("gone"), "export.csv: cannot be read: No such"),
    refused("link to itself", SUBSCRIPTIONS, _loop, "export.csv: cannot be read: "),
    refused("pipe", SUBSCRIPTIONS, lambda path: os.mkfifo(path), "export.csv: is a pipe, a socket or a device"),
    refused(
        "device that never ends",
        LICENSE_ASSIGNMENTS,
        lambda path: path.symlink_to("/dev/zero"),
        "export.csv: is a pipe, a socket or a device",
    ),
    Fault(
        "one unreadable file of two",
        LICENSE_ASSIGNMENTS,
        {"a.csv": _LINES, "b\nc.csv": b"\xff"},
        "refused",
        cause="b\\nc.csv: is not UTF-8",
    ),
    # Parquet.
    refused(
        "truncated Parquet", SUBSCRIPTIONS, _PARQUET[:-40], "x.parquet: is no valid Parquet file", file="x.parquet"
    ),
    refused(
        "corrupt Parquet footer",
        SUBSCRIPTIONS,
        _PARQUET[:-60] + b"\xff" * 40 + _PARQUET[-20:],
        "x.parquet: is no valid Parquet file",
        file="x.parquet",
    ),
]
