"""What a setting's value must be beyond its type, and how a list is read from one line.

Each function takes the value and gives it back, read where it is a list. A ValueError says what the value must be; the
variable's name is put before it.
"""

import grp
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationInfo

from pipelines.hosts import host_names
from planning.days import EARLIEST_AS_OF_DATE
from planning.look_back import snapshot_look_back_days
from sources.readers.limits import size_in_bytes

_SHORTEST_HASH_KEY = 16
_LARGEST_SIZE = 1 << 50  # DuckDB takes not much more
_FIRST_YEAR, _LAST_YEAR = 1970, 2199  # look-backs and ages count days from a time, and there must be such days
_LARGEST_RECORD = 1 << 30  # a record is parsed in one piece, of which 2 GB is the most


def folder(value: Any) -> Any:
    """A folder is named."""
    if isinstance(value, str) and not value.strip():  # a Path of it would be the current folder
        raise ValueError("names no folder")
    return value


def group(value: str | None) -> str | None:
    """This machine has the group."""
    if value is not None:
        try:
            grp.getgrnam(value)
        except (KeyError, ValueError):
            raise ValueError("there is no such group on this machine; make it, or name another one") from None
    return value


def sql_name(value: str | None) -> str | None:
    """A name that every catalog takes as it is."""
    if value is not None and not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", value):
        raise ValueError("must be a name in lower case, such as portfolio: letters, digits and _")
    return value


def numbers(value: Any) -> Any:
    """Comma-separated numbers, as their texts."""
    return value.split(",") if isinstance(value, str) else value


def rising(value: tuple[int, ...]) -> tuple[int, ...]:
    """Whole numbers from 1 up, each above the one before."""
    if any(edge < 1 for edge in value) or list(value) != sorted(set(value)):
        raise ValueError("must be whole numbers from 1 up, rising, such as 25,100,500,2000")
    return value


def hosts(value: Any) -> Any:
    """Comma-separated host names."""
    return host_names(value) if isinstance(value, str) else value


def size(value: str) -> str:
    """A size in bytes, such as 800MB."""
    if size_in_bytes(value) > _LARGEST_SIZE:
        raise ValueError("must be 1024TB or less")
    return value


def record_size(value: str) -> str:
    """A record of this size can be parsed."""
    if size_in_bytes(value) > _LARGEST_RECORD:
        raise ValueError("must be 1GB or less")
    return value


def kept_snapshots(value: int | None, info: ValidationInfo) -> int | None:
    """Days that reach as far as the newest as-of date looks back."""
    look_back = snapshot_look_back_days(info.data.get("max_snapshot_age_days", 0))
    if value is not None and value < look_back:
        raise ValueError(f"must be {look_back} or more: the newest day looks back so far")
    return value


def first_date(value: date) -> date:
    """A date that partitions reach."""
    if value < EARLIEST_AS_OF_DATE:
        raise ValueError(f"must not be before {EARLIEST_AS_OF_DATE}, the first date that partitions reach")
    return value


def moment(value: datetime | None) -> datetime | None:
    """A time; one without a zone is UTC."""
    if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must be a time of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def web_base(value: str) -> str:
    """An address that paths are put behind."""
    if not re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w./-]*)?", value):
        raise ValueError("must be an address such as https://webexapis.com/v1, without user, password or parameters")
    return value.rstrip("/")


def receiver(value: SecretStr | None) -> SecretStr | None:
    """An address that an endpoint is put behind; nothing of it may show in what is wrong with it."""
    if value is not None and not re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w./-]*)?", value.get_secret_value()):
        raise ValueError("must be an address such as https://lineage.example.com, without user, password or parameters")
    return value


def named_file(value: Any) -> Any:
    """A file is named; `~` is the home of whoever runs this."""
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("names no file")
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise ValueError("begins with the folder of a user that is not known here") from None
    return value


def header_text(value: SecretStr | None) -> SecretStr | None:
    """A secret that can stand in a request."""
    if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("must be one word of ASCII letters, digits and signs, without white space")
    return value


def hash_key(value: SecretStr | None) -> SecretStr | None:
    """A key that is not too short."""
    if value is not None and len(value.get_secret_value()) < _SHORTEST_HASH_KEY:
        raise ValueError(f"must have {_SHORTEST_HASH_KEY} characters or more")
    return value


def webhook(value: SecretStr | None) -> SecretStr | None:
    """An address of the web; nothing of it may show in what is wrong with it."""
    if value is not None and not re.fullmatch(r"https?://[\w.-]+(:\d+)?([/?][!-~]*)?", value.get_secret_value()):
        raise ValueError("must be an address such as https://host/path, without user, password or white space")
    return value


def host_name(value: str | None) -> str | None:
    """A host by its name or number, and nothing else."""
    if value is not None and not re.fullmatch(r"[\w.-]+|[0-9A-Fa-f:.]+", value):
        raise ValueError("must be a host, such as mail.example.com; the port is a setting of its own")
    return value


def sender(value: str | None) -> str | None:
    """An address that mail can come from, with a name before it or without."""
    if value is not None:
        from pipelines.mail_addresses import read_mailbox  # the library of headers takes a while to load

        read_mailbox(value)
    return value


def dsn(value: SecretStr | None) -> SecretStr | None:
    """A database is named."""
    if value is not None and not value.get_secret_value().strip():
        raise ValueError("names no database; unset it, or give postgresql://user:password@host/database")
    return value
