"""The same portfolio as landing files: what a partner who exports it would deliver, in the raw contract."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from sources.simulator.webex.answers import Answers, Row, Terms
from sources.simulator.webex.world import World
from sources.simulator.writing import write_partition

_TYPES = {
    "total_licenses": pa.int64(),
    "assigned_licenses": pa.int64(),
    "activity_count": pa.int64(),
}
_COLUMNS = {
    "license_assignments": (
        *("partner_id", "customer_id", "subscription_id", "product", "license_code", "license_name"),
        *("total_licenses", "assigned_licenses"),
    ),
    "license_usage": ("partner_id", "customer_id", "subscription_id", "product", "user_id", "activity_count"),
}


def write_snapshots(world: World, answers: Answers, landing: Path, day: date) -> None:
    """Write the three snapshots of a day: the simulator's customers and subscriptions, and the licences of Webex."""
    write_partition(landing, "customers", day, world.customers_table(day), "csv")
    write_partition(landing, "subscriptions", day, world.subscriptions_table(day), "csv")
    _write(landing, "license_assignments", day, answers.license_assignments(day))


def write_usage(answers: Answers, landing: Path, day: date, reads: Sequence[datetime]) -> None:
    """Write the usage of a day, as it is known after these times."""
    _write(landing, "license_usage", day, answers.license_usage(day, reads))


def _write(landing: Path, dataset: str, day: date, rows: Sequence[Row]) -> None:
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _COLUMNS[dataset]])
    write_partition(landing, dataset, day, pa.Table.from_pylist(list(rows), schema=schema), "csv")


def write_contract_file(file: Path, contract: Mapping[str, Terms]) -> None:
    """Write a contract file: dates, renewal and status of each subscription, an empty field where nothing is known."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["subscription_id", "start_date", "end_date", "auto_renew", "status"])
        for subscription_id, terms in contract.items():
            renews = "" if terms.auto_renew is None else str(terms.auto_renew).lower()
            writer.writerow([subscription_id, terms.start_date, terms.end_date, renews, terms.status])
