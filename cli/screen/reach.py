"""How far each partner's data reaches, in a few lines: those that lag one by one, all others in one."""

from collections.abc import Iterator, Sequence
from datetime import date

from cli.screen.days import some
from cli.screen.output import clean
from storage.reading.reach import PartnerReach

_MOST = 10


def reach_lines(partners: Sequence[PartnerReach]) -> Iterator[str]:
    """A line for the partners that reach the newest day with that day's snapshots, and one for each that lags."""
    if not partners:
        return
    newest = max(reach.day for reach in partners)
    level = [reach.partner_id for reach in partners if not reach.lags(newest)]
    lagging = sorted(
        (reach for reach in partners if reach.lags(newest)), key=lambda reach: (reach.day, reach.partner_id)
    )
    if level:
        yield f"data as of {newest}: {_named(level)}"
    for reach in lagging[:_MOST]:
        yield f"data as of {reach.day}: {_named([reach.partner_id])}: {'; '.join(lag_notes(reach, newest))}"
    if len(lagging) > _MOST:
        yield f"and {len(lagging) - _MOST:,} more partners lag; `portfolio show --partner ID` says how"


def lag_notes(reach: PartnerReach, newest: date) -> Iterator[str]:
    """How a partner lags: days behind the newest of all partners, and snapshots of an earlier day."""
    if behind := (newest - reach.day).days:
        yield f"behind {newest}, the newest that is published, by {behind:,} day{'' if behind == 1 else 's'}"
    of: dict[date, list[str]] = {}
    for name, day in reach.bridged.items():
        of.setdefault(day, []).append(name)
    if of:
        yield "bridged: " + "; ".join(f"{', '.join(names)} of {day}" for day, names in sorted(of.items()))


def _named(partners: Sequence[str]) -> str:
    """The partners, or how many they are."""
    if len(partners) > _MOST:
        return f"{len(partners):,} partners"
    return f"partner{'' if len(partners) == 1 else 's'} {some([clean(name) for name in partners], _MOST)}"
