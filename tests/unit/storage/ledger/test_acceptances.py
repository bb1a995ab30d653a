"""An acceptance holds for a check on a day with just the inputs and rules that were seen."""

from datetime import date
from pathlib import Path

import pytest

from storage.ledger.acceptances import Acceptances, seen_hashes, window_hash
from storage.ledger.ledger import Ledger

MAY_1, MAY_2, MAY_3 = (date(2026, 5, day) for day in (1, 2, 3))
SEEN = {MAY_1: "a", MAY_2: "b"}


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def test_it_is_in_force_for_the_days_and_the_hashes_that_were_seen(ledger: Ledger) -> None:
    Acceptances(ledger).accept(["sums", "grain"], SEEN, "known")
    in_force = Acceptances(ledger).in_force({MAY_1: "a", MAY_2: "changed", MAY_3: "a"})
    assert {check: list(days) for check, days in in_force.items()} == {"sums": [MAY_1], "grain": [MAY_1]}
    assert in_force["sums"][MAY_1].reason == "known"


def test_a_day_on_which_the_check_found_nothing_keeps_none(ledger: Ledger) -> None:
    acceptances = Acceptances(ledger)
    acceptances.accept(["sums", "grain"], SEEN, "known")
    acceptances.keep_failed("sums", [MAY_1, MAY_2], failed=[MAY_2])
    assert {check: list(days) for check, days in acceptances.in_force(SEEN).items()} == {
        "sums": [MAY_2],
        "grain": [MAY_1, MAY_2],
    }


def test_what_is_seen_follows_inputs_and_rules() -> None:
    rules = {"models": "m1", "contract version": "1"}
    seen = seen_hashes(SEEN, rules)
    assert seen == seen_hashes(dict(SEEN), dict(reversed(rules.items())))
    assert seen[MAY_1] != seen[MAY_2]
    assert seen[MAY_1] != seen_hashes(SEEN, rules | {"models": "m2"})[MAY_1]
    assert window_hash(seen) != window_hash({MAY_1: seen[MAY_1]})
