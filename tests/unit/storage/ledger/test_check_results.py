"""Check results in the ledger: what replaces what, what an acceptance holds for, and which partitions are held."""

from datetime import UTC, date, datetime

import pytest

from expectations.results import CheckResult, Severity
from planning.buildable import plan_days
from planning.records import PartitionRecord, RefusalRecord
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import counted_partitions, held_partitions, holding_results
from storage.ledger.ledger import Ledger
from storage.ledger.pruning import advance
from storage.ledger.states import partition_states

DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def load(ledger, dataset="customers", day=DAY, content="one"):
    now = datetime(2026, 3, 4, tzinfo=UTC)
    ledger.record_loaded(
        PartitionRecord(dataset, day, "signature", "landing", content, 1, 5, 5, 0, 0, now, partners={"p": 5})
    )


def failed(day=DAY, partner="p", severity=Severity.ERROR, check="row_count", sample=()):
    return CheckResult(
        "raw/customers", check, day, day, severity, passed=False, message=f"{partner}: 5 rows", failures=1,
        partner_id=partner, sample=sample,
    )  # fmt: skip


def passed(day=DAY, check="row_count"):
    return CheckResult("raw/customers", check, day, day, Severity.ERROR, passed=True)


def record(ledger, *results, content="one"):
    hashes = {("customers", result.first_date): content for result in results}
    CheckResults(ledger).record(results, "run", content_hashes=hashes)


def test_a_result_is_read_as_it_was_recorded(ledger):
    result = failed(sample=({"customer_id": "c é"},))
    record(ledger, result)

    (stored,) = CheckResults(ledger).rows()

    assert stored.result == result
    assert (stored.content_hash, stored.run_id, stored.status) == ("one", "run", "failed")


def test_new_results_stand_in_place_of_all_earlier_partners(ledger):
    record(ledger, failed(partner="p"), failed(partner="q"), failed(day=NEXT), failed(check="other"))

    record(ledger, passed())

    assert [(r.result.check_name, r.result.first_date, r.result.passed) for r in CheckResults(ledger).rows()] == [
        ("other", DAY, False),
        ("row_count", DAY, True),
        ("row_count", NEXT, False),
    ]


def test_an_acceptance_stays_while_the_content_is_the_same(ledger):
    record(ledger, failed())
    assert CheckResults(ledger).accept("row_count", DAY, DAY, "known") == 1

    record(ledger, failed())
    (same,) = CheckResults(ledger).rows()
    record(ledger, failed(), content="two")
    (other,) = CheckResults(ledger).rows()

    assert (same.status, same.accepted_reason) == ("accepted", "known")
    assert (other.status, other.accepted_reason, other.accepted_at) == ("failed", None, None)


def test_only_what_blocks_on_these_days_is_accepted(ledger):
    record(ledger, failed(), failed(day=NEXT), failed(check="warned", severity=Severity.WARN), failed(check="other"))

    assert CheckResults(ledger).accept("row_count", DAY, DAY, "known") == 1
    assert CheckResults(ledger).accept("warned", DAY, NEXT, "known") == 0


def test_a_failed_blocking_check_holds_the_content_that_it_saw(ledger):
    load(ledger)
    record(ledger, failed(partner="p"), failed(check="customers_lost"))

    assert held_partitions(ledger) == {("customers", DAY): "check customers_lost,row_count failed: p: 5 rows"}
    assert [found.result.check_name for found in holding_results(ledger)] == ["customers_lost", "row_count"]
    assert counted_partitions(ledger) == []


RELEASES = {
    "the check passes": lambda ledger: record(ledger, passed()),
    "it is accepted": lambda ledger: CheckResults(ledger).accept("row_count", DAY, DAY, "known"),
    "other rows arrive": lambda ledger: load(ledger, content="two"),
    "it only warns": lambda ledger: record(ledger, failed(severity=Severity.WARN)),
    "it only informs": lambda ledger: record(ledger, failed(severity=Severity.INFO)),
}


@pytest.mark.parametrize("release", RELEASES)
def test_a_partition_is_free_when(ledger, release):
    load(ledger)
    record(ledger, failed())
    assert holding_results(ledger)

    RELEASES[release](ledger)

    assert held_partitions(ledger) == {}
    assert holding_results(ledger) == []
    assert len(counted_partitions(ledger)) == 1


def test_a_held_partition_counts_as_refused_and_the_cause_names_the_check(ledger):
    for dataset in ("customers", "subscriptions", "license_assignments"):
        load(ledger, dataset, DAY)
        load(ledger, dataset, NEXT)
    record(ledger, failed(day=NEXT))

    states = partition_states(ledger)
    plan = plan_days(DAY, NEXT, states, max_snapshot_age_days=3)

    assert states.is_refused("customers", NEXT)
    assert plan.days == (DAY,)
    assert plan.blocked == {NEXT: "customers 2026-03-03 (check row_count failed)"}


def test_a_refused_partition_is_named_as_refused_though_its_old_rows_failed(ledger):
    load(ledger)
    record(ledger, failed())
    ledger.record_refused(RefusalRecord("customers", DAY, "s", "l", "no header", 0, datetime(2026, 3, 4, tzinfo=UTC)))

    assert plan_days(DAY, DAY, partition_states(ledger), 3).blocked == {DAY: "customers 2026-03-02"}


def test_pruning_a_dataset_prunes_its_results(ledger):
    load(ledger)
    record(ledger, failed(), failed(day=NEXT))

    advance(ledger, {"customers": NEXT})

    assert [found.result.first_date for found in CheckResults(ledger).rows()] == [NEXT]
