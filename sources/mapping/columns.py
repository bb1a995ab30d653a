"""Where a column comes from, as the mapping file says it: a source, and operations in the order in which they stand."""

import re
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
import pyarrow.compute
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    field_validator,
    model_validator,
)

from sources.mapping.declared import Declared, at, listed, only_one, shorthand
from sources.mapping.reading import Read

SOURCES = ("from", "constant", "first_of", "concat", "path")
"""What a column's values come from: one of these."""
OPERATIONS = ("trim", "case", "regex", "lookup", "date", "number", "boolean")
"""What is done with them."""
EXCEL = "excel"
"""The date format of Excel's day numbers: days since 1899-12-30."""
_PATTERN_LETTERS = 1_000
_OptionalTrue = Literal[True]


@cache
def checked_pattern(pattern: str) -> str:
    """The pattern, which RE2 can read.

    Raises:
        ValueError: it can't.
    """
    match: Any = pyarrow.compute.match_substring_regex
    if len(pattern) > _PATTERN_LETTERS:
        raise ValueError(f"is longer than {_PATTERN_LETTERS:,} letters")
    try:
        match(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        raise ValueError(f"is no regular expression (RE2): {str(error).partition(': ')[2]}") from None
    return pattern


@cache
def checked_format(text: str) -> str:
    """The date format, which DuckDB can read.

    Raises:
        ValueError: it can't.
    """
    import duckdb

    if text == EXCEL:
        return text
    if "%" not in text:
        raise ValueError(f"{text!r} has no part such as %d, %m or %Y; a date as 31.12.2026 is %d.%m.%Y")
    try:
        with duckdb.connect() as con:
            con.execute("select try_strptime('', ?)", [text])
    except duckdb.Error as error:
        raise ValueError(f"{text!r} is no date format: {str(error).splitlines()[0].rpartition(': ')[2]}") from None
    return text


Pattern = Annotated[str, AfterValidator(checked_pattern)]


@cache
def groups(pattern: str) -> int:
    """The number of groups that a regular expression captures."""
    # A letter for each of what may hold brackets: with none, `(\d?x)` would begin as `(?` does.
    bare = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", bare)
    return len(re.findall(r"\((?!\?)|\(\?P?<(?![=!])", bare))


def _checked_formats(formats: tuple[str, ...]) -> tuple[str, ...]:
    if not formats:
        raise ValueError("names no format")
    return tuple(map(checked_format, formats))


DateFormats = Annotated[tuple[str, ...], BeforeValidator(listed), AfterValidator(_checked_formats)]


class Regex(Declared):
    """A regular expression (RE2), and which of its groups is the value."""

    pattern: Pattern
    group: int = Field(default=1, ge=0, le=99)
    """0 is all that matches; so is 1 where the expression has no group."""

    @model_validator(mode="after")
    def _has_the_group(self) -> Self:
        if self.group_in_force > groups(self.pattern):
            raise at(".group", f"the expression has {groups(self.pattern)} groups")
        return self

    @property
    def group_in_force(self) -> int:
        """The group that is the value."""
        return 0 if self.group == 1 and not groups(self.pattern) else self.group


class Number(Declared):
    """How a number is written; what is left out is as the feed's `read` says."""

    decimal: str | None = Field(default=None, min_length=1, max_length=1)
    thousands: str | None = Field(default=None, min_length=1, max_length=1)


class Words(Declared):
    """Which words are true and which are false, in any case."""

    true: Annotated[tuple[str, ...], BeforeValidator(listed)] = ("true", "yes", "y", "1", "on", "ja", "j", "wahr")
    false: Annotated[tuple[str, ...], BeforeValidator(listed)] = ("false", "no", "n", "0", "off", "nein", "falsch")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        both = {word.strip().casefold() for word in self.true} & {word.strip().casefold() for word in self.false}
        if both:
            raise ValueError(f"has words that are true and false: {', '.join(sorted(both))}")
        return self


class Lookup(Declared):
    """A table from values to values: in the mapping file, or a file with two of its columns."""

    values: dict[str, str] | None = None
    file: str | None = Field(default=None, min_length=1)
    key: str | None = None
    value: str | None = None
    read: Read = Read()
    default: str | None = None
    """What stands for a value that the table lacks; without it, that goes on as it was delivered."""
    ignore_case: bool = False

    @field_validator("file")
    @classmethod
    def _beside(cls, file: str | None) -> str | None:
        if file is not None and (file.startswith("/") or "\\" in file or ".." in PurePosixPath(file).parts):
            raise ValueError("is a path that goes on from the mapping file's folder, such as products.csv")
        return file

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if only_one({"values": self.values, "file": self.file}, ("values", "file"), "the table") == "file":
            if self.key is None or self.value is None:
                raise ValueError("a file needs key and value, the headers of its two columns")
        elif self.key is not None or self.value is not None:
            raise ValueError("key and value are the columns of a file")
        return self


class Column(Declared):
    """One column: `from` a header, a `constant`, the `first_of` several or their `concat`; then operations."""

    from_: str | None = Field(default=None, alias="from", min_length=1)
    constant: str | None = None
    first_of: Annotated[tuple["Column", ...] | None, BeforeValidator(listed)] = None
    concat: Annotated[tuple["Column", ...] | None, BeforeValidator(listed)] = None
    separator: str | None = None
    """What stands between the parts of `concat`; those that are empty are left out, with their separator."""
    path: _OptionalTrue | None = None
    """The file's path below the inbox, and behind it that of the file inside a `.zip`."""
    trim: _OptionalTrue | None = None
    case: Literal["upper", "lower"] | None = None
    regex: Annotated[Regex | None, BeforeValidator(shorthand("pattern"))] = None
    lookup: Lookup | None = None
    date: DateFormats | None = None
    number: Annotated[Number | None, BeforeValidator(shorthand("", yes=True))] = None
    boolean: Annotated[Words | None, BeforeValidator(shorthand("", yes=True))] = None

    _order: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _in_order(cls, given: Any, handler: ModelWrapValidatorHandler["Column"]) -> "Column":
        if isinstance(given, Column):
            return given
        if isinstance(given, str):
            given = {"from": given}
        made = handler(given)
        made._order = tuple(key for key in given if key in OPERATIONS)
        return made

    @field_validator("trim", "path", mode="before")
    @classmethod
    def _true(cls, value: Any) -> Any:
        if str(value).lower() != "true":
            raise ValueError("is true, or left out")
        return True

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        only_one({**self.__dict__, "from": self.from_}, SOURCES, "where it comes from")
        if () in (self.first_of, self.concat):
            raise ValueError("names no column")
        if self.separator is not None and self.concat is None:
            raise ValueError("separator goes with concat")
        return self

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations, in the order in which the file has them."""
        return self._order

    def parts(self) -> tuple["Column", ...]:
        """The columns that this one is made of, none where it comes from a header or is constant."""
        return self.first_of or self.concat or ()

    def headers(self) -> list[str]:
        """The headers that it needs, of all parts."""
        own = [self.from_] if self.from_ else []
        return own + [name for part in self.parts() for name in part.headers()]

    def needs_the_path(self) -> bool:
        """Whether the same content under another name gives other values."""
        return self.path is not None or any(part.needs_the_path() for part in self.parts())

    def lookups(self) -> list[Lookup]:
        """Every table that it looks into, of all parts."""
        own = [self.lookup] if self.lookup else []
        return own + [table for part in self.parts() for table in part.lookups()]
