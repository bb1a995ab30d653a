"""A first mapping as text: feeds with guessed columns, their likeness and samples, and open lines to fill in."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from expectations.contract import CUSTOMERS, DATASETS, Column, ColumnType, Dataset
from expectations.wording import shortened
from sources.mapping.columns import Words
from sources.mapping.drafting.likeness import Guess, datasets_of, guess_columns, guess_day
from sources.mapping.drafting.looking import Seen, look_at
from sources.mapping.drafting.paths import day_in, quoted, starred
from sources.mapping.drafting.values import (
    NUMBER_WITHIN,
    bare,
    earliest,
    guess_dates,
    guess_signs,
    meant,
    most_common,
    no_values,
    words_of,
)
from sources.mapping.drafting.words import CHANGES, TOTALS
from sources.mapping.headers import plain
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits

_SAMPLES = 3
_LONGEST = 40
_LONGEST_LINE = 200
_MOST_OPEN = 30
_SOME_DATE = 'date: "%d.%m.%Y"'
_CHANGES = {plain(name) for name in CHANGES}
_HEAD = """\
# Written by `portfolio map init`: guesses, each with its likeness (1.00 is sure) and samples of the values.
# A line with `# open:` waits for you: fill it in, and take away the # at its beginning. Then `portfolio map check`
# says what would come of it. Every key: docs/mapping/README.md
feeds:
"""


@dataclass(frozen=True)
class _Group:
    """Files of one kind: they differ in digits alone."""

    pattern: str
    seen: Seen
    folder: str = ""
    """The folder below the inbox that the file lies in."""


def draft_mapping(
    paths: Sequence[Path],
    limits: ReadLimits,
    memory: int,
    scratch: Callable[[], AbstractContextManager[Path]],
    inbox: Path | None = None,
) -> tuple[str, list[str]]:
    """A mapping file's text for files, and what is to be said of those for which nothing is guessed.

    Args:
        inbox: the folder that patterns go on from, where it is known.

    Raises:
        UnreadableFileError: no file can be read; one line.
    """
    groups: dict[tuple[str, str], _Group] = {}
    said = []
    for path in paths:
        inside = inbox is not None and path.resolve().is_relative_to(inbox.resolve())
        relative = path.resolve().relative_to(inbox.resolve()) if inbox and inside else Path(path.name)
        pattern, lies_in = starred(relative.as_posix()), relative.parent.as_posix()
        try:
            with scratch() as folder:
                sheets = look_at(path, limits, memory, folder)
        except (UnreadableFileError, OSError) as error:
            said.append(f"{path.name}: {error}")
            continue
        for place, seen in enumerate(sheets):
            key = pattern, seen.read.get("sheet", "")
            if place and not datasets_of(_guesses(seen)):
                continue  # a cover sheet, say
            if key not in groups or len(seen.rows) > len(groups[key].seen.rows):
                groups[key] = _Group(pattern, seen, lies_in)
    if not groups:
        raise UnreadableFileError("; ".join(said))
    text = _HEAD
    guesses = {key: _guesses(group.seen) for key, group in groups.items()}
    found = {key: datasets_of(guesses[key]) for key in groups}
    # Customers of a list of orders are those of the list of customers, with less of them.
    has_list = any(datasets == [CUSTOMERS.name] for datasets in found.values())
    for key, group in groups.items():
        if has_list and len(found[key]) > 1:
            found[key] = [name for name in found[key] if name != CUSTOMERS.name]
        text += "\n".join(_feeds(group, guesses[key], found[key])) + "\n"
    return text, said


def _feeds(group: _Group, guesses: dict[str, dict[str, Guess]], found: list[str]) -> Iterator[str]:
    seen = group.seen
    yield ""
    yield shortened(f"  # {seen.name}: {', '.join(seen.header)}", _LONGEST_LINE)
    if not found:
        best = max(guesses, key=lambda name: (len(guesses[name]), -len(DATASETS[name].columns)))
        yield f"  # open: no dataset is sure for this file; {best} is the likeliest. Delete this feed where it is none."
        found = [best]
    for name in found:
        yield from _feed(group, DATASETS[name], guesses[name])


def _guesses(seen: Seen) -> dict[str, dict[str, Guess]]:
    return {name: guess_columns(seen, dataset) for name, dataset in DATASETS.items()}


def _feed(group: _Group, dataset: Dataset, guesses: dict[str, Guess]) -> Iterator[str]:
    seen = group.seen
    day = guess_day(seen, [guess.place for guess in guesses.values()])
    yield f"  - dataset: {dataset.name}"
    yield f"    files: {quoted(group.pattern)}"
    read = _read(seen, dataset, guesses, day)
    if read:
        yield f"    read: {{{', '.join(f'{key}: {value}' for key, value in read.items())}}}"
    yield from _day(group, dataset, day)
    yield "    columns:"
    for column in dataset.columns:
        yield from _column(seen, column, guesses.get(column.name), read)
    used = {guess.place for guess in guesses.values()} | ({day.place} if day else set())
    if left := [name for place, name in enumerate(seen.header) if name and place not in used]:
        yield f"    # headers that this feed does not use: {', '.join(left)}"
    yield from _rows(seen)


def _read(seen: Seen, dataset: Dataset, guesses: dict[str, Guess], day: Guess | None) -> dict[str, str]:
    read = {key: value if value.isdigit() else quoted(value) for key, value in seen.read.items()}
    numbers: list[str] = []
    empty: list[str] = []
    for column in dataset.columns:
        guess = guesses.get(column.name)
        if guess is None or column.type in (ColumnType.TEXT, ColumnType.BOOLEAN):
            continue
        values = seen.column(guess.place)
        empty += no_values(values)
        if column.type is not ColumnType.DATE:
            numbers += values
    decimal, thousands = guess_signs(numbers)
    if decimal != ".":
        read["decimal"] = quoted(decimal)
    if thousands is not None:
        read["thousands"] = quoted(thousands)
    if empty:
        read["empty_words"] = f"[{', '.join(map(quoted, dict.fromkeys(empty)))}]"
    return read


def _day(group: _Group, dataset: Dataset, day: Guess | None) -> Iterator[str]:
    seen = group.seen
    if day is not None and not (dataset.is_snapshot and len(set(seen.column(day.place))) > _MOST_OPEN * 12):
        part, doubt = _date_part(seen, day)
        yield f"    day: {{column: {_spec(day.header, part)}}}{_told(seen, day)}{doubt}"
        return
    for what, text in (("name", seen.name), ("folder", group.folder), ("path", seen.inside)):
        if (said := day_in(what, text)) is not None:
            yield f"    day: {{{said}}}"
            return
    changed = next((header for header in seen.header if plain(header) in _CHANGES), None)
    if dataset.is_snapshot and changed is not None:
        guess = Guess(seen.header.index(changed), changed, 1.0)
        column = f"{{from: {quoted(changed)}, {_date_part(seen, guess)[0]}}}"
        first = earliest(seen.column(guess.place)) or "YYYY-MM-DD"
        yield f"    # open: history: {{changed_on: {column}, first: {first}}}   # a log of changes; or:"
    yield "    # open: day: {name: true}   # no day is in the name; or leave it out and say `map run --day YYYY-MM-DD`"


def _column(seen: Seen, column: Column, guess: Guess | None, read: dict[str, str]) -> Iterator[str]:
    if guess is None:
        if not column.nullable:
            yield f"      # open: {column.name}: {_open(column)}   # {column.meaning}"
        return
    values = seen.column(guess.place)
    told = _told(seen, guess)
    if column.allowed:
        yield from _listed(column, guess, values, told)
    elif column.type is ColumnType.BOOLEAN:
        yield from _yes_or_no(column, guess, values, told)
    elif column.type is ColumnType.DATE:
        formats = guess_dates(values)
        if not formats and values:
            yield f"      # open: {column.name}: {_spec(guess.header, _SOME_DATE)}{told}"
        else:
            part, doubt = _date_part(seen, guess)
            yield f"      {column.name}: {_spec(guess.header, part)}{told}{doubt}"
    elif column.type is ColumnType.TEXT:
        # Ids of two exports have to be the same text; a space at the end is seen by nobody.
        yield f"      {column.name}: {_spec(guess.header, 'trim: true')}{told}"
    else:
        within = any(bare(value) != value for value in values)
        parts = [f"regex: {quoted(NUMBER_WITHIN)}", "number: true"] if within else ["number: true"]
        yield f"      {column.name}: {_spec(guess.header, *parts)}{told}"


def _listed(column: Column, guess: Guess, values: Sequence[str], told: str) -> Iterator[str]:
    found = {value: meant(column.name, value, column.allowed) for value in most_common(values)}
    if all(value == name for value, name in found.items()):
        yield f"      {column.name}: {_spec(guess.header, 'trim: true')}{told}"
        return
    yield f"      {column.name}:{told}"
    yield f"        from: {quoted(guess.header)}"
    if not any(found.values()):
        yield "        # fill in the values below; or have the table in a file beside this one:"
        yield "        #   lookup: {file: products.csv, key: Code, value: Product}"
    yield "        lookup:"
    yield "          ignore_case: true"
    yield "          values:"
    for value, name in found.items():
        if name is not None:
            yield f"            {quoted(value)}: {name}"
    for value, name in found.items():
        if name is None:
            yield f"            # open: {quoted(value)}:    # one of {', '.join(column.allowed)}"


def _yes_or_no(column: Column, guess: Guess, values: Sequence[str], told: str) -> Iterator[str]:
    true, false, unknown = words_of(values)
    if unknown:
        yes, no = (f"[{', '.join(map(quoted, words))}]" for words in (true, false))
        rest = ", ".join(map(quoted, unknown[:_MOST_OPEN]))
        part = f"boolean: {{true: {yes}, false: {no}}}"
        yield f"      # open: {column.name}: {_spec(guess.header, part)}   # which are true, and which false: {rest}"
        return
    usual = Words()
    if {word.lower() for word in true} <= {*usual.true} and {word.lower() for word in false} <= {*usual.false}:
        part = "boolean: true"
    else:
        yes, no = (
            ", ".join(map(quoted, words or [usual_word])) for words, usual_word in ((true, "yes"), (false, "no"))
        )
        part = f"boolean: {{true: [{yes}], false: [{no}]}}"
    yield f"      {column.name}: {_spec(guess.header, part)}{told}"


def _rows(seen: Seen) -> Iterator[str]:
    """A rule for rows of totals, where there are some."""
    if seen.totals is not None:
        header = quoted(seen.header[seen.totals])
        yield "    rows:"
        yield f"      drop: [{{name: totals, column: {header}, matches: {quoted(TOTALS)}}}]"


def _date_part(seen: Seen, guess: Guess) -> tuple[str, str]:
    """The operation, and a remark where the dates may be of another format as well."""
    formats = guess_dates(seen.column(guess.place))
    if not formats or formats[0] == "iso":
        return 'date: "%Y-%m-%d"', ""
    if seen.read.get("delimiter") == ";" and len(formats) > 1 and formats[0].startswith("%m"):
        formats = [*formats[1:], formats[0]]  # a European export
    return f"date: {quoted(formats[0])}", f"; or is it {quoted(formats[1])}?" if len(formats) > 1 else ""


def _spec(header: str, *parts: str) -> str:
    return f"{{from: {quoted(header)}{''.join(f', {part}' for part in parts)}}}"


def _told(seen: Seen, guess: Guess) -> str:
    values = [value[:_LONGEST] for value in most_common(seen.column(guess.place), _SAMPLES)]
    return f"   # {guess.likeness:.2f}: {', '.join(map(quoted, values)) or 'always empty'}"


def _open(column: Column) -> str:
    if column.type is ColumnType.BOOLEAN:
        return '{constant: "false"}'
    if column.allowed:
        return f"{{constant: {column.allowed[0]}}}"
    if column.type is not ColumnType.TEXT and column.minimum is not None:
        return f'{{constant: "{column.minimum}"}}'
    return '{constant: ""}'
