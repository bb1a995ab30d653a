"""Results of checks without somebody: in no sample row, message, or reason."""

from datetime import date
from pathlib import Path

from expectations.results import CheckResult, Severity
from storage.ledger.acceptances import Acceptances
from storage.ledger.check_results import CheckResults
from storage.ledger.erased_checks import ERASED, erase_from_checks
from storage.ledger.ledger import Ledger

DAY = date(2026, 5, 1)


def test_rows_and_words_of_somebody_go_and_others_stay(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        results = CheckResults(ledger)
        sample = ({"customer_id": "c1", "n": "1"}, {"customer_id": "c12", "n": "2"}, {"label": "s of c1", "n": "3"})
        results.record(
            [
                CheckResult("marts/a", "grain", DAY, DAY, Severity.ERROR, False, "3 rows", 3, sample=sample),
                CheckResult("marts/b", "sums", DAY, DAY, Severity.ERROR, False, "c1 has too many", 1),
                CheckResult("marts/c", "other", DAY, DAY, Severity.ERROR, False, "c12 has too many", 1),
            ],
            "run",
        )
        results.accept("grain", DAY, DAY, "asked c1, who knows")
        Acceptances(ledger).accept(["grain", "sums"], {DAY: "h"}, "c1 again")
        Acceptances(ledger).accept(["other"], {DAY: "h"}, "c12 again")

        assert erase_from_checks(ledger, {"c1", "s1"}) == 4

        grain, sums, other = results.rows()
        assert grain.result.sample == ({"customer_id": "c12", "n": "2"},)
        assert (grain.accepted_reason, grain.status, grain.result.failures) == (ERASED, "accepted", 3)
        assert (sums.result.message, other.result.message) == (ERASED, "c12 has too many")
        in_force = Acceptances(ledger).in_force({DAY: "h"})
        assert {check: days[DAY].reason for check, days in in_force.items()} == {
            "grain": ERASED,
            "other": "c12 again",
            "sums": ERASED,
        }
        assert erase_from_checks(ledger, set()) == 0
    assert b"who knows" not in (tmp_path / "ledger.sqlite").read_bytes()
