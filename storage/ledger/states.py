"""What the ledger knows, as planning takes it: the states of partitions, what days are made from, which are stale."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from expectations.contract import DATASETS
from planning.buildable import PartitionStates
from planning.inputs import Inputs
from planning.records import PartitionRecord, RefusalRecord
from planning.staleness import stale_published_days
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.holds import held_partitions
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.ledger.open_erasures import erases_customers


def partition_states(
    ledger: Ledger, first: date | None = None, last: date | None = None, published: Collection[date] = ()
) -> PartitionStates:
    """The states of the partitions of first..last.

    A refused partition counts as refused, whatever the lake holds; so does one that a failed check holds.

    Args:
        published: the published as-of days, which keep their rows once something that they look back on was pruned.
    """
    records, refusals = ledger.partitions(first=first, last=last), ledger.refusals(first=first, last=last)
    return _states(ledger, records, refusals, held_partitions(ledger, first, last), published)


def read_inputs(
    ledger: Ledger, first: date | None = None, last: date | None = None, published: Collection[date] = ()
) -> Inputs:
    """The ledger's partitions of first..last; `published` as in `partition_states`."""
    records, refusals = ledger.partitions(first=first, last=last), ledger.refusals(first=first, last=last)
    changed_at = {(record.dataset, record.partition_date): record.ingested_at for record in records}
    for refusal in refusals:
        changed_at[refusal.dataset, refusal.partition_date] = refusal.refused_at
    return Inputs(
        _states(ledger, records, refusals, held_partitions(ledger, first, last), published),
        {(record.dataset, record.partition_date): record.content_hash for record in records},
        changed_at,
    )


def _states(
    ledger: Ledger,
    records: Sequence[PartitionRecord],
    refusals: Sequence[RefusalRecord],
    failing: Mapping[tuple[str, date], str],
    published: Collection[date],
) -> PartitionStates:
    states: dict[str, dict[date, frozenset[str] | None]] = {name: {} for name in DATASETS}
    for record in records:
        states[record.dataset][record.partition_date] = frozenset(record.partners)
    for refusal in refusals:
        states[refusal.dataset][refusal.partition_date] = None
    held = {}
    for (dataset, day), cause in failing.items():
        if states[dataset].get(day) is not None:
            states[dataset][day] = None
            held[dataset, day] = cause.partition(":")[0]
    return PartitionStates(states, horizons(ledger), held, published)


def find_stale_days(
    ledger: Ledger,
    published: frozenset[date],
    published_at: datetime | None,
    rules: Mapping[str, str],
    max_age: int,
    provisional: date | None = None,
) -> dict[date, str]:
    """The published days that would come out differently now, as the ledger is (`stale_published_days`).

    While a customer is erased no day keeps its rows for want of a look-back: one that counts it is built again.
    """
    kept = frozenset[date]() if erases_customers(ledger) else published
    records, inputs = AsOfDays(ledger).records(), read_inputs(ledger, published=kept)
    return stale_published_days(records, inputs, published, published_at, rules, max_age, provisional)
