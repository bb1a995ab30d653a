"""Causes on the command line: what many days or partitions have in common is one line."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from cli.screen.days import brief
from cli.screen.output import clean
from expectations.wording import LONGEST_LINE, alike, shortened
from planning.records import RefusalRecord
from sources.source import Delivery

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})")


def by_cause(causes: Mapping[date, str]) -> list[tuple[str, list[date]]]:
    """The days of each cause, in order; many causes that differ in figures and dates alone are one."""
    days: dict[str, list[date]] = {}
    for day, cause in causes.items():
        days.setdefault(cause, []).append(day)
    return [(one_of(group), sorted(day for cause in group for day in days[cause])) for group in alike(days)]


def one_of(causes: Sequence[str]) -> str:
    """Causes of one kind as one text: their dates as ranges, or the first one, where more than dates differ."""
    if len(causes) == 1:
        return shortened(causes[0], LONGEST_LINE)
    parts = [_DATE.split(cause) for cause in causes]
    if any(part[::2] != parts[0][::2] for part in parts):
        return f"{shortened(causes[0], LONGEST_LINE)} (and alike)"
    dates = [brief({date.fromisoformat(part[place]) for part in parts}) for place in range(1, len(parts[0]), 2)]
    return "".join(text for pair in zip(parts[0][::2], [*dates, ""], strict=True) for text in pair)


def refusal_lines(refusals: Iterable[RefusalRecord]) -> Iterator[tuple[str, str]]:
    """What was refused and why: a partition, or many of a dataset whose causes differ in figures and names alone."""
    of_dataset: dict[str, dict[str, list[date]]] = {}
    for refusal in refusals:
        causes = of_dataset.setdefault(refusal.dataset, {})
        causes.setdefault(refusal.cause, []).append(refusal.partition_date)
    for dataset, causes in of_dataset.items():
        each = [(day, cause) for cause, days in causes.items() for day in days]
        for days, cause in alike_days(each):
            yield f"{dataset} {days}", cause


def delivery_lines(deliveries: Iterable[Delivery]) -> Iterator[str]:
    """What a source delivered, a line for each dataset, and what did not come and why."""
    came: dict[str, list[date]] = {}
    problems: dict[str, dict[str, list[date]]] = {}
    for delivery in deliveries:
        if delivery.problem:
            # Few or many days: a source that is down says the same of all.
            problems.setdefault(delivery.dataset, {}).setdefault(delivery.problem, []).append(delivery.day)
        elif not delivery.nothing:
            came.setdefault(delivery.dataset, []).append(delivery.day)
    for dataset, days in came.items():
        yield f"delivered: {dataset} {brief(days)}"
    for dataset, causes in problems.items():
        for cause, days in causes.items():
            yield f"not delivered: {dataset} {brief(days)}: {clean(shortened(cause, LONGEST_LINE))}"


def alike_days(each: Iterable[tuple[date, str]]) -> Iterator[tuple[str, str]]:
    """Days in words and their cause: one by one, or together where many causes differ in figures and names alone."""
    # A cause is told apart by its day, so that equal ones count as often as they occur.
    found = {f"{day} {cause}": (day, cause) for day, cause in each}
    for group in alike(found):
        days, causes = zip(*(found[text] for text in group), strict=True)
        many = f" ({len(days):,} days)" if len(days) > 1 else ""
        same = " (and alike)" if len(set(causes)) > 1 else ""
        yield f"{brief(days)}{many}", clean(shortened(causes[0], LONGEST_LINE)) + same
