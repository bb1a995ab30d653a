"""Every way a row can break the contract."""

import random
from collections.abc import Callable
from datetime import date

from .contract import COUNT_MINIMUM, MAXIMUM, Dataset
from .raw import Row

BAD_INTEGERS = ("12.0", "12.5", "1e3", "1_000", "0x1f", "--1", "9223372036854775808", "\u00a05", "٣", "n/a")
BAD_DATES = ("2024/03/01", "2024-3-1", "2024-02-30", "2023-02-29", "20240301", "2024-03-01T00:00:00", "today")
BAD_BOOLEANS = ("yes", "no", "t", "F", "2", "on", "\u00a0true")
BAD_DECIMALS = (".5", "5.", "1e3", "1,5", "1234567890123", "0.1234567", "1 000", "$5", "٣", "NaN", "--1")
BAD_OF_KIND = {"integer": BAD_INTEGERS, "decimal": BAD_DECIMALS, "date": BAD_DATES, "boolean": BAD_BOOLEANS}
NULLS = ("", " ", "\t", " \r\n ")

Mutation = Callable[[random.Random, Dataset, Row, dict[str, str]], None]


def break_row(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    """Break a row in one to three ways; no verbatim text at all stands for a wrong number of fields."""
    ways = [way for name, way in WAYS.items() if name in _possible(dataset)]
    if rng.random() < 0.12:
        return
    for way in rng.sample(ways, min(len(ways), rng.choice((1, 1, 1, 2, 3)))):
        way(rng, dataset, row, verbatim)


def _possible(dataset: Dataset) -> set[str]:
    names = {column.name for column in dataset.columns}
    possible = {"missing_required", "wrong_partition_date"}
    possible |= {"bad_type"} if any(column.kind != "text" for column in dataset.columns) else set()
    possible |= {"negative_count"} if names & set(COUNT_MINIMUM) else set()
    possible |= {"unknown_status", "end_before_start"} if "status" in names else set()
    possible |= {"unknown_product"} if "product" in names else set()
    possible |= {"out_of_range"} if names & set(MAXIMUM) else set()
    possible |= {"bad_currency", "unknown_buying_model"} if "currency" in names else set()
    return possible


def _missing(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim[rng.choice([column.name for column in dataset.columns if column.required])] = rng.choice(NULLS)


def _bad_type(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    column = rng.choice([column for column in dataset.columns if column.kind != "text"])
    verbatim[column.name] = rng.choice(BAD_OF_KIND[column.kind])


def _negative(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    name = rng.choice([column.name for column in dataset.columns if column.name in COUNT_MINIMUM])
    verbatim[name] = str(COUNT_MINIMUM[name] - rng.choice((1, 1, 40)))


def _status(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim["status"] = rng.choice(("Active", " active", "ended", "active\n"))


def _product(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim["product"] = rng.choice(("Meetings", "calling ", "call-on-webex", "webinars"))


def _end_first(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim["start_date"], verbatim["end_date"] = "2024-03-01", rng.choice(("2024-02-29", "1999-12-31"))


def _other_day(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim[dataset.date_column] = rng.choice((date(1999, 1, 1).isoformat(), "no date", "2024-02-30"))


def _too_much(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    name = rng.choice([column.name for column in dataset.columns if column.name in MAXIMUM])
    verbatim[name] = str(MAXIMUM[name] + rng.choice((1, 40)))


def _currency(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim["currency"] = rng.choice(("eur", "EU", "EURO", " EUR", "EUR\n", "ÄÖÜ", "€", "E1R"))


def _buying_model(rng: random.Random, dataset: Dataset, row: Row, verbatim: dict[str, str]) -> None:
    verbatim["buying_model"] = rng.choice(("Named_User", "wholesale ", "ea", "flex"))


WAYS: dict[str, Mutation] = {
    "missing_required": _missing,
    "bad_type": _bad_type,
    "negative_count": _negative,
    "unknown_status": _status,
    "unknown_product": _product,
    "end_before_start": _end_first,
    "wrong_partition_date": _other_day,
    "out_of_range": _too_much,
    "bad_currency": _currency,
    "unknown_buying_model": _buying_model,
}
