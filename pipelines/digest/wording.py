"""How a digest says things: figures, dates, and each action, list and outcome in a few words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from expectations.wording import LONGEST_NAME, shortened
from pipelines.digest.contents import Block
from storage.reading.opening import Row

NOTHING = "–"  # noqa: RUF001  a dash as printers set it
MINUS = "−"  # noqa: RUF001
NO_BETTER = "no better than the base rate"
ACTIONS: Mapping[str, str] = {
    "free_before_true_forward": "Free licences before the true forward",
    "settle_overage": "Settle the overage",
    "convert_trial": "Convert the trial",
    "renew": "Renew",
    "right_size": "Cut to what is needed",
    "raise_assignment": "Get licences assigned",
    "offer_more": "Offer more licences",
}
LISTS: Mapping[str, str] = {
    "recently_added": "recently added",
    "expiring": "expiring",
    "renewing": "renewing",
    "low_assignment": "low assignment",
    "over_limit": "over the limit",
    "worklist": "to decide on",
}
OUTCOMES: Mapping[str, str] = {
    "converted": "trial converted",
    "extended": "trial extended",
    "renewed": "renewed",
    "replaced": "replaced by another subscription",
    "expired_trial": "trial ended without a purchase",
    "lost": "lost at its end",
    "cancelled": "cancelled before its end",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def plain(text: object) -> str:
    """Delivered text on one line, cut where it is long: what a screen would act on, or not show, becomes `�`."""
    return shortened("".join(letter if letter.isprintable() else "�" for letter in str(text)), LONGEST_NAME)


def count(value: float | None) -> str:
    """A number with its thousands apart; a dash where there is none."""
    return NOTHING if value is None else f"{value:,.0f}"


def change(value: float | None) -> str:
    """A difference with its sign; `=` for none, a dash where it is unknown."""
    if value is None:
        return NOTHING
    rounded = round(value)
    return "=" if rounded == 0 else f"{'+' if rounded > 0 else MINUS}{abs(rounded):,}"


def day(value: date | None) -> str:
    """A day as `25 Nov 2026`, in any locale."""
    return NOTHING if value is None else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def money(currency: str | None, value: float | None) -> str:
    """An amount with its currency before it, in whole units."""
    return NOTHING if currency is None or value is None else f"{currency} {count(value)}"


def licences(number: int | None) -> str:
    """So many licences."""
    return "" if number is None else f"{number:,} licence{'' if number == 1 else 's'}"


def position(row: Row) -> str:
    """Which position: the product, and what the subscription is called; a trial by its id as well."""
    label, subscription = plain(row["subscription_label"]), plain(row["subscription_id"])
    return f"{plain(row['product']).capitalize()}, {label if label == subscription else f'{label} {subscription}'}"


def facts_of_action(row: Row, skill: float | None) -> list[str]:
    """What an action is about, beside what it is called: licences, worth, probability, and what else holds."""
    facts = [licences(row["licenses"])]
    if row["value_12m"] is not None:
        facts.append(f"{money(row['currency'], row['value_12m'])} a year")
    if row["action"] == "offer_more" and row["probability_over_limit_90d"] is not None:
        facts.append(probability(row["probability_over_limit_90d"], skill))
    if row["also"]:
        facts.append("also: " + ", ".join(ACTIONS.get(name, plain(name)).lower() for name in row["also"].split(", ")))
    return [fact for fact in facts if fact]


def probability(value: float, skill: float | None) -> str:
    """How likely it is, and what such a forecast was worth."""
    worth = [] if skill is None else [f"forecast skill {skill:+.3f}".replace("-", MINUS)]
    if skill is None or skill <= 0:
        worth.append(NO_BETTER)
    return f"{value:.0%} likely over the limit in 90 days ({', '.join(worth)})"


def due(value: date | None, today: date) -> str:
    """By when; what is due on the digest's own day, or was before, is due now."""
    if value is None:
        return ""
    return "due now" if value <= today else f"by {day(value)}"


def by_action(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows of each action, in the order in which the actions come."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["action"], []).append(row)
    return list(found.items())


def lists_of(row: Row) -> str:
    """The lists that a position is newly on."""
    return ", ".join(LISTS[name] for name in row["lists"])


def outcome(row: Row) -> str:
    """What became of a position."""
    return OUTCOMES.get(row["outcome"], plain(row["outcome"]))


def licences_after(row: Row) -> str:
    """A position's licences before and after."""
    before, after = row["total_licenses"], row["licenses_after"]
    if before == after:
        return licences(before)
    return f"{count(before)} → {count(after)} licences"


def no_outcome(block: Block) -> str:
    """What is said where nothing was decided, as far as the week is published."""
    if block.unpublished_days:
        return "Nothing was told on the days of the week that are published."
    return "No subscription was renewed, replaced, lost or cancelled."


def title(week: str) -> str:
    """What a week's digest is called."""
    year, _, number = week.partition("-W")
    return f"Portfolio, week {int(number)} of {year}"


FILTERS: Mapping[str, Callable[..., str]] = {
    "plain": plain,
    "count": count,
    "change": change,
    "day": day,
    "money": money,
    "position": position,
    "outcome": outcome,
    "licences_after": licences_after,
    "lists_of": lists_of,
    "due": due,
}
"""What the templates may call."""
