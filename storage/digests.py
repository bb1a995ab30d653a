"""Which digests were sent: of each week to whom, in `<home>/digests.sqlite`.

Nobody's name or address is in the file: whom a digest went to is a hash. A digest is claimed before it is handed over,
and noted as sent afterwards. What was claimed by a process that has ended meanwhile may have arrived or not.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from storage import versions
from storage.files.database import DatabaseFile
from storage.files.schemas import Opening, Schema

_KEPT = timedelta(days=400)
"""How long a week is remembered: nobody sends older ones by mistake, and the file stays small."""
_TABLES = """
create table if not exists digests (
    week text not null,
    recipient text not null,
    state text not null,
    changed_at text not null,
    primary key (week, recipient)
) without rowid
"""
SCHEMA = Schema(versions.DIGESTS, _TABLES)

State = Literal["claimed", "sent"]


@dataclass(frozen=True)
class SentDigests:
    """What is known of a week's digests, by recipient as hashes."""

    sent: frozenset[str]
    claimed: frozenset[str]
    """Handed over, perhaps: whoever claimed them did not say how that ended."""


class DigestLog(DatabaseFile):
    """The sent digests of a home folder, `Home.digests`; each method is one transaction."""

    def __init__(self, path: Path, opening: Opening = "write") -> None:
        super().__init__(path, SCHEMA, opening)
        self.connection.execute("pragma synchronous = full")  # a claim has to outlast a power cut

    def of_week(self, week: str) -> SentDigests:
        """What is known of a week, such as `2026-W48`."""
        rows = self.connection.execute("select recipient, state from digests where week = ?", [week]).fetchall()
        return SentDigests(
            frozenset(row["recipient"] for row in rows if row["state"] == "sent"),
            frozenset(row["recipient"] for row in rows if row["state"] == "claimed"),
        )

    def claim(self, week: str, recipient: str, at: datetime) -> None:
        """Note that a digest is handed over from now on; what is older than a year is forgotten."""
        self._note(week, recipient, "claimed", at)

    def sent(self, week: str, recipient: str, at: datetime) -> None:
        """Note that the mail server has taken a digest."""
        self._note(week, recipient, "sent", at)

    def give_back(self, week: str, recipient: str) -> None:
        """Forget a claim: the digest was not taken."""
        with self.transaction() as connection:
            connection.execute(
                "delete from digests where week = ? and recipient = ? and state = 'claimed'", [week, recipient]
            )

    def _note(self, week: str, recipient: str, state: State, at: datetime) -> None:
        with self.transaction() as connection:
            connection.execute(
                "insert or replace into digests (week, recipient, state, changed_at) values (?, ?, ?, ?)",
                [week, recipient, state, at.astimezone(UTC).isoformat(timespec="seconds")],
            )
            connection.execute("delete from digests where week < ? and week <> ?", [week_of(at.date() - _KEPT), week])


def week_of(day: date) -> str:
    """The ISO week of a day, as text that sorts by time: `2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
