"""Odd but good: what the contract takes as it is, however it is written down."""

from pathlib import Path

from ...reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS
from .fault import Fault, loaded
from .feed import ROWS, as_csv, as_parquet, good, good_parquet, good_rows, header_of, packed, throughout, with_csv

_MEGABYTE = "long name " * 100_000
_NAMES = {
    "overlong text": {1: _MEGABYTE},
    "formula-like text": {1: "=1+1", 2: "@SUM(A1)", 3: "+47 22", 4: "-cmd|' /C calc'!A0", 5: "\t=HYPERLINK(1)"},
    "NUL bytes": {1: "a\0b", 2: "\0"},
    "control characters": {1: "bell\x07", 2: "\x1b[31mred", 3: "\x7f\x85\u2028", 4: "\x1eend of file\x1e"},
    "emoji and right-to-left text": {1: "🏳️‍🌈 Łódź", 2: "\u202eחברה", 3: "مؤسسة", 4: "e\u0301 and é"},
    "SQL, HTML and JSON": {1: "'; drop table customers; --", 2: "<script>alert(1)</script>", 3: '{"a": [1]}'},
    "words for nothing": {1: "NULL", 2: "NaN", 3: "None", 4: "N/A"},
    "quoted newlines": {1: "Two\nLines", 2: "Two\r\nLines", 3: "Two\rLines", 4: "\n", 5: 'The "Best", Inc.'},
}


def _named(names: dict[int, str]) -> bytes:
    return with_csv(CUSTOMERS, {number: {"customer_name": name} for number, name in names.items()})


def _mixed_line_ends() -> bytes:
    lines = good(CUSTOMERS).removesuffix(b"\r\n").split(b"\r\n")
    ends = (b"\n", b"\r\n", b"\r")
    return b"".join(line + ends[number % 3] for number, line in enumerate(lines))


def _link_to_a_file(path: Path) -> None:
    target = path.with_name("_whole.csv")
    target.write_bytes(good(CUSTOMERS))
    path.symlink_to(target.name)


TEXT_FAULTS: list[Fault] = [
    # A name that is a line break alone is white space, and so none.
    loaded(
        name,
        CUSTOMERS,
        _named(names),
        {number: {"missing_required"} for number, text in names.items() if text == "\n"},
    )
    for name, names in _NAMES.items()
]

