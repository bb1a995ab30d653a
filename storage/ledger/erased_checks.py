"""Taking somebody out of the results of checks: sample rows that name them go, and so do words of people that do."""

import json
import re
from collections.abc import Collection

from storage.ledger.ledger import Ledger

ERASED = "(erased)"


def erase_from_checks(ledger: Ledger, names: Collection[str]) -> int:
    """Leave no sample row with one of the names as a value, and no message or reason that has one as a word.

    Args:
        names: of the customers and of their subscriptions, as samples show them.

    Returns:
        How many results and acceptances changed.
    """
    if not names:
        return 0
    word = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names)))
    changed = 0
    with ledger.transaction() as connection:
        keys = ("asset", "check_name", "first_date", "last_date", "partner_id")
        found = connection.execute(f"select {', '.join(keys)}, sample, message, accepted_reason from check_results")
        for row in found.fetchall():
            sample = json.loads(row["sample"])
            kept = [shown for shown in sample if not any(_names(value, names, word) for value in shown.values())]
            message, reason = _without(row["message"], word), _without(row["accepted_reason"], word)
            if (kept, message, reason) != (sample, row["message"], row["accepted_reason"]):
                changed += connection.execute(
                    "update check_results set sample = ?, message = ?, accepted_reason = ?"
                    f" where {' and '.join(f'{key} = ?' for key in keys)}",
                    [json.dumps(kept, ensure_ascii=False), message, reason, *(row[key] for key in keys)],
                ).rowcount
        for row in connection.execute("select check_name, as_of_date, reason from accepted_days").fetchall():
            if word.search(row["reason"]):
                changed += connection.execute(
                    "update accepted_days set reason = ? where check_name = ? and as_of_date = ?",
                    [ERASED, row["check_name"], row["as_of_date"]],
                ).rowcount
    return changed


def _names(value: str, names: Collection[str], word: re.Pattern[str]) -> bool:
    return value in names or word.search(value) is not None


def _without(text: str | None, word: re.Pattern[str]) -> str | None:
    return ERASED if text is not None and word.search(text) else text
