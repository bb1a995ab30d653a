"""Which published days are final: over, built after they were, and not waiting for a partition that is held back."""

from collections.abc import Mapping
from datetime import date, timedelta

from pipelines.settings import Settings
from planning.buildable import plan_days
from storage import clock
from storage.ledger.ledger import Ledger
from storage.ledger.states import partition_states
from storage.reading.opening import PublishedMarts


def withheld(settings: Settings, marts: PublishedMarts, first: date, last: date) -> dict[date, str]:
    """The published days of a range that are not to be announced, each with why."""
    days = [day for day in marts.days() if first <= day <= last]
    if not days:
        return {}
    blocked = _blocked(settings, days[0], days[-1])
    reasons: dict[date, str] = {}
    for day in days:
        if day == marts.provisional_day() or day >= clock.today():
            reasons[day] = "it is provisional: it was not over when it was built"
        elif day in blocked:
            reasons[day] = f"it is blocked: {blocked[day]} was refused"
    return reasons


def final_days(settings: Settings, marts: PublishedMarts, last: date) -> dict[str, date]:
    """Each partner's newest day up to `last` that is final; a partner without any within a week is left out."""
    first = last - timedelta(weeks=1) + timedelta(days=1)
    reasons = withheld(settings, marts, first, last)
    found: dict[str, date] = {}
    for day in sorted(day for day in marts.days() if first <= day <= last and day not in reasons):
        found |= dict.fromkeys(marts.partners(day), day)
    return found


def _blocked(settings: Settings, first: date, last: date) -> Mapping[date, str]:
    """Days whose newest snapshot or own usage was refused or is held, and which hold what was delivered before."""
    if not settings.folders.ledger.exists():
        return {}
    with Ledger(settings.folders.ledger, "look") as ledger:
        plan = plan_days(first, last, partition_states(ledger, last=last), settings.max_snapshot_age_days)
    return plan.blocked