FORM_FAULTS: list[Fault] = [
    loaded("byte order mark", CUSTOMERS, b"\xef\xbb\xbf" + good(CUSTOMERS)),
    loaded("every field quoted", SUBSCRIPTIONS, good(SUBSCRIPTIONS, quoting=1)),
    loaded("blank lines", CUSTOMERS, b"\r\n\n" + good(CUSTOMERS).replace(b"\r\n", b"\r\n\n\r\n")),
    loaded("CR as line end", SUBSCRIPTIONS, good(SUBSCRIPTIONS, lineterminator="\r")),
    loaded("mixed line ends", CUSTOMERS, _mixed_line_ends()),
    loaded("no line end at the end", SUBSCRIPTIONS, good(SUBSCRIPTIONS).removesuffix(b"\r\n")),
    loaded(
        "columns in another order",
        LICENSE_ASSIGNMENTS,
        as_csv(good_rows(LICENSE_ASSIGNMENTS), header=header_of(LICENSE_ASSIGNMENTS)[::-1]),
    ),
    loaded(
        "columns added",
        SUBSCRIPTIONS,
        as_csv(throughout(SUBSCRIPTIONS, region="EMEA", Partner_ID="other")),
        unexpected=("region", "Partner_ID"),
    ),
    loaded(
        "nullable columns missing",
        CUSTOMERS,
        as_csv(good_rows(CUSTOMERS), header=["customer_name", "customer_id", "partner_id"]),
    ),
    loaded(
        "gzip of two members",
        LICENSE_ASSIGNMENTS,
        packed(good(LICENSE_ASSIGNMENTS)[:99]) + packed(good(LICENSE_ASSIGNMENTS)[99:]),
        file="x.csv.gz",
    ),
    loaded(
        "endings in capitals",
        LICENSE_ASSIGNMENTS,
        {
            "A.CSV": as_csv(good_rows(LICENSE_ASSIGNMENTS)[: ROWS // 4]),
            "B.Csv.GZ": packed(as_csv(good_rows(LICENSE_ASSIGNMENTS)[ROWS // 4 : 3 * ROWS // 4])),
            "C.PARQUET": as_parquet(good_rows(LICENSE_ASSIGNMENTS)[3 * ROWS // 4 :]),
        },
    ),
    loaded("link to a file", CUSTOMERS, {"export.csv": _link_to_a_file}, ignored=("_whole.csv",)),
]

_HALVES = [as_csv(good_rows(SUBSCRIPTIONS)[: ROWS // 2]), as_csv(good_rows(SUBSCRIPTIONS)[ROWS // 2 :])]

REPEAT_FAULTS: list[Fault] = [
    loaded(
        "file twice",
        CUSTOMERS,
        {"export (1).csv": good(CUSTOMERS), "export.csv": good(CUSTOMERS)},
        read=80,
        accepted=40,
        duplicates=40,
    ),
    loaded(
        "rows twice",
        SUBSCRIPTIONS,
        as_csv([*good_rows(SUBSCRIPTIONS), *good_rows(SUBSCRIPTIONS)[:5]]),
        read=45,
        accepted=40,
        duplicates=5,
    ),
    loaded(
        "rows equal in value alone",
        LICENSE_ASSIGNMENTS,
        as_csv([good_rows(LICENSE_ASSIGNMENTS)[0] | {"total_licenses": "+010"}, *good_rows(LICENSE_ASSIGNMENTS)]),
        read=41,
        accepted=40,
        duplicates=1,
    ),
    loaded(
        "key repeated",
        SUBSCRIPTIONS,
        # Ten of fifty: however many, older versions of a row never trip the breaker.
        as_csv([*throughout(SUBSCRIPTIONS, status="suspended")[:10], *good_rows(SUBSCRIPTIONS)]),
        {number: {"duplicate_key"} for number in range(1, 11)},
        read=50,
    ),
    loaded(
        "key of a broken row",
        LICENSE_ASSIGNMENTS,
        as_csv([*good_rows(LICENSE_ASSIGNMENTS), good_rows(LICENSE_ASSIGNMENTS)[0] | {"total_licenses": "x"}]),
        {41: {"bad_type"}},  # it does not compete: the good row of its key stays
        read=41,
    ),
    loaded(
        "file names that need care",
        SUBSCRIPTIONS,
        {'it\'s "a" file.csv': _HALVES[0], "line\nbreak;--.csv": _HALVES[1], "z 日本.csv": _HALVES[1]},
        read=60,
        accepted=40,
        duplicates=20,
    ),
    loaded(
        "file name that is not UTF-8",
        CUSTOMERS,
        {"caf\udce9.csv": with_csv(CUSTOMERS, {1: {"customer_id": ""}})},
        {("caf\\xe9.csv", 1): {"missing_required"}},
    ),
    loaded(
        "files of other kinds beside it",
        SUBSCRIPTIONS,
        {
            "export.csv": good(SUBSCRIPTIONS),
            "export.csv.tmp": b"partner",
            ".export.csv": b"\xff",
            "_SUCCESS": b"",
            "export.xlsx": b"PK",
            "~$export.csv": b"\xff",
        },
        ignored=(".export.csv", "_SUCCESS", "export.csv.tmp", "export.xlsx", "~$export.csv"),
    ),
    loaded(
        "correction as one more file, in another format",
        LICENSE_ASSIGNMENTS,
        {
            "a.csv": as_csv(throughout(LICENSE_ASSIGNMENTS, assigned_licenses="0")[:5]),
            "b.parquet": good_parquet(LICENSE_ASSIGNMENTS),
        },
        {("a.csv", number): {"duplicate_key"} for number in range(1, 6)},
        read=45,
    ),
]
