"""Rows that break the contract: quarantined one by one up to 5 % of a partition, or three rows, and refused beyond."""

from ...reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS
from .fault import Fault, loaded, refused
from .feed import as_csv, changed, good, good_rows, header_of, throughout, with_csv

_LINE_END = b"\r\n"


def _swapped() -> list[dict[str, str]]:
    """Every subscription that ends has its dates the wrong way round."""
    return [
        row | {"start_date": row["end_date"], "end_date": row["start_date"]} if row["end_date"] else row
        for row in good_rows(SUBSCRIPTIONS)
    ]


def _every_record_with(suffix: bytes) -> bytes:
    header, *records = good(CUSTOMERS).removesuffix(_LINE_END).split(_LINE_END)
    return _LINE_END.join([header, *(record + suffix for record in records), b""])


def _breaker(rows: int, reason: str, *, of: int = 40) -> str:
    share = {40: "100.0", 32: "80.0", 4: "10.0"}[rows]
    return f"{rows} of {of} rows ({share} %) break the contract, more than the 5 % allowed: {reason} {rows}"


WHOLE_PARTITION_FAULTS: list[Fault] = [
    refused(
        "partner id missing throughout",
        CUSTOMERS,
        as_csv(throughout(CUSTOMERS, partner_id="")),
        _breaker(40, "missing_required"),
        read=40,
    ),
    refused(
        "four bad rows of forty",
        SUBSCRIPTIONS,
        with_csv(SUBSCRIPTIONS, {number: {"status": "ended"} for number in (1, 20, 39, 40)}),
        _breaker(4, "unknown_status"),
        read=40,
    ),
    refused(
        "status capitalised",
        SUBSCRIPTIONS,
        as_csv(throughout(SUBSCRIPTIONS, status="Active")),
        _breaker(40, "unknown_status"),
        read=40,
    ),
    refused("swapped dates", SUBSCRIPTIONS, as_csv(_swapped()), _breaker(32, "end_before_start"), read=40),
    refused(
        "days before months",
        SUBSCRIPTIONS,
        as_csv(throughout(SUBSCRIPTIONS, start_date="15.01.2024")),
        _breaker(40, "bad_type"),
        read=40,
    ),
    refused(
        "yes and no",
        SUBSCRIPTIONS,
        as_csv(throughout(SUBSCRIPTIONS, auto_renew="yes")),
        _breaker(40, "bad_type"),
        read=40,
    ),
    refused("trailing commas", CUSTOMERS, _every_record_with(b","), _breaker(40, "wrong_field_count"), read=40),
    refused(
        "yesterday's export in today's folder",
        CUSTOMERS,
        as_csv(throughout(CUSTOMERS, snapshot_date="2024-01-01")),
        _breaker(40, "wrong_partition_date"),
        read=40,
    ),
    refused(
        "decimal points throughout",
        LICENSE_ASSIGNMENTS,
        as_csv([row | {"total_licenses": row["total_licenses"] + ".0"} for row in good_rows(LICENSE_ASSIGNMENTS)]),
        _breaker(40, "bad_type"),
        read=40,
    ),
    refused(
        "thousands apart",
        LICENSE_ASSIGNMENTS,
        as_csv(throughout(LICENSE_ASSIGNMENTS, total_licenses="1,000")),
        _breaker(40, "bad_type"),
        read=40,
    ),
    refused(
        "product by its display name",
        LICENSE_ASSIGNMENTS,
        as_csv(throughout(LICENSE_ASSIGNMENTS, product="Webex Meetings")),
        _breaker(40, "unknown_product"),
        read=40,
    ),
]

_FIELDS_OFF = good(CUSTOMERS).replace(b"north,c03,", b"north,c03,surplus,").replace(b"c05,Caf\xc3\xa9 5,NO,", b"c05,")

