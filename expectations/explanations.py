"""Why a row broke the contract, in words: read off the row as it was delivered, for whoever looks at it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from expectations.contract import Column, ColumnType, Dataset, Reason
from expectations.row_checks import DATE_PATTERN, DECIMAL_PATTERN, INTEGER_PATTERN, WHITE_SPACE
from expectations.wording import LONGEST_VALUE, shortened

MASK = "•••"
"""In place of a value that names a person."""

RawRow = Mapping[str, str | None] | Sequence[str]
"""A row as delivered, by column; or the bare fields of a record that has too few or too many."""

_RULES = {
    ColumnType.DATE: "no date: a day of the calendar, as YYYY-MM-DD, is expected",
    ColumnType.INTEGER: "no integer: digits, perhaps with a sign, within 64 bits are expected",
    ColumnType.DECIMAL: "no decimal: 1 to 12 digits, perhaps with a sign, a point and 1 to 6 more, are expected",
    ColumnType.BOOLEAN: "no boolean: true, false, 1 or 0 is expected",
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def explanations(dataset: Dataset, day: date, file: str, reasons: Collection[str], raw: RawRow) -> list[str]:
    """A sentence on each thing that is wrong with a row, in the order of the contract's reasons.

    Args:
        day: the partition's date.
        file: the landing file's name; only Parquet has values of a wrong type that look right as text.
        reasons: those that the row checks found.
        raw: the row as delivered; columns that it lacks are passed over.
    """
    if not isinstance(raw, Mapping):
        return [f"the record has {len(raw)} field{'' if len(raw) == 1 else 's'}, the header has more or fewer"]
    found: list[str] = []
    for reason in (reason for reason in Reason if reason in reasons):
        texts = list(_TEXTS.get(reason, _unknown)(dataset, raw, day))
        if not texts and reason is Reason.BAD_TYPE and file.lower().endswith(".parquet"):
            texts = ["a value has a Parquet type that its column doesn't take"]
        found += texts
    return list(dict.fromkeys(found))


def is_of_type(kind: ColumnType, text: str) -> bool:
    """Whether a text that is not blank is a value of a type, by the contract's rules."""
    return kind is ColumnType.TEXT or _typed(kind, text) is not None


def _typed(kind: ColumnType, text: str) -> date | int | Decimal | None:
    trimmed = text.strip(WHITE_SPACE)
    if kind is ColumnType.BOOLEAN:
        return _BOOLEANS.get(trimmed.lower())
    if kind is ColumnType.INTEGER:
        # Thousands of digits are none of 64 bits, and Python refuses to read them.
        if not re.fullmatch(INTEGER_PATTERN, trimmed) or len(trimmed.lstrip("+-0")) > len(str(2**63)):
            return None
        return number if -(2**63) <= (number := int(trimmed)) < 2**63 else None
    if kind is ColumnType.DECIMAL:
        return Decimal(trimmed) if re.fullmatch(DECIMAL_PATTERN, trimmed) else None
    if not re.fullmatch(DATE_PATTERN, trimmed):
        return None
    try:
        return date.fromisoformat(trimmed)
    except ValueError:
        return None


def _value(column: str, dataset: Dataset, text: str) -> str:
    return f"{column} {MASK if column in dataset.personal_columns else repr_of(text)}"


def repr_of(text: str) -> str:
    """A delivered value in quotes, cut."""
    return f"'{shortened(text, LONGEST_VALUE)}'"


def _given(dataset: Dataset, raw: Mapping[str, str | None]) -> Iterator[tuple[Column, str]]:
    """The contract's columns that hold something, with it."""
    for column in dataset.columns:
        text = raw.get(column.name)
        if text is not None and text.strip(WHITE_SPACE):
            yield column, text


def _missing(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    given = {column.name for column, _ in _given(dataset, raw)}
    for column in dataset.columns:
        if not column.nullable and column.name in raw and column.name not in given:
            yield f"{column.name} is empty"


def _bad_type(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    for column, text in _given(dataset, raw):
        if not is_of_type(column.type, text):
            yield f"{_value(column.name, dataset, text)} is {_RULES[column.type]}"


def _negative(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    for column, text in _given(dataset, raw):
        number = _typed(column.type, text) if column.minimum is not None else None
        if isinstance(number, int | Decimal) and column.minimum is not None and number < column.minimum:
            yield f"{_value(column.name, dataset, text)} is below {column.minimum}"


def _out_of_range(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    for column, text in _given(dataset, raw):
        number = _typed(column.type, text) if column.maximum is not None else None
        if isinstance(number, int | Decimal) and column.maximum is not None and number > column.maximum:
            yield f"{_value(column.name, dataset, text)} is above {column.maximum}"


def _bad_currency(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    for column, text in _given(dataset, raw):
        if column.unknown_reason is Reason.BAD_CURRENCY and not re.fullmatch(column.pattern, text):
            yield f"{_value(column.name, dataset, text)} is no currency: three capital letters A-Z are expected"


def _unknown(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    for column, text in _given(dataset, raw):
        if column.allowed and text not in column.allowed:
            yield f"{_value(column.name, dataset, text)} {_meant(text, column.allowed)}"


def _meant(text: str, allowed: Sequence[str]) -> str:
    trimmed = text.strip(WHITE_SPACE)
    for word, difference in (
        (text.lower(), "in case"),
        (trimmed, "in white space"),
        (trimmed.lower(), "in case and white space"),
    ):
        if word in allowed:
            return f"differs from '{word}' {difference}"
    return f"is none of {', '.join(allowed)}"


def _end_before_start(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    first, last = dataset.ordered_dates or ("", "")
    if raw.get(first) and raw.get(last):
        yield f"{_value(last, dataset, raw[last] or '')} is before {_value(first, dataset, raw[first] or '')}"


def _wrong_date(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    text = raw.get(dataset.date_column)
    if text is not None:
        yield f"{_value(dataset.date_column, dataset, text)} is not the day of its folder, {day}"


def _duplicate(dataset: Dataset, raw: Mapping[str, str | None], day: date) -> Iterator[str]:
    if all(raw.get(name) for name in dataset.key):
        yield f"a later row has the same {', '.join(_value(name, dataset, raw[name] or '') for name in dataset.key)}"


_TEXTS: Mapping[Reason, Callable[[Dataset, Mapping[str, str | None], date], Iterator[str]]] = {
    Reason.MISSING_REQUIRED: _missing,
    Reason.BAD_TYPE: _bad_type,
    Reason.NEGATIVE_COUNT: _negative,
    Reason.OUT_OF_RANGE: _out_of_range,
    Reason.BAD_CURRENCY: _bad_currency,
    Reason.END_BEFORE_START: _end_before_start,
    Reason.WRONG_PARTITION_DATE: _wrong_date,
    Reason.DUPLICATE_KEY: _duplicate,
}
"""Every other reason is of values outside a list."""
