"""What the anomaly checks look at: each partner's part of a partition, set against the partner's earlier ones.

Only days before a partition count, so that a verdict never depends on the order in which partitions arrived. A partner
that a partition lacks is missing, which snapshots bridge: there is nothing to observe.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from expectations.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SUBSCRIPTIONS, Dataset
from expectations.profiles import Lost, Profile
from expectations.suites.anomaly_suite import (
    CUSTOMERS_LOST,
    FEW,
    HISTORY_DAYS,
    LICENSE_CODES,
    LICENSES_FALLEN,
    PRODUCT_SHARES,
    ROW_COUNT,
    SUBSCRIPTIONS_LOST,
    USAGE_WEEKDAY,
)

Profiles = Mapping[date, Mapping[str, Profile]]
"""By day and partner; a loaded partition without rows is an empty day."""
LOST_KEYS = {CUSTOMERS.name: "customer_id", SUBSCRIPTIONS.name: "subscription_id"}
"""By dataset, the column of what a snapshot may lose since the one before."""
_QUIET_SHARE = 0.5
_SHOWN_CODES = 5


@dataclass(frozen=True)
class Observation:
    """One value that a check judges: 0 is as usual; and what is needed to judge and to explain it."""

    check: str
    day: date
    partner_id: str
    value: float
    blocking_value: float | None
    """What is held against the threshold that blocks; None where this can't block."""
    days: int
    """Earlier days that it is compared with."""
    rows: float
    """Rows of what it is compared with; where that is nothing, its own."""
    message: str
    sample: tuple[Mapping[str, str], ...] = ()
    few_blocking_value: float | None = None
    """What is held against the threshold that blocks where `rows` are too few to judge by; None where it can't."""


def earlier_days(day: date, usable: Sequence[date]) -> Sequence[date]:
    """Those of the days, which are in order, that a partition is compared with."""
    first = day - timedelta(days=HISTORY_DAYS)
    return usable[bisect_left(usable, first) : bisect_left(usable, day)]


def days_before(days: Collection[date], profiles: Profiles, usable: Sequence[date]) -> Iterator[tuple[date, str, date]]:
    """Each day and partner with the newest day before on which the partner has rows."""
    for day in days:
        earlier = earlier_days(day, usable)
        for partner in profiles.get(day, {}):
            if before := next((other for other in reversed(earlier) if partner in profiles.get(other, {})), None):
                yield day, partner, before


def observe(
    dataset: Dataset,
    days: Collection[date],
    profiles: Profiles,
    usable: Sequence[date],
    lost: Mapping[tuple[date, str], Lost],
) -> list[Observation]:
    """Everything to be judged of the partitions of some days.

    Args:
        profiles: of these days, and of those that they are compared with.
        usable: the days that count as history: loaded, and not held by a failed check; in order.
        lost: customers or subscriptions gone since the day that `days_before` names; empty for other datasets.
    """
    found: list[Observation] = []
    for day in sorted(days):
        earlier = earlier_days(day, usable)
        for partner, profile in sorted(profiles.get(day, {}).items()):
            history = [profiles[other][partner] for other in earlier if partner in profiles.get(other, {})]
            same_weekday = [other for other in history if other.day.weekday() == day.weekday()]
            found += _row_count(dataset, profile, history, same_weekday)
            if (day, partner) in lost:
                found.append(_lost(dataset, profile, history, lost[day, partner]))
            if dataset is LICENSE_ASSIGNMENTS and history:
                found += _licenses_fallen(profile, history)
                found += _license_codes(profile, history)
            if dataset in (LICENSE_ASSIGNMENTS, LICENSE_USAGE):
                found += _product_shares(profile, same_weekday)
            if dataset is LICENSE_USAGE and history and not same_weekday:
                found += _usage_weekday(profile, history[0].day, earlier)
    return found


def _row_count(
    dataset: Dataset, profile: Profile, history: Sequence[Profile], same_weekday: Sequence[Profile]
) -> Iterator[Observation]:
    if not same_weekday:
        return
    usual = median(other.rows for other in same_weekday)
    change = (profile.rows - usual) / usual
    quiet = dataset is LICENSE_USAGE and change < 0 and profile.rows >= _QUIET_SHARE * _quietest(history)
    yield Observation(
        check=ROW_COUNT,
        day=profile.day,
        partner_id=profile.partner_id,
        value=change,
        # A holiday is as quiet as a weekend; a lost file is quieter.
        blocking_value=None if quiet else change,
        days=len(same_weekday),
        rows=usual,
        message=f"{profile.rows:,} rows, {change:+.0%} against the median of {profile.day:%A}s, {usual:,.0f}",
    )