ROW_FAULTS: list[Fault] = [
    loaded(
        "header line in the middle",
        CUSTOMERS,
        as_csv([*good_rows(CUSTOMERS)[:20], {name: name for name in header_of(CUSTOMERS)}, *good_rows(CUSTOMERS)[20:]]),
        {21: {"bad_type"}},  # `created_on` is no date
        read=41,
    ),
    loaded(
        "three bad rows of forty",
        SUBSCRIPTIONS,
        with_csv(SUBSCRIPTIONS, {number: {"status": "ended"} for number in (1, 20, 40)}),
        {number: {"unknown_status"} for number in (1, 20, 40)},
    ),
    loaded("line of totals", CUSTOMERS, good(CUSTOMERS) + b"Total,,40,,\r\n", {41: {"missing_required"}}, read=41),
    loaded(
        "records of six and three fields",
        CUSTOMERS,
        _FIELDS_OFF,
        {3: {"wrong_field_count"}, 5: {"wrong_field_count"}},
    ),
    loaded(
        "partner id missing",
        CUSTOMERS,
        with_csv(CUSTOMERS, {2: {"partner_id": ""}, 39: {"partner_id": " \t"}}),
        {2: {"missing_required"}, 39: {"missing_required"}},
    ),
    loaded(
        "white space alone",
        CUSTOMERS,
        # No-break spaces are no white space of the contract: they are a name, of sorts.
        with_csv(
            CUSTOMERS,
            {1: {"customer_name": " \t\r\n"}, 2: {"country_code": "  "}, 3: {"customer_name": "\u00a0\u2003"}},
        ),
        {1: {"missing_required"}},
    ),
    loaded(
        "date column of another day, and of none",
        CUSTOMERS,
        as_csv(
            [
                row | {"snapshot_date": {7: "2024-01-01", 8: "today"}.get(number, "")}
                for number, row in enumerate(good_rows(CUSTOMERS), 1)
            ]
        ),
        {7: {"wrong_partition_date"}, 8: {"wrong_partition_date"}},
    ),
    loaded("date column null", CUSTOMERS, as_csv(throughout(CUSTOMERS, snapshot_date=""))),
    loaded(
        "days that no calendar has",
        SUBSCRIPTIONS,
        with_csv(SUBSCRIPTIONS, {1: {"start_date": "2023-02-29"}, 2: {"end_date": "2024-06-31"}}),
        {1: {"bad_type"}, 2: {"bad_type"}},
    ),
    loaded(
        "end before start",
        SUBSCRIPTIONS,
        with_csv(SUBSCRIPTIONS, {4: {"start_date": "2024-05-02", "end_date": "2024-05-01"}}),
        {4: {"end_before_start"}},
    ),
    loaded(
        "several reasons at once",
        SUBSCRIPTIONS,
        with_csv(
            SUBSCRIPTIONS,
            {
                9: {"customer_id": "", "status": "gone", "start_date": "2024-05-02", "end_date": "2024-05-01"},
                10: {"is_trial": "2", "partner_id": "\r\n"},
            },
        ),
        {9: {"missing_required", "unknown_status", "end_before_start"}, 10: {"missing_required", "bad_type"}},
    ),
    loaded(
        "dates far away",
        SUBSCRIPTIONS,
        with_csv(
            SUBSCRIPTIONS,
            {
                1: {"start_date": "2999-12-31", "end_date": "9999-12-31"},
                2: {"start_date": "0001-01-01", "end_date": "1900-02-28"},
                3: {"start_date": "0000-12-31"},
            },
        ),
        {3: {"bad_type"}},
    ),
    loaded(
        "booleans in many spellings",
        SUBSCRIPTIONS,
        with_csv(
            SUBSCRIPTIONS,
            {
                1: {"is_trial": "TRUE", "auto_renew": "1"},
                2: {"is_trial": "fAlSe", "auto_renew": " 0\t"},
                3: {"is_trial": "\u00a0true"},
                4: {"auto_renew": "T"},
            },
        ),
        {3: {"bad_type"}, 4: {"bad_type"}},
    ),
    loaded(
        "integers in many spellings",
        LICENSE_ASSIGNMENTS,
        with_csv(
            LICENSE_ASSIGNMENTS,
            {
                1: {"total_licenses": "+10", "assigned_licenses": "007"},
                2: {"total_licenses": " 20\r\n", "assigned_licenses": "-0"},
                3: {"total_licenses": "1e3"},
                4: {"total_licenses": "\u0663"},  # a digit, and not ours
            },
        ),
        {3: {"bad_type"}, 4: {"bad_type"}},
    ),
    loaded(
        "negative counts",
        LICENSE_ASSIGNMENTS,
        with_csv(LICENSE_ASSIGNMENTS, {1: {"total_licenses": "-1"}, 2: {"assigned_licenses": "-500"}}),
        {1: {"negative_count"}, 2: {"negative_count"}},
    ),
    loaded(
        "beyond 64 bits",
        LICENSE_ASSIGNMENTS,
        with_csv(
            LICENSE_ASSIGNMENTS, {1: {"total_licenses": "9223372036854775808"}, 2: {"assigned_licenses": "9" * 400}}
        ),
        {1: {"bad_type"}, 2: {"bad_type"}},
    ),
    loaded(
        "all zero",
        LICENSE_ASSIGNMENTS,
        as_csv(throughout(LICENSE_ASSIGNMENTS, total_licenses="0", assigned_licenses="0")),
        held_by="licenses_fallen",
    ),
    loaded(
        "none assigned",
        LICENSE_ASSIGNMENTS,
        as_csv(throughout(LICENSE_ASSIGNMENTS, assigned_licenses="0")),
        held_by="licenses_fallen",
    ),
    loaded(
        "first two customers alone",
        CUSTOMERS,
        as_csv(good_rows(CUSTOMERS)[:2]),
        read=2,
        held_by="customers_lost",
    ),
    loaded(
        "half the customers missing",
        CUSTOMERS,
        as_csv(good_rows(CUSTOMERS)[::2]),
        read=20,
        held_by="customers_lost",
    ),
    loaded(
        "first two subscriptions alone",
        SUBSCRIPTIONS,
        as_csv(good_rows(SUBSCRIPTIONS)[:2]),
        read=2,
        held_by="subscriptions_lost",
    ),
    loaded(
        "first two licence lines alone",
        LICENSE_ASSIGNMENTS,
        as_csv(good_rows(LICENSE_ASSIGNMENTS)[:2]),
        read=2,
        held_by="licenses_fallen",
    ),
    loaded(
        "one partner missing",
        CUSTOMERS,
        as_csv([row for row in good_rows(CUSTOMERS) if row["partner_id"] == "north"]),
        read=30,
    ),
    loaded(
        "a row of another partner",
        LICENSE_ASSIGNMENTS,
        as_csv(changed(LICENSE_ASSIGNMENTS, {1: {"partner_id": "elsewhere"}, 40: {"partner_id": "north"}})),
    ),
]
