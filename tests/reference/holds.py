"""Snapshots that lost too much since the one before: they count as refused. By the rule in words, row by row.

Only what holds small partners: three customers, subscriptions or licences gone, and half of them.
"""

from datetime import date

from .contract import CUSTOMERS, LICENSE_ASSIGNMENTS, SNAPSHOTS, SUBSCRIPTIONS, Dataset
from .raw import LOADED, REFUSED, Landing, Partition, Row, days

FEW = 3
DAYS = 4
"""Earlier snapshots of the partner that are needed to judge by."""
_KEYS = {CUSTOMERS.name: "customer_id", SUBSCRIPTIONS.name: "subscription_id"}


def hold_losses(landing: Landing, first: date, last: date) -> None:
    """Refuse the snapshots of first..last that lost too much; each is compared with the last good one."""
    for dataset in SNAPSHOTS:
        good: list[Partition] = []
        for day in days(first, last):
            partition = landing.partition(dataset, day)
            if partition.state != LOADED:
                continue
            if any(
                _lost(dataset, partner, partition, good) for partner in {row["partner_id"] for row in partition.rows}
            ):
                partition.state, partition.rows = REFUSED, []
            else:
                good.append(partition)


def _lost(dataset: Dataset, partner: object, partition: Partition, good: list[Partition]) -> bool:
    history = [rows for earlier in good if (rows := _of(partner, earlier))]
    if len(history) < DAYS:
        return False
    now, before = _of(partner, partition), history[-1]
    if dataset == LICENSE_ASSIGNMENTS:
        total, assigned = (sum(row[name] for row in before) for name in ("total_licenses", "assigned_licenses"))
        gone = total - sum(row["total_licenses"] for row in now)
        none_left = total > 0 and assigned >= FEW and not sum(row["assigned_licenses"] for row in now)
        return none_left or (gone >= FEW and 2 * gone >= total)
    key = _KEYS[dataset.name]
    gone = len({row[key] for row in before} - {row[key] for row in now})
    return gone >= FEW and 2 * gone >= len(before)


def _of(partner: object, partition: Partition) -> list[Row]:
    return [row for row in partition.rows if row["partner_id"] == partner]
