"""Small subscriptions beside a customer's main ones: projects, trials of a department, growing agreements.

Each slot has one of each a period, of the next kind each time. Slots take turns within the period: so what happens at
the end of a kind happens evenly over the year, and not by chance three times in a month and then not.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from sources.simulator.days import add_months
from sources.simulator.draws import Draws
from sources.simulator.licences import Line, lines_of
from sources.simulator.lives import Stage, cut_off
from sources.simulator.portfolio import Customer, Slot, Subscription

_PROJECT_EVERY, _TRIAL_EVERY, _AGREEMENT_EVERY = 320, 330, 1100
_AGREEMENT_AMONG = 5  # slots, of which one at a time has a growing agreement
_TRIAL_DAYS, _EXTENSION_DAYS = 45, 30
_LEAST_SEATS = 6.0  # of which a cut or a top-up shows
_SETTLED_DAYS = 20  # after the customer's first start
_FIRST_ORDINAL = 256  # of the first kind's numbers; those of the portfolio's own subscriptions stay far below
_SECOND_ORDINAL = 448  # of agreements' numbers
_FIRST_TURN = 14  # of the longest period: that of 2012, before any history


class _Life(NamedTuple):
    """One subscription of a project: its first day and its stages."""

    start: int
    stages: list[Stage]
    adjusted: Callable[[Line], Line] = lambda line: line


def besides(customer: Customer, slot: Slot, start: int, until: int) -> Iterator[Subscription]:
    """The small subscriptions of a customer whose main ones last from `start` to `until` (day numbers)."""
    for turn, begun in _turns(slot, _PROJECT_EVERY, start, until):
        draws = Draws.named("project", customer.partner_id, customer.customer_id, str(turn))
        lives = _PROJECTS[(slot.place + turn) % len(_PROJECTS)](draws, begun)
        name = f"Sub{slot.subscription_number(_FIRST_ORDINAL + turn - _FIRST_TURN)}"
        lines = _lines(draws, customer, slot, draws.uniform(0.1, 0.3), is_trial=False)
        for life in lives:
            if life.start <= until:
                stages = cut_off(draws, life.stages, until)
                yield Subscription(name, False, life.start, stages, [life.adjusted(line) for line in lines])
            name = renumbered(name)
    for turn, begun in _turns(slot, _TRIAL_EVERY, start, until):
        draws = Draws.named("trial", customer.partner_id, customer.customer_id, str(turn))
        stages = cut_off(draws, _TRIALS[(slot.place + turn) % len(_TRIALS)](draws, begun), until)
        lines = _lines(draws, customer, slot, draws.uniform(0.05, 0.2), is_trial=True)
        yield Subscription(f"trialSub.{draws.uuid()}", True, begun, stages, lines)
    for turn, begun in _turns(slot, _AGREEMENT_EVERY, start, until):
        if (slot.place + turn) % _AGREEMENT_AMONG == 0:
            draws = Draws.named("agreement", customer.partner_id, customer.customer_id, str(turn))
            name = f"Sub{slot.subscription_number(_SECOND_ORDINAL + turn - _FIRST_TURN)}"
            stages = cut_off(draws, _agreement(draws, begun), until)
            lines = [_outgrown(line) for line in _lines(draws, customer, slot, 0.4, is_trial=False)]
            yield Subscription(name, False, begun, stages, lines, "enterprise_agreement")


def renumbered(subscription_id: str) -> str:
    """The id of the subscription that replaces this one: a digit longer, and so unlike all that replace none."""
    return f"{subscription_id}2"


def _turns(slot: Slot, every: int, start: int, until: int) -> Iterator[tuple[int, int]]:
    """The slot's turns between two days: number and first day of each."""
    phase = slot.place * every // slot.places
    for turn in range((start + _SETTLED_DAYS - phase) // every + 1, (until - phase) // every + 1):
        yield turn, turn * every + phase


def _lines(draws: Draws, customer: Customer, slot: Slot, size: float, *, is_trial: bool) -> list[Line]:
    product, seats = draws.pick(slot.products), max(customer.seats * size, _LEAST_SEATS)
    holders = customer.subscriptions[0].lines[0].holder_seed
    return lines_of(draws, (product,), seats, slot.adoption, holders, is_trial=is_trial)


def _year(start: int, *, auto_renew: bool) -> Stage:
    return _term(start, 12, auto_renew=auto_renew)


def _term(start: int, months: int, *, auto_renew: bool) -> Stage:
    end = add_months(start, months) - 1
    return Stage(start, end, "active", end, auto_renew, 0, start, end)


def _gone(draws: Draws, stage: Stage, status: str = "expired") -> Stage:
    after = stage.last + draws.between(25, 60)
    return stage._replace(first=stage.last + 1, last=after, status=status, auto_renew=False)


def _changing(stage: Stage, day: int, **changes: object) -> list[Stage]:
    """The stage in two, the second from `day` on with changes."""
    return [stage._replace(last=day - 1), stage._replace(first=day, **changes)]  # type: ignore[arg-type]


def _suspended(draws: Draws, stage: Stage) -> list[Stage]:
    """The stage with three weeks, some months after its first day, in which it is suspended."""
    active, rest = _changing(stage, stage.first + 150 + draws.between(0, 6))
    suspended, active_again = _changing(rest, rest.first + 21)
    return [active, suspended._replace(status="suspended"), active_again]


def _lost(draws: Draws, start: int) -> list[_Life]:
    """Not renewed; suspended for some weeks before."""
    year = _year(start, auto_renew=False)
    return [_Life(start, [*_suspended(draws, year), _gone(draws, year)])]


def _replaced(draws: Draws, start: int) -> list[_Life]:
    """Topped up, set to renew by itself, and renewed for a quarter under another number."""
    year = _year(start, auto_renew=False)
    usual, more = _changing(year, start + 180 + draws.between(0, 6), size=draws.uniform(1.1, 1.3))
    switched = _changing(more, year.last - 90 - draws.between(0, 6), auto_renew=True)
    following = _term(year.last + 1, 3, auto_renew=False)
    announced = following._replace(first=following.first - 14, last=following.first - 1, status="pending")
    return [
        _Life(start, [usual, *switched, _gone(draws, year)]),
        _Life(following.first, [announced, following, _gone(draws, following)], adjusted=_rolled_out),
    ]


def _cancelled(draws: Draws, start: int) -> list[_Life]:
    """Given up within the term, its renewal setting switched off some weeks before."""
    year = _year(start, auto_renew=True)
    switched = _changing(year, start + 160 + draws.between(0, 6), auto_renew=False)
    return [_Life(start, cut_off(draws, switched, start + 200))]


def _cut(draws: Draws, start: int) -> list[_Life]:
    """Renewed by itself for a quarter with fewer licences, and not again; suspended for some weeks before."""
    year = _year(start, auto_renew=True)
    end = add_months(start, 15) - 1
    second = Stage(year.last + 1, end, "active", end, True, 1, year.last + 1, end, size=draws.uniform(0.65, 0.85))
    switched = _changing(second, end - 60 - draws.between(0, 6), auto_renew=False)
    return [_Life(start, [*_suspended(draws, year), *switched, _gone(draws, second)])]


def _agreement(draws: Draws, start: int) -> list[Stage]:
    """Three years; what outgrew the allowance in each is bought from the next on."""
    end = add_months(start, 36) - 1
    firsts = [start, add_months(start, 12), add_months(start, 24), end + 1]
    years = [
        Stage(first, following - 1, "active", end, True, number, first, following - 1)
        for number, (first, following) in enumerate(pairwise(firsts))
    ]
    return [*years, _gone(draws, years[-1])]


def _rolled_out(line: Line) -> Line:
    return replace(line, head_start=1.0)


def _outgrown(line: Line) -> Line:
    return replace(line, target=0.82, drift=0.5, growth=1.3, sway=0.01)


def _trial(start: int) -> Stage:
    end = start + _TRIAL_DAYS - 1
    return Stage(start, end, "active", end, False, 0, start, end)


def _lapsing(draws: Draws, start: int) -> list[Stage]:
    trial = _trial(start)
    return [trial, _gone(draws, trial)]


def _extended(draws: Draws, start: int) -> list[Stage]:
    """Given more time some days before its end, and not bought in the end."""
    trial = _trial(start)
    end = trial.last + _EXTENSION_DAYS
    before, after = _changing(trial, trial.last - draws.between(1, 5), end=end, last=end)
    return [before, after, _gone(draws, after)]


def _converted(draws: Draws, start: int) -> list[Stage]:
    """Bought under its own id: given up within a year, or set to renew by itself and kept for two."""
    trial = _trial(start)
    bought = trial.last + 1
    first_end, end = add_months(bought, 12) - 1, add_months(bought, 24) - 1
    year = Stage(bought, first_end, "active", first_end, False, 0, bought, first_end, converted=True)
    if draws.chance(0.5):
        return [trial, *cut_off(draws, [year], bought + 210)]
    switched = _changing(year, bought + 90 + draws.between(0, 6), auto_renew=True)
    second = Stage(first_end + 1, end, "active", end, True, 1, first_end + 1, end, converted=True)
    return [trial, *switched, second, _gone(draws, second)]


_PROJECTS = (_lost, _replaced, _cancelled, _cut)
_TRIALS = (_lapsing, _converted, _extended)
