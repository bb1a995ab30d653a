"""What Webex does not say of a subscription: its start, its end, whether it renews itself, and its status."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from expectations.contract import STATUSES
from sources.errors import SourceError
from sources.webex.tables import rows_of

COLUMNS = ("subscription_id", "start_date", "end_date", "auto_renew", "status")
_SETTING = "PORTFOLIO_WEBEX_CONTRACT_FILE"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Terms:
    """What is known of a subscription; None for what is not."""

    start_date: date | None = None
    end_date: date | None = None
    auto_renew: bool | None = None
    status: str | None = None


UNKNOWN = Terms()


def read_terms(file: Path | None) -> Mapping[str, Terms]:
    """The terms of the contract file, by subscription.

    Raises:
        SourceError: the file can't be used; the message names the line.
    """
    found: dict[str, Terms] = {}
    for line, row in rows_of(file, _SETTING, COLUMNS) if file is not None else ():
        where = f"{_SETTING}={file}, line {line}"
        subscription = row["subscription_id"]
        if not subscription:
            raise SourceError(f"{where}: subscription_id is empty")
        if subscription in found:
            raise SourceError(f"{where}: subscription {subscription} was there before; keep one line of it")
        terms = Terms(
            _date(row["start_date"], f"{where}: start_date"),
            _date(row["end_date"], f"{where}: end_date"),
            _boolean(row["auto_renew"], f"{where}: auto_renew"),
            _status(row["status"], f"{where}: status"),
        )
        if terms.start_date and terms.end_date and terms.end_date < terms.start_date:
            raise SourceError(f"{where}: end_date {terms.end_date} is before start_date {terms.start_date}")
        found[subscription] = terms
    return found


def _date(text: str, where: str) -> date | None:
    if not text:
        return None
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise SourceError(f"{where} must be a date YYYY-MM-DD, or empty where it is unknown")


def _boolean(text: str, where: str) -> bool | None:
    if not text:
        return None
    if text.lower() not in BOOLEANS:
        raise SourceError(f"{where} must be true or false, or empty where it is unknown")
    return BOOLEANS[text.lower()]


def _status(text: str, where: str) -> str | None:
    if text and text not in STATUSES:
        raise SourceError(f"{where} must be one of {', '.join(STATUSES)}, or empty where it is unknown")
    return text or None
