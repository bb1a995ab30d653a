"""The life of one subscription: its stages, from pending to gone.

All days are day numbers (`days.number`), and every stretch includes both of its ends.
"""

from typing import NamedTuple

from sources.simulator.days import add_months
from sources.simulator.draws import Draws

_TERM_MONTHS = (12, 12, 12, 12, 12, 12, 24, 24, 36, 36)
_TRIAL_DAYS = (30, 30, 60, 90)
_TRIAL_EXTENSION_DAYS = 30
_OPEN_ENDED_MEAN_DAYS = 1200
_OPEN_ENDED_CYCLE_DAYS = 1095  # without terms, what drifts within one drifts over three years

_ODDS_OPEN_ENDED = 0.04
_ODDS_AUTO_RENEW = 0.68
_ODDS_FLIP = 0.22  # once in a term somebody changes the renewal setting
_ODDS_SUSPENDED = 0.14
_ODDS_PENDING = 0.3
_ODDS_EARLY_RENEWAL = 0.45  # of those that do not renew by themselves
_ODDS_LATE_RENEWAL = 0.12


class Stage(NamedTuple):
    """Days on which a subscription's snapshot row stays the same."""

    first: int
    last: int
    status: str
    end: int | None
    """The end_date that the row shows; None when open-ended."""
    auto_renew: bool
    term: int
    """How many terms were completed before this one."""
    term_first: int
    term_last: int
    size: float = 1.0
    """Licences bought, as a share of what its lines say: not 1 where the subscription was cut or topped up."""
    converted: bool = False
    """Whether it was a trial before, under the same id."""


class TrialLife(NamedTuple):
    """A trial's stages, and the first day of the paid subscription that follows when it converts."""

    stages: list[Stage]
    converted_on: int | None


def paid_life(draws: Draws, start: int, until: int | None = None) -> list[Stage]:
    """The stages of a paid subscription from `start` on; where `until` is given, that is its last day at most.

    Renewals move the end date and leave the start; what does not renew stays visible as expired for some weeks.
    """
    stages = _open_ended(draws, start) if draws.chance(_ODDS_OPEN_ENDED) else _terms(draws, start)
    if draws.chance(_ODDS_PENDING):
        announced = stages[0]._replace(first=start - draws.between(4, 25), last=start - 1, status="pending")
        stages.insert(0, announced)
    return stages if until is None else cut_off(draws, stages, until)


def trial_life(draws: Draws, start: int) -> TrialLife:
    """The stages of a trial that converts, is extended (and then converts or not), or lapses."""
    end = start + draws.pick(_TRIAL_DAYS) - 1
    auto_renew = draws.chance(0.1)
    stages = []
    first = start
    if draws.chance(0.28):
        extended = end - draws.between(0, 6)
        stages.append(Stage(start, extended - 1, "active", end, auto_renew, 0, start, end))
        first, end = extended, end + _TRIAL_EXTENSION_DAYS
    if not draws.chance(0.5):
        stages.append(Stage(first, end, "active", end, auto_renew, 0, start, end))
        stages.append(Stage(end + 1, end + draws.between(20, 60), "expired", end, False, 0, start, end))
        return TrialLife(stages, None)
    converted_on = max(end + 1 - draws.pick((0, 0, draws.between(1, 10))), first + 1)
    stages.append(Stage(first, converted_on - 1, "active", end, auto_renew, 0, start, end))
    status = "expired" if converted_on > end else "cancelled"
    stages.append(Stage(converted_on, converted_on + draws.between(10, 30), status, end, False, 0, start, end))
    return TrialLife(stages, converted_on)


def cut_off(draws: Draws, stages: list[Stage], until: int) -> list[Stage]:
    """The stages up to `until`, then some weeks as cancelled; untouched when it was no longer valid after `until`."""
    if last_valid_day(stages) <= until:
        return stages
    kept = [stage._replace(last=min(stage.last, until)) for stage in stages if stage.first <= until]
    last = kept[-1]
    cancelled = last._replace(first=until + 1, last=until + draws.between(15, 45), status="cancelled", auto_renew=False)
    return [*kept, cancelled]


def last_valid_day(stages: list[Stage]) -> int:
    """The last day on which the subscription counts (active or suspended)."""
    return max(stage.last for stage in stages if stage.status in ("active", "suspended"))


def _open_ended(draws: Draws, start: int) -> list[Stage]:
    last = start + 90 + draws.exponential(_OPEN_ENDED_MEAN_DAYS)
    active = Stage(start, last, "active", None, False, 0, start, start + _OPEN_ENDED_CYCLE_DAYS)
    gone = active._replace(first=last + 1, last=last + draws.between(15, 45), status="cancelled")
    return [active, gone]


def _terms(draws: Draws, start: int) -> list[Stage]:
    """Term after term until one is not renewed."""
    months = draws.pick(_TERM_MONTHS)
    auto_renew = draws.chance(_ODDS_AUTO_RENEW)
    stages: list[Stage] = []
    term, first, term_first, end = 0, start, start, add_months(start, months) - 1
    while True:
        next_end = add_months(start, months * (term + 2)) - 1
        base = Stage(first, end, "active", end, auto_renew, term, term_first, end)
        flip = draws.between(first, end) if draws.chance(_ODDS_FLIP) else None
        auto_renew ^= flip is not None
        renewed_early = late_days = None
        if not auto_renew:
            fate = draws.uniform(0, 1)
            if fate < _ODDS_EARLY_RENEWAL:
                renewed_early = end - draws.between(0, 25)
            elif fate < _ODDS_EARLY_RENEWAL + _ODDS_LATE_RENEWAL:
                late_days = draws.between(2, 14)
            else:
                gone = base._replace(
                    first=end + 1, last=end + draws.between(30, 75), status="expired", auto_renew=False
                )
                return [*stages, *_split(draws, base, flip, None, end), gone]
        stages += _split(draws, base, flip, renewed_early, next_end)
        first = term_first = end + 1
        if late_days is not None:
            stages.append(base._replace(first=first, last=end + late_days, status="expired", auto_renew=False))
            first += late_days
        term, end = term + 1, next_end


def _split(draws: Draws, term: Stage, flip: int | None, renewed: int | None, next_end: int) -> list[Stage]:
    """One term in stages: where the renewal setting flips, it is suspended for a while, or the end date moves."""
    suspended = back = None
    if draws.chance(_ODDS_SUSPENDED):
        suspended = draws.between(term.first + 20, term.last - 60)
        back = suspended + draws.between(10, 45)
    cuts = sorted(
        {term.first, *(day for day in (flip, suspended, back, renewed) if day is not None and day > term.first)}
    )
    stages = []
    for first, following in zip(cuts, [*cuts[1:], term.last + 1], strict=True):
        is_suspended = suspended is not None and back is not None and suspended <= first < back
        stages.append(
            term._replace(
                first=first,
                last=following - 1,
                status="suspended" if is_suspended else "active",
                end=next_end if renewed is not None and first >= renewed else term.end,
                auto_renew=term.auto_renew ^ (flip is not None and first >= flip),
            )
        )
    return stages
