"""The contract's row rules as SQL: delivered text in, typed values and the reasons of each row out.

Everything here builds SQL from `expectations.contract`; nothing touches data. Reasons are one integer a row, with a bit
for each `Reason`: 0 is a row that meets the contract.
"""

from collections.abc import Sequence
from datetime import date

from expectations.contract import Column, ColumnType, Dataset, Reason
from expectations.delivery import RECORD_NUMBER, DeliveredFile, wrong_kind

HOLDER_KEY_VARIABLE = "holder_key"
FILE_NUMBER = "file_number"
WHITE_SPACE = " \t\r\n"
"""White space of the contract; DuckDB's own trim takes spaces alone, Python's far more."""
INTEGER_PATTERN = "[+-]?[0-9]+"
DECIMAL_PATTERN = "[+-]?[0-9]{1,12}([.][0-9]{1,6})?"
DATE_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPACES = r"E' \t\r\n'"  # as SQL
_REASONS = tuple(Reason)


def bit(reason: Reason) -> int:
    """The reason's bit in a row's `reasons`."""
    return 1 << _REASONS.index(reason)


def reasons_in(bits: int) -> list[Reason]:
    """The reasons whose bits are set, in the contract's order."""
    return [reason for reason in _REASONS if bits & bit(reason)]


def unless_blank(text: str) -> str:
    """SQL: the text as it is; null when it is empty or all white space."""
    # Text that begins above the space character is not blank, and trim is slow: most values never reach it.
    return f"case when {text} >= '!' then {text} when trim({text}, {_SPACES}) <> '' then {text} end"


def keyed_hash(text: str) -> str:
    """SQL: a person's id as an integer of 60 bits that only the holder of the key can compute.

    First 15 hex digits of SHA-256(key, id). HMAC written in SQL ran a third as fast; what it adds is safety against
    appending to a known hash, which needs all 256 bits and so can't be done to a shortened one.
    """
    digest = f"sha256(getvariable('{HOLDER_KEY_VARIABLE}') || encode({text}))"
    return f"('0x' || substr({digest}, 1, 15))::bigint"


def key_of(column: str) -> str:
    """Name of the column of a file's rows that has the keyed hashes of a personal column, where they are there."""
    return f"key_of_{column}"


def checked_sql(dataset: Dataset, day: date, files: Sequence[DeliveredFile], relations: Sequence[str]) -> str:
    """One row per delivered row: file_number, record_number, the contract's columns typed, and reasons.

    `relations` are the names under which the connection knows each file's rows. A personal column that was not hashed
    before is, in the projection over the Arrow data, before anything that could spill: hence `not materialized`.
    """
    marked = _marked_columns(dataset, files)
    typed = ", ".join(f"{_typed(column, marked)} as {column.name}" for column in dataset.columns)
    reasons = "\n    | ".join(
        f"case when {' or '.join(tests)} then {bit(reason)} else 0 end"
        for reason, tests in _tests(dataset, day, files, marked)
        if tests
    )
    return f"""
with delivered as not materialized (
{_delivered_sql(dataset, files, relations, marked)}
),
typed as not materialized (
  select *, {typed}
  from delivered
)
select {FILE_NUMBER}, {RECORD_NUMBER}, {", ".join(dataset.column_names)},
  {reasons} as reasons
from typed
"""


def _delivered_sql(
    dataset: Dataset, files: Sequence[DeliveredFile], relations: Sequence[str], marked: frozenset[str]
) -> str:
    """All files as one relation, each contract column's text as raw_<column>, null when blank."""
    dated = [dataset.date_column] if any(file.has(dataset.date_column) for file in files) else []
    selects = []
    for number, (file, relation) in enumerate(zip(files, relations, strict=True)):
        texts = [
            f"{unless_blank(name) if file.has(name) else 'null::varchar'} as raw_{name}"
            for name in (*dataset.column_names, *dated)
        ]
        marks = [
            f"{wrong_kind(name) if file.has(wrong_kind(name)) else 'false'} as {wrong_kind(name)}"
            for name in sorted(marked)
        ]
        keys = [
            f"{key_of(name) if file.has(key_of(name)) else keyed_hash(unless_blank(name))} as {key_of(name)}"
            for name in dataset.personal_columns
        ]
        shown = ", ".join([f"{number} as {FILE_NUMBER}", RECORD_NUMBER, *texts, *keys, *marks])
        selects.append(f"select {shown} from {relation}")
    return "\nunion all\n".join(selects)


def _tests(
    dataset: Dataset, day: date, files: Sequence[DeliveredFile], marked: frozenset[str]
) -> list[tuple[Reason, list[str]]]:
    """The reasons that are looked for, each with the tests of which any one gives it."""
    columns = dataset.columns
    tests = [
        (Reason.MISSING_REQUIRED, [_missing(column, marked) for column in columns if not column.nullable]),
        (Reason.BAD_TYPE, [test for column in columns if (test := _bad_type(column, marked))]),
        (Reason.NEGATIVE_COUNT, [f"{c.name} < {c.minimum}" for c in columns if c.minimum is not None]),
        (Reason.OUT_OF_RANGE, [f"{c.name} > {c.maximum}" for c in columns if c.maximum is not None]),
    ]
    for column in columns:
        if column.unknown_reason and column.pattern:
            tests.append((column.unknown_reason, [f"not regexp_full_match({column.name}, '{column.pattern}')"]))
        elif column.unknown_reason:
            # Written out: DuckDB makes a join of a longer NOT IN, and a join is a place that may spill.
            other = " and ".join(f"{column.name} <> '{value}'" for value in column.allowed)
            tests.append((column.unknown_reason, [f"({other})"]))
    if dataset.ordered_dates:
        first, last = dataset.ordered_dates
        tests.append((Reason.END_BEFORE_START, [f"{last} < {first}"]))
    if any(file.has(dataset.date_column) for file in files):
        tests.append((Reason.WRONG_PARTITION_DATE, _wrong_date(dataset.date_column, day, marked)))
    return tests


