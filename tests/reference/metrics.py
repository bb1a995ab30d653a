"""What was true on an as-of date D: snapshots, licence positions, flags and peers, by the metric definitions."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from .contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SNAPSHOTS, SUBSCRIPTIONS, Dataset
from .raw import LOADED, MISSING, REFUSED, Landing, Partition, Row, days

MAX_SNAPSHOT_AGE_DAYS = 3
NEARING_DAYS = 90
MINIMUM_PEERS = 8
LOW_ASSIGNMENT_GAP = 0.1
SAME = 1e-9  # fractions that differ by less are equal
PRODUCTS = ("meetings", "calling")
SIZE_BANDS = ((1, 24, "1-24"), (25, 99, "25-99"), (100, 499, "100-499"), (500, 1999, "500-1999"))

Position = dict[str, Any]


def is_blocked(landing: Landing, day: date) -> bool:
    """Tell whether a refused partition blocks D: a snapshot's newest existing one, or D's own usage."""
    return landing.partition(LICENSE_USAGE, day).state == REFUSED or refused_snapshots_block(landing, day)


def refused_snapshots_block(landing: Landing, day: date) -> bool:
    """Tell whether the newest existing partition of a snapshot is refused."""
    for dataset in SNAPSHOTS:
        existing = [p for p in _look_back(landing, dataset, day) if p.state != MISSING]
        if existing and existing[0].state == REFUSED:
            return True
    return False


def _look_back(landing: Landing, dataset: Dataset, day: date) -> list[Partition]:
    """Return the partitions of D, D-1 … D-3, newest first."""
    return [landing.partition(dataset, day - timedelta(days=age)) for age in range(MAX_SNAPSHOT_AGE_DAYS + 1)]


def snapshot(landing: Landing, dataset: Dataset, partner: object, day: date) -> tuple[date, list[Row]] | None:
    """Return the partner's rows in the latest partition, no older than 3 days, that is loaded and holds one of them."""
    for partition in _look_back(landing, dataset, day):
        rows = [row for row in partition.rows if row["partner_id"] == partner]
        if partition.state == LOADED and rows:
            return partition.day, rows
    return None


def partners(landing: Landing, day: date) -> list[object]:
    """Return the partners that have all three snapshots on D; nobody on a blocked day."""
    return [] if is_blocked(landing, day) else with_all_snapshots(landing, day)


def with_all_snapshots(landing: Landing, day: date) -> list[object]:
    """Return the partners that all three snapshots serve on a day, blocked or not."""
    seen = {row["partner_id"] for dataset in SNAPSHOTS for p in _look_back(landing, dataset, day) for row in p.rows}
    return [
        partner
        for partner in sorted(seen, key=str)
        if all(snapshot(landing, dataset, partner, day) for dataset in SNAPSHOTS)
    ]


def managed_customers(landing: Landing, partner: object, day: date) -> int:
    """Count the distinct customers in D's customers snapshot."""
    found = snapshot(landing, CUSTOMERS, partner, day)
    assert found is not None
    return len({row["customer_id"] for row in found[1]})


def used_licenses(landing: Landing, position: Position, last: date, day_count: int) -> int:
    """Count the distinct user_id with usage of the subscription's product in the day_count days up to `last`."""
    same = ("partner_id", "subscription_id", "product")
    return len(
        {
            row["user_id"]
            for day in days(last - timedelta(days=day_count - 1), last)
            for row in landing.partition(LICENSE_USAGE, day).rows
            if all(row[name] == position[name] for name in same)
        }
    )


def usage_days_loaded(landing: Landing, partner: object, day: date) -> int:
    """Count the activity dates of D-6 … D with a row of the partner, of whatever product."""
    return sum(
        any(row["partner_id"] == partner for row in landing.partition(LICENSE_USAGE, activity).rows)
        for activity in days(day - timedelta(days=6), day)
    )


def whole_months(start: date, end: date) -> int:
    """Return the whole months from start to end."""
    return (end.year - start.year) * 12 + end.month - start.month - (1 if end.day < start.day else 0)


def ratio(part: int, whole: int) -> float | None:
    """Return a fraction; null when the divisor is 0."""
    return part / whole if whole else None


def in_scope(subscription: Row, day: date) -> bool:
    """Active or suspended, begun by D, not ended before D."""
    start, end = subscription["start_date"], subscription["end_date"]
    return bool(subscription["status"] in ("active", "suspended") and start <= day and (end is None or end >= day))


def own_day_positions(landing: Landing, day: date) -> list[Position]:
    """Return the licence positions on D without what compares them with D-7 or with each other."""
    found = positions_without_usage(landing, day, partners(landing, day))
    for position in found:
        _add_usage(landing, day, position)
    return found


def positions_without_usage(landing: Landing, day: date, of: list[object]) -> list[Position]:
    """Return the licence positions of some partners on a day that their snapshots serve."""
    found = []
    for partner in of:
        names = {row["customer_id"]: row["customer_name"] for row in _rows(landing, CUSTOMERS, partner, day)}
        lines = _rows(landing, LICENSE_ASSIGNMENTS, partner, day)
        for subscription in _rows(landing, SUBSCRIPTIONS, partner, day):
            if not in_scope(subscription, day):
                continue
            for product in PRODUCTS:
                mine = [
                    line
                    for line in lines
                    if line["subscription_id"] == subscription["subscription_id"] and line["product"] == product
                ]
                if mine:
                    found.append(_position(landing, day, subscription, product, mine, names))
    return found


