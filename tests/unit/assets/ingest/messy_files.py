"""Messy CSV files: values of every kind, right and wrong, repeated rows and keys, records of odd lengths."""

import csv
import io

from hypothesis import strategies as st

from .naive_ingestion import BUYING_MODELS, COLUMNS, PRODUCTS, STATUSES

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)

VALUES = {
    "text": st.sampled_from(["p", "q", "00123", " p", 'a"b', "x,y", "l\nm", "l\r\nm", "'", "NULL", "\u00a0", "é"]),
    "integer": st.sampled_from(
        [
            "0",
            "1",
            "2",
            " 3\t",
            "+4",
            "007",
            "-1",
            "-0",
            "1.0",
            "1e3",
            "1_0",
            "x",
            "9223372036854775807",
            "9223372036854775808",
        ]
    ),
    "date": st.sampled_from(
        [
            "2026-03-01",
            "2026-01-31",
            " 2026-01-31\n",
            "2024-02-29",
            "2026-02-29",
            "0000-01-01",
            "0001-01-01",
            "2026/3/1",
            "20260301",
        ]
    ),
    "decimal": st.sampled_from(
        [
            "0",
            "-0.0",
            " 12.50\t",
            "+3.000001",
            "10",
            "10.000001",
            "1000000000",
            "1000000000.000001",
            "-0.000001",
            "999999999999.999999",
            "1000000000000",
            "0.1234567",
            ".5",
            "5.",
            "1e3",
            "1,5",
        ]
    ),
    "boolean": st.sampled_from(["true", "FALSE", "1", "0", " True ", "yes", "t", "2"]),
}

BLANK = st.sampled_from(["", " ", "\t\r\n"])

SPECIAL = {
    "status": st.sampled_from([*STATUSES, "Active", "active "]),
    "product": st.sampled_from([*PRODUCTS, "Calling"]),
    "currency": st.sampled_from(["EUR", "USD", "eur", " EUR", "EURO", "EU", "ÉUR"]),
    "buying_model": st.sampled_from([*BUYING_MODELS, "Wholesale"]),
    "notice_days": st.sampled_from(["0", "3650", "3651", "-1", "99999999999", "30.0"]),
}


def values_of(name: str, kind: str) -> st.SearchStrategy[str]:
    usual = SPECIAL.get(name, VALUES[kind])
    # Mostly fit to compete, so that duplicates and repeated keys are common.
    fit = {"status": "active", "product": "meetings", "currency": "EUR", "buying_model": "wholesale"}.get(
        name, {"text": "p", "integer": "1", "date": "2026-03-01", "boolean": "1", "decimal": "1.5"}[kind]
    )
    return st.one_of(st.just(fit), st.just(fit), st.just(fit), usual, usual, BLANK, ANY_TEXT)


@st.composite
def csv_file(draw: st.DrawFn, dataset: str) -> str:
    columns = [declared.rstrip("?").split(":") for declared in COLUMNS[dataset].split()]
    nullable = {declared.split(":")[0] for declared in COLUMNS[dataset].split() if declared.endswith("?")}
    columns = [column for column in columns if column[0] not in nullable or draw(st.booleans())]
    if draw(st.booleans()):
        columns.append(["activity_date" if dataset == "license_usage" else "snapshot_date", "date"])
    if draw(st.booleans()):
        columns.append(["Partner_ID", "text"])
    columns = draw(st.permutations(columns))
    row = st.tuples(*(values_of(name, kind) for name, kind in columns))
    # A written row has two fields or more, so that it is never a blank line.
    odd = st.lists(VALUES["text"], min_size=2, max_size=len(columns) + 2)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    written = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(written, lineterminator=end, quoting=quoting)
    writer.writerow([name for name, _ in columns])
    for record in draw(st.lists(st.one_of(row, row, row, row, odd), max_size=12)):
        writer.writerow(record)
        if draw(st.integers(0, 9)) == 0:
            written.write(end)
    return written.getvalue()
