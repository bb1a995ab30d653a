"""Taking somebody out of the results of checks: sample rows that name them go, and so do words of people that do."""

import re
from collections.abc import Collection

from storage.ledger.acceptances import rewrite_reasons
from storage.ledger.check_results import rewrite_words
from storage.ledger.file import LedgerFile
from storage.ledger.recorded_checks import Words

ERASED = "(erased)"


def erase_from_checks(ledger: LedgerFile, names: Collection[str]) -> int:
    """Leave no sample row with one of the names as a value, and no message or reason that has one as a word.

    Args:
        names: of the customers and of their subscriptions, as samples show them.

    Returns:
        How many results and acceptances changed.
    """
    if not names:
        return 0
    word = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names)))

    def without(text: str) -> str:
        return ERASED if word.search(text) else text

    def without_them(words: Words) -> Words:
        shown = [row for row in words.sample if not any(_names(value, names, word) for value in row.values())]
        reason = words.accepted_reason
        return Words(shown, without(words.message), reason and without(reason))

    with ledger.transaction() as connection:
        return rewrite_words(connection, without_them) + rewrite_reasons(connection, without)


def _names(value: str, names: Collection[str], word: re.Pattern[str]) -> bool:
    return value in names or word.search(value) is not None
