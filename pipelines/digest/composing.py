"""Reads a digest out of the publication."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from pipelines.digest.contents import FIGURES, Block, Digest, Figure, Money
from planning.days import days_between
from storage.reading.digest_rows import DigestRows, Scope
from storage.reading.opening import PublishedMarts, Row
from storage.reading.reach import reach_on


def compose(marts: PublishedMarts, days: Mapping[str, date], owners: Sequence[str] = ()) -> Digest:
    """The digest of some partners.

    Args:
        days: the as-of date of each partner; the digest's own is the newest of them.
        owners: whose customers it is about; all when empty.
    """
    day = max(days.values())
    newest = marts.newest_days()
    provisional = marts.provisional_day()
    blocks = [
        _block(
            marts, Scope(partner, own, tuple(owners)), day, is_newest=newest[partner] == own, provisional=provisional
        )
        for partner, own in sorted(days.items())
    ]
    return Digest(day, tuple(owners), blocks)


def monday_of(day: date) -> date:
    """The first day of the ISO week of a day."""
    return day - timedelta(days=day.isoweekday() - 1)


def _block(marts: PublishedMarts, scope: Scope, newest: date, *, is_newest: bool, provisional: date | None) -> Block:
    rows = DigestRows(marts)
    has_week_before = rows.is_published(scope.week_ago)
    # An owner who is first named this week had no customers a week ago, as far as anybody knows.
    is_comparable = has_week_before and bool(not scope.owners or rows.owners(scope.week_ago))
    before = rows.figures(scope.week_ago) if is_comparable else {}
    actions = rows.actions(scope)
    monday = monday_of(scope.day)
    unpublished = _unpublished(marts, scope, monday)
    return Block(
        scope.partner,
        scope.day,
        scope.week_ago.day if is_comparable else None,
        scope.day == provisional,
        [
            *_notes(rows, marts, scope, newest, is_newest=is_newest, has_week_before=has_week_before),
            *_partial_week(unpublished),
        ],
        _figures(rows.figures(scope), before),
        _money(rows.money(scope), rows.money(scope.week_ago) if is_comparable else None),
        rows.unpriced(scope),
        actions,
        rows.skill(scope),
        rows.new_on_lists(scope) if has_week_before else None,
        rows.outcomes(scope, monday),
        unpublished,
    )


def _unpublished(marts: PublishedMarts, scope: Scope, monday: date) -> list[date]:
    """The days of the week up to the as-of date that the partner has no rows of."""
    published = set(marts.days(scope.partner))
    return [day for day in days_between(monday, scope.day) if day not in published]


def _partial_week(unpublished: Sequence[date]) -> Iterator[str]:
    if unpublished:
        *others, last = map(str, unpublished)
        days = f"{', '.join(others)} and {last} are" if others else f"{last} is"
        yield f"{days} not published: what was decided this week may not all be here."


def _figures(now: Row, before: Row) -> list[Figure]:
    return [Figure(name, now[name], before.get(name)) for name in FIGURES]


def _money(now: Mapping[str, Row], before: Mapping[str, Row] | None) -> list[Money]:
    """By currency; one that has come or gone within the week is compared with nothing."""
    none: Row = {}
    return [
        Money(
            currency,
            now.get(currency, none).get("value_12m"),
            before.get(currency, none).get("value_12m") if before is not None else None,
            now.get(currency, none).get("to_decide_12m"),
            now.get(currency, none).get("avoidable_12m"),
        )
        for currency in sorted(now)
    ]


def _notes(
    rows: DigestRows, marts: PublishedMarts, scope: Scope, newest: date, *, is_newest: bool, has_week_before: bool
) -> Iterator[str]:
    """What a reader has to know of a partner's figures, and what would have to be delivered for more."""
    if behind := (newest - scope.day).days:
        yield f"These figures are {behind:,} day{'' if behind == 1 else 's'} behind the newest that are published."
    bridged = reach_on(marts, scope.partner, scope.day, is_newest=is_newest).bridged
    for dataset, day in sorted(bridged.items()):
        yield f"{dataset} are those of {day}: no newer ones were delivered."
    if not has_week_before:
        yield f"{scope.week_ago.day} is not published: what changed within the week, and what is new, can't be told."
    if not rows.has_terms(scope):
        yield "There are no prices: deliver the dataset contract_lines to see money and periods of notice here."
    if not rows.owners(scope):
        yield "Nobody is named as a customer's owner: deliver the dataset accounts to see who looks after whom."
