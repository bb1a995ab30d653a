"""What was alerted of: the conditions that stand, and the messages that wait to be sent, in `<home>/alerts.sqlite`.

Whoever observes says which kinds of conditions it looked at and when; what differs from the last observation is one
message. So several processes may look at the same home folder, in any order, and nothing is said twice.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from storage import versions
from storage.files.database import DatabaseFile
from storage.files.schemas import Opening, Schema

Kind = Literal["run", "partition", "freshness", "digest"]

_MOST_UNSENT = 100
"""A webhook that is gone for good must not let the file grow; the oldest messages are given up first."""

_TABLES = """
create table if not exists conditions (
    kind text not null,
    subject text not null,
    state text not null,
    message text not null,
    ended text not null,
    since text not null,
    primary key (kind, subject)
) without rowid;
create table if not exists observed (
    kind text not null primary key,
    observed_at text not null
) without rowid;
create table if not exists unsent (
    id integer primary key autoincrement,
    changes text not null,
    created_at text not null,
    claimed_until text not null
)
"""
SCHEMA = Schema(versions.ALERTS, _TABLES)


@dataclass(frozen=True)
class Condition:
    """Something that is wrong now."""

    kind: Kind
    subject: str
    """What of: unique among the conditions of the kind."""
    state: str
    """What makes it another problem: a condition with the state that is known is no news."""
    message: str
    """One line for a person."""
    ended: str
    """One line for when it is over."""


@dataclass(frozen=True)
class Change:
    """A condition that began, became another one, or ended, in one line."""

    change: Literal["problem", "recovered"]
    kind: str
    subject: str
    message: str


@dataclass(frozen=True)
class Unsent:
    """A message that waits: the changes of one observation."""

    number: int
    changes: tuple[Change, ...]
    created_at: datetime


class AlertLog(DatabaseFile):
    """The alerts of a home folder, `Home.alerts`; each method is one transaction."""

    def __init__(self, path: Path, opening: Opening = "write") -> None:
        super().__init__(path, SCHEMA, opening)

    def observe(self, kinds: Collection[Kind], conditions: Iterable[Condition], at: datetime) -> list[Change]:
        """Take the conditions as all that stand of these kinds; what changed is put with the unsent messages.

        A kind that was observed later than `at` already is left as it is.
        """
        found = {(condition.kind, condition.subject): condition for condition in conditions}
        now = _text(at)
        with self.transaction() as connection:
            seen = dict(connection.execute("select kind, observed_at from observed").fetchall())
            kinds = [kind for kind in kinds if seen.get(kind, "") <= now]
            known = {
                (row["kind"], row["subject"]): row
                for row in connection.execute("select kind, subject, state, ended from conditions").fetchall()
                if row["kind"] in kinds
            }
            begun = [
                condition
                for key, condition in found.items()
                if condition.kind in kinds and (key not in known or known[key]["state"] != condition.state)
            ]
            over = [row for key, row in known.items() if key not in found]
            connection.executemany(
                "insert or replace into conditions (kind, subject, state, message, ended, since)"
                " values (?, ?, ?, ?, ?, ?)",
                [(one.kind, one.subject, one.state, one.message, one.ended, now) for one in begun],
            )
            connection.executemany(
                "delete from conditions where kind = ? and subject = ?", [(row["kind"], row["subject"]) for row in over]
            )
            connection.executemany(
                "insert or replace into observed (kind, observed_at) values (?, ?)", [(kind, now) for kind in kinds]
            )
            changes = [Change("problem", one.kind, one.subject, one.message) for one in begun]
            changes += [Change("recovered", row["kind"], row["subject"], row["ended"]) for row in over]
            if changes:
                connection.execute(
                    "insert into unsent (changes, created_at, claimed_until) values (?, ?, '')",
                    [json.dumps([asdict(change) for change in changes], ensure_ascii=False), now],
                )
                connection.execute("delete from unsent where id <= (select max(id) from unsent) - ?", [_MOST_UNSENT])
        return changes

    def claim(self, now: datetime, seconds: float) -> Unsent | None:
        """The oldest unsent message, for this process alone for some seconds; None when there is none to be had.

        Who finds it claimed leaves all others too: whoever has it goes on with them.
        """
        with self.transaction() as connection:
            row = connection.execute(
                "select id, changes, created_at, claimed_until from unsent order by id limit 1"
            ).fetchone()
            if row is None or row["claimed_until"] > _text(now):
                return None
            until = _text(now + timedelta(seconds=seconds))
            connection.execute("update unsent set claimed_until = ? where id = ?", [until, row["id"]])
        changes = tuple(Change(**change) for change in json.loads(row["changes"]))
        return Unsent(row["id"], changes, datetime.fromisoformat(row["created_at"]))

    def sent(self, message: Unsent) -> None:
        """The message arrived."""
        with self.transaction() as connection:
            connection.execute("delete from unsent where id = ?", [message.number])

    def give_back(self, message: Unsent) -> None:
        """The message did not arrive, and waits for the next attempt."""
        with self.transaction() as connection:
            connection.execute("update unsent set claimed_until = '' where id = ?", [message.number])

    def standing(self) -> list[tuple[datetime, str]]:
        """The conditions that stand, since when (UTC) and in one line, oldest first."""
        rows = self.connection.execute("select since, message from conditions order by since, kind, subject")
        return [(datetime.fromisoformat(row["since"]), row["message"]) for row in rows]

    def standing_kinds(self) -> set[str]:
        """The kinds of the conditions that stand."""
        return {row["kind"] for row in self.connection.execute("select distinct kind from conditions")}

    def waiting(self) -> int:
        """How many messages wait to be sent."""
        (count,) = self.connection.execute("select count(*) from unsent").fetchone()
        return int(count)


def _text(when: datetime) -> str:
    """A time as text that sorts by time."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")
