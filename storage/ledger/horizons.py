"""What was pruned: for each dataset, and for the marts, the first day that was kept.

Recorded where the pruning happened, so that it holds when the settings change: what is gone stays gone, and no as-of
day is built from what is left of its look-back.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from planning.look_back import MARTS

if TYPE_CHECKING:
    from storage.ledger.ledger import Ledger


def horizons(ledger: "Ledger") -> dict[str, date]:
    """The first kept day of whatever was pruned, by dataset or `MARTS`."""
    rows = ledger.connection.execute("select kind, kept_from from pruned")
    return {row["kind"]: date.fromisoformat(row["kept_from"]) for row in rows}


def advance(ledger: "Ledger", kept_from: Mapping[str, date]) -> None:
    """Prune partitions before these days from the ledger, and record so; a horizon never goes back."""
    with ledger.transaction() as connection:
        for kind, day in kept_from.items():
            connection.execute(
                "insert into pruned values (?, ?)"
                " on conflict (kind) do update set kept_from = max(kept_from, excluded.kept_from)",
                [kind, day.isoformat()],
            )
            for table in ("partitions", "refusals", "accounts"):
                connection.execute(
                    f"delete from {table} where dataset = ? and partition_date < ?", [kind, day.isoformat()]
                )
            connection.execute(
                "delete from check_results where asset = ? and first_date < ?", [f"raw/{kind}", day.isoformat()]
            )
            if kind == MARTS:
                connection.execute(
                    "delete from check_results where asset not like 'raw/%' and last_date < ?", [day.isoformat()]
                )
                connection.execute("delete from accepted_days where as_of_date < ?", [day.isoformat()])
