"""Late, corrected and broken deliveries into a plain landing folder, at random."""

import random
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from ..reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SNAPSHOTS, SUBSCRIPTIONS, Dataset
from ..reference.raw import days
from .plain import Content, deliver, partition_file


class Deliveries:
    """A landing folder whose content changes under the product's hands."""

    def __init__(self, landing: Path, content: Content, first: date, last: date, chance: random.Random) -> None:
        self.landing, self.content, self.chance = landing, content, chance
        self.days = days(first - timedelta(days=9), last)
        self.kinds: tuple[Callable[[date], None], ...] = (
            self.late_usage,
            self.other_assignments,
            self.other_ends,
            self.fewer_customers,
            self.broken,
        )
        self.withheld: list[tuple[Dataset, date]] = []
        self.broken_days: dict[date, Dataset] = {}

    def withhold(self, partitions: int) -> None:
        """Take partitions away before anything is read: they come later."""
        for _ in range(partitions):
            dataset, day = self.chance.choice((*SNAPSHOTS, LICENSE_USAGE)), self.chance.choice(self.days)
            if (dataset, day) not in self.withheld:
                shutil.rmtree(partition_file(self.landing, dataset, day).parent)
                self.withheld.append((dataset, day))

    def something(self) -> None:
        """One delivery: a partition that was withheld, or a change to one that is there."""
        if self.withheld and self.chance.random() < 0.5:
            self._deliver(*self.withheld.pop())
        else:
            self.chance.choice(self.kinds)(self.chance.choice(self.days))

    def all_that_is_owed(self) -> None:
        """Deliver what is withheld, and repair what is broken."""
        while self.withheld:
            self._deliver(*self.withheld.pop())
        for day, dataset in self.broken_days.items():
            self._deliver(dataset, day)
        self.broken_days.clear()

    def late_usage(self, day: date) -> None:
        """A second file of a day's usage: the same holders again, and others who were not in the first."""
        rows = self.content[LICENSE_USAGE.name, day]
        new = [{**row, "user_id": f"{row['user_id']} {self.chance.randrange(99)}"} for row in rows]
        deliver(self.landing, LICENSE_USAGE, day, [*rows[::2], *new], name="later.csv")

    def other_assignments(self, day: date) -> None:
        """A corrected snapshot of licences."""
        more = self.chance.randint(1, 9)
        self._change(LICENSE_ASSIGNMENTS, day, "assigned_licenses", lambda assigned: assigned + more)

    def other_ends(self, day: date) -> None:
        """A corrected snapshot of subscriptions: most of them end on another day, and go through other sections."""
        end = day + timedelta(days=self.chance.choice((20, 89, 90, 91, 400)))
        self._change(SUBSCRIPTIONS, day, "end_date", lambda before: end if self.chance.random() < 0.7 else before)

    def fewer_customers(self, day: date) -> None:
        """A corrected snapshot of customers that lacks some."""
        rows = self.content[CUSTOMERS.name, day]
        self.content[CUSTOMERS.name, day] = [rows[0], *(row for row in rows[1:] if self.chance.random() < 0.9)]
        self._deliver(CUSTOMERS, day)

    def broken(self, day: date) -> None:
        """A snapshot without one of its columns, until it is repaired."""
        dataset = self.chance.choice(SNAPSHOTS)
        if day not in self.broken_days:
            deliver(self.landing, dataset, day, self.content[dataset.name, day], without="customer_id")
            self.broken_days[day] = dataset

    def _change(self, dataset: Dataset, day: date, column: str, change: Callable[..., object]) -> None:
        rows = self.content[dataset.name, day]
        self.content[dataset.name, day] = [{**row, column: change(row[column])} for row in rows]
        self._deliver(dataset, day)

    def _deliver(self, dataset: Dataset, day: date) -> None:
        deliver(self.landing, dataset, day, self.content[dataset.name, day])
