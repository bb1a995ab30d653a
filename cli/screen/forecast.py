"""How a probability of overage is shown: never without saying whether the forecast was worth anything."""

from cli.screen.output import NOTHING, written
from cli.screen.sections import Kind
from storage.reading.opening import Row

NO_BETTER = "no better than the base rate"
_FEWEST_EXCEEDED = 5


def is_better(skill: Row | None) -> bool:
    """Whether the forecast of 90 days ago told more than the base rate; not where that can't be told."""
    return skill is not None and skill["skill"] is not None and skill["skill"] > 0


def probability(row: Row, *, better: bool) -> str:
    """A row's probability, with what there is to say against it."""
    value = row["probability_over_limit_90d"]
    if value is None:
        return NOTHING
    text = written(value, Kind.RATIO)
    return text if better else f"{text}, {NO_BETTER}"


def skill_line(skill: Row | None) -> str:
    """What became of the forecasts of 90 days ago, of all customers together."""
    if skill is None or not skill["positions"]:
        return f"forecast skill, all customers: not known, no forecast was made 90 days ago: {NO_BETTER}"
    made = f"{skill['positions']:,} forecasts of 90 days ago, {skill['exceeded']:,} came over the limit"
    if skill["skill"] is None:
        few = ", too few to tell" if skill["exceeded"] < _FEWEST_EXCEEDED else ""
        return f"forecast skill, all customers: not known, {made}{few}: {NO_BETTER}"
    scores = f"Brier {skill['brier_score']:.4f}, by the base rate {skill['reference_brier_score']:.4f}"
    verdict = "better than the base rate" if is_better(skill) else NO_BETTER
    return f"forecast skill, all customers: {skill['skill']:+.3f} ({scores}; {made}): {verdict}"


def base_rate_line(row: Row) -> str:
    """What the probabilities lean on: how many of all came over their limit in 90 days."""
    exceeded, positions = row["cohort_exceeded"], row["cohort_positions"]
    if not positions:
        return "base rate, all customers: not known, nothing is known of 90 days ago"
    share = written(exceeded / positions, Kind.RATIO)
    return f"base rate, all customers: {share}, {exceeded:,} of {positions:,} within the limit 90 days ago are over it"
