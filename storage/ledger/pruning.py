"""Pruning the ledger: what it knows of pruned partitions and as-of days goes, and a horizon stays."""

from collections.abc import Mapping
from datetime import date

from planning.look_back import MARTS
from storage.ledger import acceptances, accounts, check_results, partitions, refusals
from storage.ledger.file import LedgerFile
from storage.ledger.horizons import raise_horizon


def advance(ledger: LedgerFile, kept_from: Mapping[str, date]) -> None:
    """Prune partitions before these days from the ledger, and record so; a horizon never goes back.

    Args:
        kept_from: the first kept day, by dataset or `MARTS`.
    """
    with ledger.transaction() as connection:
        for kind, day in kept_from.items():
            raise_horizon(connection, kind, day)
            if kind == MARTS:
                check_results.delete_of_models_before(connection, day)
                acceptances.delete_before(connection, day)
                continue
            partitions.delete_before(connection, kind, day)
            refusals.delete_before(connection, kind, day)
            accounts.delete_before(connection, kind, day)
            check_results.delete_of_partitions_before(connection, kind, day)
