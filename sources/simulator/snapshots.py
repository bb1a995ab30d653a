"""The three snapshots that a day needs, as Arrow tables cut from the portfolio's history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.simulator.licences import Line, LineCurves, resized
from sources.simulator.portfolio import Customer, Subscription

Ints = npt.NDArray[np.int64]
_OPEN_END = np.iinfo(np.int64).max


@dataclass(frozen=True)
class LineDay:
    """The licence lines that a day's snapshot shows: indices into `History.lines`, and their counts."""

    lines: Ints
    totals: Ints
    assigned: Ints
    term: Ints
    """How many terms were completed before."""
    sizes: npt.NDArray[np.float64]
    """The stages' sizes, as shares of what the lines say."""
    days_left: Ints
    """Until the end date; far more than can be where there is none."""
    in_use: npt.NDArray[np.bool_]
    """Whether the line's subscription is active and within its dates, so that holders can use it."""


class History:
    """Customers, stages and licence lines as columns; every day is a selection of their rows."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self.customers: Sequence[Customer] = list(customers)
        subscriptions = [(customer, item) for customer in self.customers for item in customer.subscriptions]
        self.subscriptions: Sequence[tuple[Customer, Subscription]] = subscriptions
        stages = [(index, stage) for index, (_, item) in enumerate(subscriptions) for stage in item.stages]
        lines = [(index, line) for index, (_, item) in enumerate(subscriptions) for line in item.lines]

        self._customer_rows = pa.table(
            {
                "partner_id": _text(customer.partner_id for customer in self.customers),
                "customer_id": _text(customer.customer_id for customer in self.customers),
                "customer_name": _text(customer.name for customer in self.customers),
                "country_code": _text(customer.country for customer in self.customers),
                "created_on": pa.array([customer.created for customer in self.customers], pa.int32()).cast(pa.date32()),
            }
        )
        self._customer_first = _ints(customer.first for customer in self.customers)
        self._customer_last = _ints(customer.last for customer in self.customers)

        self._subscription_ids = pa.table(
            {
                "partner_id": _text(customer.partner_id for customer, _ in subscriptions),
                "customer_id": _text(customer.customer_id for customer, _ in subscriptions),
                "subscription_id": _text(item.subscription_id for _, item in subscriptions),
            }
        )
        self._start = _ints(item.start for _, item in subscriptions)

        self._stage_subscription = _ints(index for index, _ in stages)
        self._stage_first = _ints(stage.first for _, stage in stages)
        self._stage_last = _ints(stage.last for _, stage in stages)
        self._stage_end = _ints(_OPEN_END if stage.end is None else stage.end for _, stage in stages)
        self._stage_is_active = np.array([stage.status == "active" for _, stage in stages], dtype=np.bool_)
        self._stage_size = np.array([stage.size for _, stage in stages], dtype=np.float64)
        self._stage_term = _ints(stage.term for _, stage in stages)
        self._term_first = _ints(stage.term_first for _, stage in stages)
        self._term_last = _ints(stage.term_last for _, stage in stages)
        self._stage_rows = pa.table(
            {
                **_columns(self._subscription_ids, self._stage_subscription),
                "is_trial": pa.array(
                    [subscriptions[index][1].is_trial and not stage.converted for index, stage in stages], pa.bool_()
                ),
                "status": _text(stage.status for _, stage in stages),
                "start_date": _dates(self._start[self._stage_subscription]),
                "end_date": pa.array([stage.end for _, stage in stages], pa.int32()).cast(pa.date32()),
                "auto_renew": pa.array([stage.auto_renew for _, stage in stages], pa.bool_()),
            }
        )

        self.lines: Sequence[Line] = [line for _, line in lines]
        """Every licence line of the range; the usage model is built on the same order."""
        self.line_subscription = _ints(index for index, _ in lines)
        """The index in `subscriptions` of each line's subscription."""
        self.line_rows = pa.table(
            {
                **_columns(self._subscription_ids, self.line_subscription),
                "product": _text(line.product for line in self.lines),
                "license_code": _text(line.code for line in self.lines),
                "license_name": _text(line.name for line in self.lines),
            }
        )
        """The text columns of `lines`, row for row."""
        self._curves = LineCurves(list(self.lines))

    def customers_on(self, day: int) -> pa.Table:
        """The customers dataset of a day (a day number)."""
        return self._customer_rows.take(self.seen_customers(day))

    def seen_customers(self, day: int) -> Ints:
        """The customers that a day's snapshot shows: indices into `customers`."""
        return np.flatnonzero((self._customer_first <= day) & (self._customer_last >= day))

    @property
    def customer_ids(self) -> pa.Table:
        """Partner and id of each of `customers`."""
        return self._customer_rows.select(["partner_id", "customer_id"])

    def subscriptions_on(self, day: int) -> pa.Table:
        """The subscriptions dataset of a day."""
        return self._stage_rows.take(self._stages_on(day))

    def line_day(self, day: int) -> LineDay:
        """The licence lines of a day with their counts."""
        stages = self._stages_on(day)
        stage_of = np.full(len(self._start), -1, dtype=np.int64)
        stage_of[self._stage_subscription[stages]] = stages
        line_stages = stage_of[self.line_subscription]
        lines = np.flatnonzero(line_stages >= 0)
        stage = line_stages[lines]

        age = day - self._start[self.line_subscription[lines]]
        first, last = self._term_first[stage], self._term_last[stage]
        progress = np.clip((day - first) / (last - first), 0, 1)
        term, sizes, days_left = self._stage_term[stage], self._stage_size[stage], self._stage_end[stage] - day
        usual = self._curves.totals(lines, term)
        totals, assigned = resized(usual, sizes), self._curves.assigned(lines, usual, age, progress)
        assigned = np.rint(assigned * np.minimum(sizes, 1)).astype(np.int64)  # who cuts needs fewer, too
        in_use = self._stage_is_active[stage] & (age >= 0) & (days_left >= 0)
        return LineDay(lines, totals, assigned, term, sizes, days_left, in_use)

    def next_totals(self, line_day: LineDay) -> Ints:
        """The licences that each line of a day has in its next term."""
        return resized(self._curves.totals(line_day.lines, line_day.term + 1), line_day.sizes)

    def license_assignments_on(self, line_day: LineDay) -> pa.Table:
        """The license_assignments dataset of a day."""
        rows = self.line_rows.take(line_day.lines)
        rows = rows.append_column("total_licenses", pa.array(line_day.totals))
        return rows.append_column("assigned_licenses", pa.array(line_day.assigned))

    def _stages_on(self, day: int) -> Ints:
        return np.flatnonzero((self._stage_first <= day) & (self._stage_last >= day))


def _columns(table: pa.Table, rows: Ints) -> dict[str, "pa.Array[Any]"]:
    """The table's columns with these rows of it, ready for more columns."""
    return {
        name: column.combine_chunks() for name, column in zip(table.column_names, table.take(rows).columns, strict=True)
    }


def _text(values: Iterable[str | None]) -> "pa.Array[Any]":
    return pa.array(list(values), pa.string())


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _dates(day_numbers: Ints) -> "pa.Array[Any]":
    return pa.array(day_numbers.astype(np.int32)).cast(pa.date32())
