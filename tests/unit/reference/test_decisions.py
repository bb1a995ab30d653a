"""The naive implementation agrees with the decisions that were worked out by hand."""

from datetime import date
from pathlib import Path

import pytest

from ...golden.decisions import CASES, DAY, book_of, delivered
from ...golden.decisions.checking import disagreements
from ...reference.comparing import differences, mart_from_csv, report
from ...reference.decisions.columns import ADDED, DECISIONS
from ...reference.decisions.history import History
from ...reference.marts import marts_of_day
from ...reference.memory import MemoryLanding
from ...reference.raw import Landing

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.mark.parametrize("name", CASES)
def test_cases_come_out_as_worked_out(name: str) -> None:
    book = book_of(name)
    marts = marts_of_day(History(MemoryLanding(delivered([book]))), DAY)
    lines = [line for mart in book.expected for line in disagreements(book, mart, marts[mart])]
    assert book.expected and not lines, "\n".join(lines)


def test_every_decision_mart_has_cases() -> None:
    assert {mart for name in CASES for mart in book_of(name).expected} >= DECISIONS.keys() | ADDED.keys()


@pytest.fixture(scope="module")
def golden() -> dict[str, list[dict[str, object]]]:
    """Both days of the golden portfolio, of all specified marts."""
    history = History(Landing(GOLDEN / "landing"))
    days = [marts_of_day(history, day) for day in (date(2024, 5, 30), date(2024, 5, 31))]
    return {mart: [row for day in days for row in day[mart]] for mart in days[0]}


@pytest.mark.parametrize("mart", DECISIONS)
def test_golden_decisions_come_out_as_worked_out(golden: dict[str, list[dict[str, object]]], mart: str) -> None:
    lines = differences(mart, golden[mart], mart_from_csv(GOLDEN / "marts", mart))
    assert not lines, report("golden", mart, lines)