def raw_row_sql(dataset: Dataset, file: DeliveredFile) -> str:
    """SQL over one file's rows: the row as delivered, as JSON; a person's id is its hash there too."""
    names = [*dataset.column_names, *([dataset.date_column] if file.has(dataset.date_column) else [])]
    fields = []
    for name in names:
        value = name if file.has(name) else "null"
        if name in dataset.personal_columns and file.has(name):
            value = _hashed_text(name)
        fields.append(f"'{name}': {value}")
    return f"to_json({{{', '.join(fields)}}})::varchar"


def raw_fields_sql(dataset: Dataset) -> str:
    """SQL over malformed records: their fields as JSON; all hashed where one of them, unknown which, is a person."""
    if not dataset.personal_columns:
        return "to_json(fields)::varchar"
    return f"to_json(list_transform(fields, lambda field: {_hashed_text('field')}))::varchar"


def _hashed_text(text: str) -> str:
    # A blank stays as delivered: it names nobody, and shows why the row is here.
    return f"case when {unless_blank(text)} is null then {text} else {keyed_hash(text)}::varchar end"


def _marked_columns(dataset: Dataset, files: Sequence[DeliveredFile]) -> frozenset[str]:
    """The columns that hold values of a wrong Parquet type in some file."""
    names = (*dataset.column_names, dataset.date_column)
    return frozenset(name for name in names if any(file.has(wrong_kind(name)) for file in files))


def _typed(column: Column, marked: frozenset[str]) -> str:
    raw = f"raw_{column.name}"
    match column.type:
        case ColumnType.TEXT:
            typed = key_of(column.name) if column.personal else raw
        case ColumnType.INTEGER:
            typed = _integer(raw)
        case ColumnType.DECIMAL:
            typed = _decimal(raw)
        case ColumnType.DATE:
            typed = _date(raw)
        case ColumnType.BOOLEAN:
            typed = _boolean(raw)
    return f"case when not {wrong_kind(column.name)} then {typed} end" if column.name in marked else typed


def _integer(raw: str) -> str:
    trimmed = f"trim({raw}, {_SPACES})"
    # Most integers are written as DuckDB writes them; only the others need the pattern (14 times faster on usage).
    return (
        f"case when try_cast({raw} as bigint)::varchar = {raw} then try_cast({raw} as bigint) "
        f"when regexp_full_match({trimmed}, '{INTEGER_PATTERN}') then try_cast({trimmed} as bigint) end"
    )


def _decimal(raw: str) -> str:
    trimmed, kind = f"trim({raw}, {_SPACES})", ColumnType.DECIMAL.value
    # Most decimals have no white space around them, and trim takes twice as long as pattern and cast together.
    return (
        f"case when regexp_full_match({raw}, '{DECIMAL_PATTERN}') then try_cast({raw} as {kind}) "
        f"when regexp_full_match({trimmed}, '{DECIMAL_PATTERN}') then try_cast({trimmed} as {kind}) end"
    )


def _date(raw: str) -> str:
    trimmed = f"trim({raw}, {_SPACES})"
    # Ten letters that DuckDB writes as they are, as most are, need no pattern. It reads the year 0000 as 1 BC.
    return (
        f"case when strlen({raw}) = 10 and try_cast({raw} as date)::varchar = {raw} then try_cast({raw} as date) "
        f"when regexp_full_match({trimmed}, '{DATE_PATTERN}') "
        f"and not starts_with({trimmed}, '0000') then try_cast({trimmed} as date) end"
    )


def _boolean(raw: str) -> str:
    word = f"lower(trim({raw}, {_SPACES}))"
    return (
        f"case when {raw} = 'true' then true when {raw} = 'false' then false "
        f"when {word} in ('true', '1') then true when {word} in ('false', '0') then false end"
    )


def _missing(column: Column, marked: frozenset[str]) -> str:
    missing = f"raw_{column.name} is null"
    return f"({missing} and not {wrong_kind(column.name)})" if column.name in marked else missing


def _bad_type(column: Column, marked: frozenset[str]) -> str | None:
    """SQL: there is a value, and it is none of the column's type; None when that can't be."""
    bad = f"(raw_{column.name} is not null and {column.name} is null)"
    if column.name in marked:
        return f"({bad} or {wrong_kind(column.name)})"
    return bad if column.type is not ColumnType.TEXT else None


def _wrong_date(column: str, day: date, marked: frozenset[str]) -> list[str]:
    other = f"(raw_{column} is not null and coalesce({_date(f'raw_{column}')} <> date '{day}', true))"
    return [other, wrong_kind(column)] if column in marked else [other]
