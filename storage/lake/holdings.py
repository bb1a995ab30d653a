"""What is left of partitions, in ledger and lake together: what pruning has to know."""

from collections.abc import Mapping
from datetime import date

from expectations.contract import DATASETS
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger


def known_days(ledger: Ledger, lake: Lake) -> dict[str, set[date]]:
    """The partitions, by dataset, that have a record, a refusal or a file in the lake."""
    known = {name: set(lake.days(dataset)) for name, dataset in DATASETS.items()}
    for record in ledger.partitions():
        known[record.dataset].add(record.partition_date)
    for refusal in ledger.refusals():
        known[refusal.dataset].add(refusal.partition_date)
    return known


def still_quarantined(lake: Lake, partitions: Mapping[str, list[date]]) -> dict[str, list[date]]:
    """Those of the partitions of which the lake still holds quarantined rows."""
    held = {
        name: [day for day in days if lake.holds_quarantined(DATASETS[name], day)] for name, days in partitions.items()
    }
    return {name: days for name, days in held.items() if days}