def _quietest(history: Sequence[Profile]) -> float:
    """The median rows of the weekday with the fewest."""
    weekdays = {other.day.weekday() for other in history}
    return min(median(other.rows for other in history if other.day.weekday() == weekday) for weekday in weekdays)


def _lost(dataset: Dataset, profile: Profile, history: Sequence[Profile], lost: Lost) -> Observation:
    share = lost.lost / lost.before
    return Observation(
        check=CUSTOMERS_LOST if dataset is CUSTOMERS else SUBSCRIPTIONS_LOST,
        day=profile.day,
        partner_id=profile.partner_id,
        value=share,
        blocking_value=share,
        days=len(history),
        rows=lost.before,
        message=f"{lost.lost:,} of {lost.before:,} {dataset.name} ({share:.0%}) of {history[-1].day} are gone",
        sample=tuple({LOST_KEYS[dataset.name]: name} for name in lost.sample),
        few_blocking_value=share if lost.lost >= FEW else None,
    )


def _licenses_fallen(profile: Profile, history: Sequence[Profile]) -> Iterator[Observation]:
    before = history[-1]
    if not before.total_licenses:
        return
    gone = max(before.total_licenses - profile.total_licenses, 0)
    fall = gone / before.total_licenses
    none_left = before.assigned_licenses > 0 and profile.assigned_licenses == 0
    value = 1.0 if none_left else fall
    of_few = 1.0 if none_left and before.assigned_licenses >= FEW else fall if gone >= FEW else None
    yield Observation(
        check=LICENSES_FALLEN,
        day=profile.day,
        partner_id=profile.partner_id,
        value=value,
        blocking_value=value,
        days=len(history),
        rows=before.rows,
        message=(
            f"{profile.total_licenses:,} licences, {profile.assigned_licenses:,} of them assigned; on {before.day} "
            f"{before.total_licenses:,} and {before.assigned_licenses:,}"
        ),
        few_blocking_value=of_few,
    )


def _usage_weekday(profile: Profile, first: date, earlier: Sequence[date]) -> Iterator[Observation]:
    """No usage of the partner on any of the same weekdays since its first."""
    without = [other for other in earlier if other > first and other.weekday() == profile.day.weekday()]
    if without:
        yield Observation(
            check=USAGE_WEEKDAY,
            day=profile.day,
            partner_id=profile.partner_id,
            value=profile.rows,
            blocking_value=None,
            days=len(without),
            rows=profile.rows,
            message=f"{profile.rows:,} rows on a {profile.day:%A}; the {len(without)} before had none",
        )


def _product_shares(profile: Profile, same_weekday: Sequence[Profile]) -> Iterator[Observation]:
    now = _shares(profile)
    before = [shares for other in same_weekday if (shares := _shares(other))]
    if not now or not before:
        return
    products = sorted(now.keys() | {product for shares in before for product in shares})
    usual = {product: median(shares.get(product, 0.0) for shares in before) for product in products}
    moved = max(products, key=lambda product: abs(now.get(product, 0.0) - usual[product]))
    # Rounded: 0.7 - 0.5 is less than 0.2 in doubles, and a check must not depend on the last bit.
    change = round(now.get(moved, 0.0) - usual[moved], 9)
    yield Observation(
        check=PRODUCT_SHARES,
        day=profile.day,
        partner_id=profile.partner_id,
        value=change,
        blocking_value=None,
        days=len(before),
        rows=median(other.rows for other in same_weekday),
        message=f"{moved} is {now.get(moved, 0.0):.0%} of all, against {usual[moved]:.0%} usually",
    )


def _shares(profile: Profile) -> dict[str, float]:
    whole = sum(profile.products.values())
    return {product: weight / whole for product, weight in profile.products.items()} if whole else {}


def _license_codes(profile: Profile, history: Sequence[Profile]) -> Iterator[Observation]:
    known = [other.license_codes for other in history if other.license_codes is not None]
    if profile.license_codes is None or len(known) < len(history):
        return
    new = sorted(profile.license_codes.difference(*known))
    named = ", ".join(new[:_SHOWN_CODES]) + (" …" if len(new) > _SHOWN_CODES else "")
    yield Observation(
        check=LICENSE_CODES,
        day=profile.day,
        partner_id=profile.partner_id,
        value=len(new),
        blocking_value=None,
        days=len(history),
        rows=history[-1].rows,
        message=f"new: {named}" if new else "none is new",
    )
