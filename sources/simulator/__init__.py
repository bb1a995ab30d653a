"""A believable partner, simulated: landing folders in the raw contract, for demos, tests and benchmarks.

A day's files depend on the seed, the number of customers and of partners, and the seats; not on the range that is
asked for, nor on the clock. So a later run with the same arguments continues an earlier one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from expectations.contract import CONTROL_TOTALS
from sources.simulator import days
from sources.simulator.control import control_totals
from sources.simulator.eventful import eventful
from sources.simulator.portfolio import FIRST_DAY, customers_between
from sources.simulator.snapshots import History
from sources.simulator.terms import Terms
from sources.simulator.usage import UsageModel
from sources.simulator.writing import FORMATS, write_partition

__all__ = ["FIRST_DAY", "FORMATS", "LAST_DAY", "BackwardRangeError", "Simulated", "SimulationError", "simulate"]

LAST_DAY = date(2099, 12, 31)


class SimulationError(ValueError):
    """An argument that can't be simulated; the message is one line that says what to change."""


class BackwardRangeError(SimulationError):
    """The first day is after the last one."""


@dataclass(frozen=True)
class Simulated:
    """What a simulation wrote."""

    days: int
    customers: int
    """Customers seen on any of the days."""
    usage_rows: int
    bytes_written: int


def simulate(
    landing: Path,
    first: date,
    last: date,
    *,
    customers: int,
    seed: int,
    partners: int = 1,
    seats: int | None = None,
    file_format: str = "csv",
    overwrite: bool = False,
    with_terms: bool = True,
    with_control_totals: bool = False,
    with_events: bool = False,
    usage_from: date | None = None,
    on_day: Callable[[date], None] | None = None,
) -> Simulated:
    """Write the datasets of every day from `first` to `last` (both included) into `landing`.

    `customers` is about how many the partners together manage on any day, `seats` about how many Meetings and Calling
    licences they have bought (unscaled when None). `overwrite` allows a folder that is not empty: the range's
    partitions are replaced, others stay. `with_terms` also writes the two optional datasets, which changes nothing of
    the others; `with_control_totals` also writes what each partner's files hold. `with_events` tells of more that a
    partner has to look after (see `eventful`), in all datasets. Usage is written from `usage_from` on, and the same
    whatever that is. `on_day` is called when a day is
    complete. Raises SimulationError for arguments that can't be simulated, before anything is written, and OSError when
    writing fails.
    """
    _check(landing, first, last, customers, seed, partners, seats, file_format, overwrite)
    used_from = max(usage_from or first, first)
    if used_from > last:
        raise SimulationError(f"usage from {used_from} on is none: the last day is {last}")
    first_day, last_day = days.number(first), days.number(last)
    retold = eventful if with_events else None
    population = list(customers_between(first_day, last_day, customers, seed, partners, seats, retold))
    history = History(population)
    terms = Terms(history, with_events) if with_terms else None

    first_used = days.number(used_from)
    capacity = np.zeros(len(history.lines), dtype=np.int64)
    for day in range(first_used, last_day + 1):
        line_day = history.line_day(day)
        capacity[line_day.lines] = np.maximum(capacity[line_day.lines], line_day.assigned)
    usage = UsageModel(history.lines, history.line_rows, capacity, first_used, seed)

    usage_rows = bytes_written = 0
    for day in range(first_day, last_day + 1):
        line_day = history.line_day(day)
        tables = {
            "customers": history.customers_on(day),
            "subscriptions": history.subscriptions_on(day),
            "license_assignments": history.license_assignments_on(line_day),
        }
        if day >= first_used:
            tables["license_usage"] = usage.rows_on(day, line_day)
            usage_rows += tables["license_usage"].num_rows
        if terms is not None:
            tables["contract_lines"] = terms.contract_lines_on(line_day)
            tables["accounts"] = terms.accounts_on(day)
        if with_control_totals:
            tables[CONTROL_TOTALS.name] = control_totals(tables)
        for dataset, rows in tables.items():
            bytes_written += write_partition(landing, dataset, days.from_number(day), rows, file_format)
        if on_day is not None:
            on_day(days.from_number(day))
    return Simulated(last_day - first_day + 1, len(population), usage_rows, bytes_written)


def _check(
    landing: Path,
    first: date,
    last: date,
    customers: int,
    seed: int,
    partners: int,
    seats: int | None,
    file_format: str,
    overwrite: bool,
) -> None:
    if last < first:
        raise BackwardRangeError(f"the range runs backwards: {first} is after {last}; swap --from and --to")
    if first < FIRST_DAY or last > LAST_DAY:
        raise SimulationError(f"{first} to {last} is outside {FIRST_DAY} to {LAST_DAY}; choose days within")
    if customers < 1 or partners < 1 or partners > customers:
        raise SimulationError(f"{customers} customers of {partners} partners: each partner needs at least one customer")
    if seed < 0:
        raise SimulationError(f"seed {seed} is negative; choose 0 or more")
    if seats is not None and seats < customers:
        raise SimulationError(f"{seats} seats are too few for {customers} customers; give each at least one")
    if file_format not in FORMATS:
        raise SimulationError(f"unknown format {file_format!r}; choose one of {', '.join(FORMATS)}")
    if landing.exists() and not landing.is_dir():
        raise SimulationError(f"{landing} is a file; name a folder to write to")
    if landing.is_dir() and not overwrite and any(landing.iterdir()):
        raise SimulationError(f"{landing} is not empty; name another folder, or add --overwrite to write into it")
