"""What `portfolio status --check` says, as monitoring plugins do: the state on the first line, then each problem."""

from collections.abc import Iterator

from cli.screen.output import clean
from expectations.wording import said_once
from pipelines.commands.health import Health, State

UNKNOWN = int(State.UNKNOWN)
_MOST_LINES = 50


def check_lines(health: Health) -> Iterator[str]:
    """The first one begins with `OK`, `WARNING` or `CRITICAL`; none has a `|`, behind which figures would stand."""
    lines = [_line(line) for line in said_once(problem.message for problem in health.problems)]
    more = f" (and {len(lines) - 1:,} more)" if len(lines) > 1 else ""
    yield f"{health.state.name} - {lines[0] if lines else _well(health)}{more}"
    yield from lines[1:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"and {len(lines) - _MOST_LINES:,} more"


def unknown_line(why: str) -> str:
    """The line of a check that could not look."""
    return f"{State.UNKNOWN.name} - {_line(why)}"


def _well(health: Health) -> str:
    if health.published is None:
        return "nothing is published yet"
    days = len(health.published.days)
    return f"data as of {health.published.facts['last_as_of_date']}, {days:,} day{'' if days == 1 else 's'} published"


def _line(text: str) -> str:
    return clean(" ".join(text.split())).replace("|", "/")
