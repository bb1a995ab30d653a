"""The file of who gets the digest: lines of an owner, an address, and perhaps a partner."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.base_settings import SettingsError
from pipelines.mail_addresses import read_address

_COLUMNS = ("owner", "email", "partner")
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Recipient:
    """A line of the file; the address shows in no representation."""

    line: int
    owner: str
    """Whose customers the letter is about; all when empty."""
    email: str = field(repr=False)
    partner: str = ""
    """At which partner; all when empty."""

    @property
    def key(self) -> str:
        """A hash that stands for the recipient, from which nobody's name or address can be read."""
        facts = "\n".join((self.owner, self.email.casefold(), self.partner))
        return hashlib.sha256(facts.encode()).hexdigest()

    @property
    def name(self) -> str:
        """What the recipient is called in reports: by its line, without the address."""
        return f"line {self.line}" + (f" (owner {self.owner})" if self.owner else "")


@dataclass(frozen=True)
class RecipientFile:
    """What the file holds: recipients, each once, and a line for each of its lines that can't be used."""

    recipients: Sequence[Recipient]
    problems: Sequence[str]


def read_recipients(path: Path) -> RecipientFile:
    """The recipients of a CSV file: `owner,email` or `owner,email,partner`, with these headers or without.

    Raises:
        SettingsError: the file can't be read as CSV.
    """
    where = f"PORTFOLIO_DIGEST_RECIPIENTS={path}"
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SettingsError(f"{where} is larger than {_LARGEST >> 20} MB")
        lines = list(_lines(content.decode("utf-8-sig")))
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is not UTF-8") from None
    except csv.Error as error:
        raise SettingsError(f"{where} is no CSV: {error}") from None
    header = [name.casefold() for name in lines[0][1]] if lines else []
    columns: Sequence[str] = _COLUMNS
    if "email" in header:
        columns, lines = header, lines[1:]
        if unknown := sorted({*columns} - {*_COLUMNS}):
            raise SettingsError(f"{where} has a column {unknown[0]!r}; its columns are owner, email and partner")
        if "owner" not in columns or len(set(columns)) < len(columns):
            raise SettingsError(f"{where} needs the columns owner and email, each once")
    return _read(path.name, columns, lines)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The values of each line that has any, by the number that an editor shows it at."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    for values in reader:
        number, before = before + 1, reader.line_num
        stripped = [value.strip() for value in values]
        if any(stripped):
            yield number, stripped


def _read(name: str, columns: Sequence[str], lines: Sequence[tuple[int, list[str]]]) -> RecipientFile:
    found: dict[str, Recipient] = {}
    problems = []
    for number, values in lines:
        if len(values) > len(columns) or len(values) < 2:
            expected = ", ".join(columns) if "email" in columns[:2] else "owner, email"
            problems.append(f"{name} line {number}: has {len(values)} values; expected are {expected}")
            continue
        given = dict(zip(columns, values, strict=False))
        try:
            address = read_address(given.get("email", ""))
        except ValueError as error:
            problems.append(f"{name} line {number}: email {error}")
            continue
        recipient = Recipient(number, given.get("owner", ""), address, given.get("partner", ""))
        found.setdefault(recipient.key, recipient)
    return RecipientFile(list(found.values()), problems)