def _rows(landing: Landing, dataset: Dataset, partner: object, day: date) -> list[Row]:
    found = snapshot(landing, dataset, partner, day)
    assert found is not None
    return found[1]


def _position(
    landing: Landing, day: date, subscription: Row, product: str, lines: list[Row], names: Mapping[Any, object]
) -> Position:
    licences = snapshot(landing, LICENSE_ASSIGNMENTS, subscription["partner_id"], day)
    start, end = subscription["start_date"], subscription["end_date"]
    assert licences is not None
    customer = subscription["customer_id"]  # where datasets disagree, the subscriptions dataset is right
    position: Position = {
        "as_of_date": day,
        "partner_id": subscription["partner_id"],
        "product": product,
        "subscription_id": subscription["subscription_id"],
        "customer_id": customer,
        "customer_name": names.get(customer, customer),  # a missing name reads as the customer_id
        "subscription_label": "Enterprise Trial" if subscription["is_trial"] else subscription["subscription_id"],
        **{name: subscription[name] for name in ("is_trial", "status", "start_date", "end_date", "auto_renew")},
        "snapshot_date": licences[0],
        "days_since_added": (day - start).days,
        "months_since_added": whole_months(start, day),
        "days_until_end": None if end is None else (end - day).days,
        "months_remaining": None if end is None else whole_months(day, end),
    }
    total = sum(line["total_licenses"] for line in lines)
    assigned = sum(line["assigned_licenses"] for line in lines)
    position |= {
        "total_licenses": total,
        "assigned_licenses": assigned,
        "available_licenses": max(total - assigned, 0),
        "overage_licenses": max(assigned - total, 0),
        "assignment_ratio": ratio(assigned, total),
    }
    # Flags are never null: an unknown day count is false.
    nearing_end = end is not None and 0 <= (end - day).days <= NEARING_DAYS
    renews_itself = bool(not subscription["is_trial"] and subscription["auto_renew"])
    position |= {
        "is_recently_added": 0 <= (day - start).days <= NEARING_DAYS,
        "is_expiring": nearing_end and not renews_itself,
        "is_renewing": nearing_end and renews_itself,
        "is_over_limit": assigned > total,
    }
    return position


def _add_usage(landing: Landing, day: date, position: Position) -> None:
    used = used_licenses(landing, position, day, 7)
    position |= {
        "usage_days_loaded": usage_days_loaded(landing, position["partner_id"], day),
        "used_licenses": used,
        "used_licenses_90d": used_licenses(landing, position, day, 90),
        "assigned_unused_licenses": max(position["assigned_licenses"] - used, 0),
        "usage_ratio": ratio(used, position["total_licenses"]),
    }


def positions(landing: Landing, day: date) -> list[Position]:
    """Return the complete licence positions on D."""
    found = own_day_positions(landing, day)
    _add_weekly_changes(found, own_day_positions(landing, day - timedelta(days=7)))
    for position in found:
        _add_peers(position, found)
    return found


def _add_weekly_changes(today: list[Position], week_ago: list[Position]) -> None:
    """Compare with the same position on D-7; null when D-7 has none (a blocked D-7 has none at all)."""

    def key(position: Position) -> tuple[object, ...]:
        return position["partner_id"], position["product"], position["subscription_id"]

    before = {key(position): position for position in week_ago}
    for position in today:
        then = before.get(key(position))
        for change, count in (
            ("weekly_assignment_change", "assigned_licenses"),
            ("weekly_usage_change", "used_licenses"),
        ):
            position[change] = None if then is None else position[count] - then[count]


def size_band(total: int) -> str:
    """Name the band of a total of 1 or more."""
    return next((name for low, high, name in SIZE_BANDS if low <= total <= high), "2000+")


def percentile(values: list[float], fraction: float) -> float:
    """Interpolate linearly between the closest ranks."""
    ordered = sorted(values)
    rank = (len(ordered) - 1) * fraction
    below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    part = rank - math.floor(rank)
    return below * (1 - part) + above * part


def _add_peers(position: Position, everyone: list[Position]) -> None:
    """Find the peers, itself included, and compare the position with them; total 0 takes no part."""
    position |= {"peer_group": None, "peer_count": None, "peer_p25_ratio": None, "peer_median_ratio": None}
    position["is_low_assignment"] = False
    if position["total_licenses"] == 0:
        return
    alike = [
        other
        for other in everyone
        if other["partner_id"] == position["partner_id"]
        and other["product"] == position["product"]
        and other["total_licenses"] != 0
    ]
    band = size_band(position["total_licenses"])
    peers = [other for other in alike if size_band(other["total_licenses"]) == band]
    if len(peers) < MINIMUM_PEERS:
        band, peers = "all", alike
    ratios: list[float] = [other["assignment_ratio"] for other in peers]
    p25, median, own = percentile(ratios, 0.25), percentile(ratios, 0.5), position["assignment_ratio"]
    position |= {
        "peer_group": f"{position['product']} {band}",
        "peer_count": len(peers),
        "peer_p25_ratio": p25,
        "peer_median_ratio": median,
        "is_low_assignment": own <= p25 + SAME and median - own >= LOW_ASSIGNMENT_GAP - SAME,
    }
