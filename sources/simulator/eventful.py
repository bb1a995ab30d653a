"""More that a partner has to look after, so that each list of decisions has something on it, whatever the day.

What a portfolio does anyway stays: renewals, trials, growth. In addition subscriptions are renewed under a new number,
cut, or topped up, assigned licences wander over the limit and back, and each customer has small subscriptions beside
its main ones. Those begin in turn, slot after slot, so that a partner of some dozens sees each kind every month.
All of it is drawn from names, apart from the portfolio's own draws.
"""

from dataclasses import replace

from sources.simulator.besides import besides, renumbered
from sources.simulator.draws import Draws
from sources.simulator.licences import Line
from sources.simulator.lives import Stage, last_valid_day
from sources.simulator.portfolio import Customer, Slot, Subscription

_ODDS_RENUMBERED = 0.3  # of renewals: vendors give many a new subscription id
_ODDS_CUT = 0.2  # of renewals: fewer licences than before
_ODDS_TOPPED_UP = {True: 0.5, False: 0.1}  # in a term, by whether it grows beyond what was bought
_ODDS_WANDERING = 0.12  # of lines that are neither unused nor growing
_WELL_ADOPTED = 0.68  # the least target of a line that is handed out as usual
_LARGEST, _SMALLEST = 1.4, 0.6


def eventful(customer: Customer, slot: Slot) -> Customer:
    """The customer with more happening; what happens does not depend on the days that are asked for."""
    paid = [item for item in customer.subscriptions if not item.is_trial]
    if not paid:
        return customer
    told = [part for item in customer.subscriptions for part in _retold(item)]
    start = min(item.start for item in paid)
    until = max(last_valid_day(item.stages) for item in paid)
    told += besides(customer, slot, start, until)
    last_row = max(item.stages[-1].last for item in told)
    return replace(customer, subscriptions=told, last=max(customer.last, last_row))


def _retold(item: Subscription) -> list[Subscription]:
    draws = Draws.named("events", item.subscription_id)
    lines = [_wandering(draws, line) for line in item.lines]
    if item.is_trial:
        return [replace(item, lines=lines)]
    is_growing = any(line.drift > 0 for line in lines)
    stages = _resized(draws, item.stages, is_growing)
    return _with_numbers(draws, replace(item, lines=lines, stages=stages))


def _wandering(draws: Draws, line: Line) -> Line:
    """Overage that comes and goes: handed out nearly whole, and swaying more than others."""
    wanders = draws.chance(_ODDS_WANDERING)
    target, sway, sway_days = draws.uniform(0.88, 0.94), draws.uniform(0.08, 0.13), draws.uniform(60, 120)
    if not wanders or line.drift > 0 or line.target < _WELL_ADOPTED:
        return line
    return replace(line, target=target, sway=sway, sway_days=sway_days)


def _resized(draws: Draws, stages: list[Stage], is_growing: bool) -> list[Stage]:
    """Cut at some renewals, topped up within some terms."""
    size, found = 1.0, list[Stage]()
    for before, stage in zip([stages[0], *stages], stages, strict=False):
        cut, topped_up = draws.chance(_ODDS_CUT), draws.chance(_ODDS_TOPPED_UP[is_growing])
        less, more, at = draws.uniform(0.75, 0.92), draws.uniform(1.08, 1.22), draws.uniform(0.3, 0.85)
        if stage.term > before.term:
            size = 1.0 if is_growing else size * less if cut and size > _SMALLEST else size
        day = stage.first + int((stage.last - stage.first) * at)
        if topped_up and size < _LARGEST and stage.status == "active" and stage.last - stage.first > 120:
            found.append(stage._replace(last=day - 1, size=size))
            size *= more
            stage = stage._replace(first=day)
        found.append(stage._replace(size=size))
    return found


def _with_numbers(draws: Draws, item: Subscription) -> list[Subscription]:
    """The subscription in as many as it has numbers: a renewal on the day may come with a new one."""
    found, kept = list[Subscription](), list[Stage]()
    for stage in item.stages:
        renewed = bool(kept) and stage.term > kept[-1].term and stage.status == kept[-1].status == "active"
        new_number = draws.chance(_ODDS_RENUMBERED)
        seen_after, announced = draws.between(15, 45), draws.between(3, 25)
        if renewed and new_number and kept[-1].end == kept[-1].last:
            gone = kept[-1]._replace(
                first=stage.first, last=stage.first + seen_after, status="expired", auto_renew=False
            )
            found.append(replace(item, stages=[*kept, gone]))
            item = replace(
                item,
                subscription_id=renumbered(item.subscription_id),
                start=stage.first,
                lines=[replace(line, head_start=1.0) for line in item.lines],
            )
            pending = stage._replace(first=stage.first - announced, last=stage.first - 1, status="pending")
            kept = [pending]
        kept.append(stage)
    return [*found, replace(item, stages=kept)]
