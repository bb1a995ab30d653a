"""The mapping file: feeds, each of which makes partitions of a dataset of the files that match its pattern."""

from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from expectations.contract import DATASETS
from sources.mapping.columns import Column, DateFormats, Pattern
from sources.mapping.declared import Declared, at, listed, only_one, shorthand
from sources.mapping.reading import Read

OWN_RULES = ("above the header", "after the header", "empty", "footer", "outside the history")
"""Names of the rules by which rows are dropped without a rule of the file's."""
_DAYS_IN_NAMES = ("%Y-%m-%d", "%Y%m%d", "%Y_%m_%d", "%Y.%m.%d")
_ANY_DAY = r"(\d{4}-\d{2}-\d{2}|\d{4}_\d{2}_\d{2}|\d{4}\.\d{2}\.\d{2}|\d{8})"
_MOST_CARRIED = 31


def _any_day(value: Any) -> Any:
    return _ANY_DAY if isinstance(value, str) and value.lower() == "true" else value


_DayPattern = Annotated[Pattern, BeforeValidator(_any_day)]


class Day(Declared):
    """Where a file's day comes from: its `name`, the `folder` that it lies in, or a `column`."""

    name: _DayPattern | None = None
    """A regular expression; its first group, or else all that matches, is the day."""
    folder: _DayPattern | None = None
    """The same, of the path of the folder below the inbox."""
    format: DateFormats = _DAYS_IN_NAMES
    column: Column | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        place = only_one(self.__dict__, ("name", "folder", "column"), "the day's place")
        if place == "column" and "format" in self.model_fields_set:
            raise ValueError("format is of a name or folder; a column has `date`")
        return self


class DropRule(Declared):
    """A rule by which rows are dropped; its name is what they are counted under."""

    name: str = Field(min_length=1, max_length=60)
    column: str = Field(min_length=1)
    """The header of the value that is looked at, as it was delivered."""
    equals: Annotated[tuple[str, ...] | None, BeforeValidator(listed)] = None
    not_equals: Annotated[tuple[str, ...] | None, BeforeValidator(listed)] = None
    matches: Pattern | None = None
    not_matches: Pattern | None = None
    is_empty: bool | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        only_one(self.__dict__, ("equals", "not_equals", "matches", "not_matches", "is_empty"), "the condition")
        if self.name in OWN_RULES:
            raise ValueError(f"the name {self.name!r} is taken; choose another one")
        return self


class Rows(Declared):
    """Which rows are dropped: empty ones, and those that a rule names."""

    drop_empty: bool = True
    drop: tuple[DropRule, ...] = ()

    @field_validator("drop")
    @classmethod
    def _named_once(cls, rules: tuple[DropRule, ...]) -> tuple[DropRule, ...]:
        names = [rule.name for rule in rules]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"has a name twice: {', '.join(sorted(twice))}")
        return rules


class History(Declared):
    """Snapshots of many days out of one file, or one snapshot carried forward."""

    valid_from: Column | None = None
    """The first day on which a row holds."""
    valid_to: Column | None = None
    """The last day on which it holds; empty: it still does."""
    valid_to_is_excluded: bool = False
    """Whether a row holds no more on its valid_to."""
    changed_on: Column | None = None
    """The day of a change log's row: it holds until the key's next one."""
    first: date | None = None
    """The first day of the range."""
    last: date | None = None
    """The last one; the last day that is over, where it is left out."""
    carry_days: int | None = Field(default=None, ge=1, le=_MOST_CARRIED)
    """Days for which a snapshot is carried forward, while no newer one has come."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kind = only_one(self.__dict__, ("valid_from", "changed_on", "carry_days"), "a history")
        if self.valid_to is not None and kind != "valid_from":
            raise ValueError("valid_to goes with valid_from")
        if (kind == "carry_days") != (self.first is None) or (kind == "carry_days" and self.last is not None):
            raise ValueError("first and last, the range of days, go with valid_from and changed_on, which need first")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError("last is before first")
        return self

    @property
    def makes_days(self) -> bool:
        """Whether its days are those of the range."""
        return self.carry_days is None


class Feed(Declared):
    """Files of one kind, and how they become partitions of a dataset."""

    dataset: str
    files: str = Field(min_length=1)
    read: Read = Read()
    day: Annotated[Day | None, BeforeValidator(shorthand("name"))] = None
    columns: dict[str, Column]
    rows: Rows = Rows()
    history: History | None = None
    files_add_up: bool = False
    """Whether the files of a snapshot's day are parts of it, such as one for each customer."""

    @field_validator("dataset")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in DATASETS:
            raise ValueError(f"there is no dataset {name!r}; there are {', '.join(DATASETS)}")
        return name

    @field_validator("files")
    @classmethod
    def _inside(cls, pattern: str) -> str:
        parts = PurePosixPath(pattern).parts
        if pattern.startswith("/") or "\\" in pattern or ".." in parts or not parts:
            raise ValueError("is a pattern below the inbox, such as export-*.csv or partner-a/*.xlsx")
        return pattern

    @field_validator("columns")
    @classmethod
    def _of_the_dataset(cls, columns: dict[str, Column], info: ValidationInfo) -> dict[str, Column]:
        dataset = DATASETS.get(info.data.get("dataset", ""))
        if dataset is None:
            return columns
        for name in columns:
            if name == dataset.date_column:
                raise at(f".{name}", "the day comes from `day` or `history`")
            if name not in dataset.column_names:
                raise at(f".{name}", f"{dataset.name} has no such column; it has {', '.join(dataset.column_names)}")
        needed = [column.name for column in dataset.columns if not column.nullable]
        if missing := [name for name in needed if name not in columns]:
            raise ValueError(f"{dataset.name} needs {', '.join(missing)}, too")
        return columns

    @model_validator(mode="after")
    def _days(self) -> Self:
        if self.history is None:
            return self
        if not DATASETS[self.dataset].is_snapshot:
            raise at(".history", f"is for snapshots; {self.dataset} is what happened on a day")
        if self.files_add_up and not self.history.makes_days:
            raise at(".history.carry_days", "is for a snapshot in one file; leave out files_add_up")
        if self.history.makes_days and self.day is not None:
            raise at(".day", "the days are those of history; leave it out")
        return self

    @property
    def replaces(self) -> bool:
        """Whether the newest file of a day is that day; otherwise the day's files add to each other."""
        return DATASETS[self.dataset].is_snapshot and not self.files_add_up

    def needs_the_path(self) -> bool:
        """Whether the same content under another name gives other rows."""
        return any(column.needs_the_path() for column in self.all_columns())

    def headers(self) -> list[str]:
        """Every header that it names, each once."""
        found = [name for column in self.all_columns() for name in column.headers()]
        return list(dict.fromkeys([*found, *(rule.column for rule in self.rows.drop)]))

    def all_columns(self) -> list[Column]:
        """The columns of the dataset, of the day and of the history."""
        own = [*self.columns.values()]
        if self.day is not None and self.day.column is not None:
            own.append(self.day.column)
        if self.history is not None:
            places = (self.history.valid_from, self.history.valid_to, self.history.changed_on)
            own += [column for column in places if column is not None]
        return own


class Mapping(Declared):
    """The whole file."""

    feeds: tuple[Feed, ...]

    @field_validator("feeds")
    @classmethod
    def _some(cls, feeds: tuple[Feed, ...]) -> tuple[Feed, ...]:
        if not feeds:
            raise ValueError("names no feed")
        return feeds
