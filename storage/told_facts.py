"""What alert rules told of, in `<home>/told.sqlite`: to whom, which facts, and when last.

A fact is a hash, and so is whom it was told to: nobody's name, id or address is in the file. A fact that the marts have
shown within a week is known, and told no second time; one that comes back after that is news again.
"""

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

from expectations.windows import WEEKLY_CHANGE_DAYS
from storage import versions
from storage.files.database import DatabaseFile
from storage.files.schemas import Opening, Schema

KNOWN_DAYS = WEEKLY_CHANGE_DAYS
"""As-of days after which a fact that was not seen is news again: a change shows on as many."""
_TABLES = """
create table if not exists facts (
    listener text not null,
    fact text not null,
    last_seen text not null,
    primary key (listener, fact)
) without rowid;
create table if not exists messages (
    listener text not null primary key,
    sent_on text not null
) without rowid
"""
SCHEMA = Schema(versions.TOLD_FACTS, _TABLES)


class ToldFacts(DatabaseFile):
    """The told facts of a home folder, `Home.told_facts`; each method is one transaction."""

    def __init__(self, path: Path, opening: Opening = "write") -> None:
        super().__init__(path, SCHEMA, opening)

    def known(self, listener: str, day: date) -> set[str]:
        """The facts that a listener was told of, and that were seen in the week up to an as-of date."""
        since = str(day - timedelta(days=KNOWN_DAYS))
        found = self.connection.execute(
            "select fact from facts where listener = ? and last_seen >= ?", [listener, since]
        ).fetchall()
        return {row["fact"] for row in found}

    def had_message(self, listener: str, today: date) -> bool:
        """Whether the listener had a message on a calendar day."""
        found = self.connection.execute("select sent_on from messages where listener = ?", [listener]).fetchone()
        return found is not None and found["sent_on"] == str(today)

    def seen(self, listener: str, facts: Collection[str], day: date) -> None:
        """Facts that the listener knows show on an as-of date still."""
        with self.transaction() as connection:
            connection.executemany(
                "update facts set last_seen = max(last_seen, ?) where listener = ? and fact = ?",
                [(str(day), listener, fact) for fact in facts],
            )

    def told(self, listener: str, facts: Collection[str], day: date, today: date) -> None:
        """The listener was sent a message on a calendar day, with these facts of an as-of date; old ones go."""
        with self.transaction() as connection:
            connection.executemany(
                "insert or replace into facts (listener, fact, last_seen) values (?, ?, ?)",
                [(listener, fact, str(day)) for fact in facts],
            )
            connection.execute(
                "insert or replace into messages (listener, sent_on) values (?, ?)", [listener, str(today)]
            )
            connection.execute(
                "delete from facts where listener = ? and last_seen < ?",
                [listener, str(day - timedelta(days=KNOWN_DAYS))],
            )
