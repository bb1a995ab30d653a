"""Checks of lake partitions over a real lake and ledger: what is checked when, and verdicts that no order changes."""

import itertools
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.checks import partition_checks
from assets.checks.partition_checks import CheckRun, check_partitions
from assets.ingest.ingestion import ingest_partition
from assets.ingest.rules import IngestRules
from expectations.contract import CUSTOMERS
from expectations.results import Severity
from expectations.suites.anomaly_suite import Thresholds
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import held_partitions
from storage.ledger.ledger import Ledger
from storage.ledger.partition_profiles import PartitionProfiles

FIRST = date(2026, 3, 1)
RULES = IngestRules(holder_key=b"k" * 32, max_quarantined_share=1.0, memory_limit="500MB", threads=1)
# Small, so that a handful of customers is enough history.
THRESHOLDS = Thresholds(min_days=2, min_rows=4)


class Home:
    """Landing, lake and ledger in a folder, with customers alone."""

    def __init__(self, root):
        self.root, self.ledger, self.lake = root, Ledger(root / "ledger.sqlite"), Lake(root / "lake")

    def deliver(self, number, customers, partner="p"):
        """Ingest the snapshot of the day with this number: customers c0, c1 … of a partner."""
        day = FIRST + timedelta(days=number)
        folder = self.root / "landing" / "customers" / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        rows = [f"{partner},c{n},Customer,," for n in range(customers)]
        lines = [",".join(CUSTOMERS.column_names), *rows]
        (folder / f"{partner}.csv").write_text("\n".join(lines) + "\n")
        return ingest_partition(
            LandingFolder(self.root / "landing"), self.lake, self.ledger, CUSTOMERS, day, RULES
        ).record

    def check(self, thresholds=THRESHOLDS):
        return check_partitions(CheckRun(self.lake, self.ledger, CUSTOMERS, RULES, thresholds, "run"))

    def held(self):
        return [(day - FIRST).days for _, day in sorted(held_partitions(self.ledger))]

    def lost(self):
        """Severity of `customers_lost` by number of day, where it failed."""
        return {
            (found.result.first_date - FIRST).days: found.result.severity
            for found in CheckResults(self.ledger).rows()
            if found.result.check_name == "customers_lost" and not found.result.passed
        }


@pytest.fixture
def home(tmp_path):
    opened = Home(tmp_path)
    yield opened
    opened.ledger.close()


def test_what_was_checked_is_not_checked_again(home):
    for number in range(3):
        home.deliver(number, 4)

    assert {result.check_name for result in home.check()} == {"contract", "row_count", "customers_lost"}
    assert home.check() == []

    home.deliver(2, 5)
    assert {(result.first_date - FIRST).days for result in home.check()} == {2}


def test_a_snapshot_that_lost_half_is_held_with_some_of_them_until_it_is_delivered_anew(home):
    for number, customers in enumerate((8, 8, 4)):
        home.deliver(number, customers)

    home.check()

    assert home.held() == [2]
    (found,) = [r for r in CheckResults(home.ledger).rows() if r.result.blocks]
    assert found.result.message == "p: 4 of 8 customers (50%) of 2026-03-02 are gone"
    assert found.result.sample == tuple({"customer_id": f"c{n}"} for n in (4, 5, 6, 7))

    home.deliver(2, 8)
    home.check()
    assert home.held() == []
    assert home.lost() == {}


def test_a_second_bad_day_is_held_against_the_last_good_one_and_an_acceptance_frees_later_ones(home):
    for number, customers in enumerate((8, 8, 4, 4, 4)):
        home.deliver(number, customers)

    home.check()
    assert home.held() == [2, 3, 4]

    day = FIRST + timedelta(days=2)
    CheckResults(home.ledger).accept("customers_lost", day, day, "sold")
    home.check()
    assert home.held() == []
    assert [r.accepted_reason for r in CheckResults(home.ledger).rows() if not r.result.passed] == ["sold"]


def test_a_first_load_never_blocks_for_want_of_history(home):
    home.deliver(0, 8)
    home.deliver(1, 1)

    home.check()

    assert home.held() == []
    assert home.lost() == {1: Severity.INFO}


def test_another_threshold_judges_again(home):
    for number, customers in enumerate((8, 8, 4)):
        home.deliver(number, customers)
    home.check()

    home.check(Thresholds(min_days=2, min_rows=4, customers_lost_block=0.6))

    assert home.held() == []
    assert home.lost() == {2: Severity.WARN}


def test_a_partner_that_a_day_lacks_is_bridged(home):
    for number in range(3):
        home.deliver(number, 8, "p")
        home.deliver(number, 8, "q")
    home.deliver(3, 8, "q")

    home.check()

    assert home.held() == []
    assert home.lost() == {}


def test_profiles_follow_what_the_lake_holds(home):
    home.deliver(0, 8)
    home.check()
    home.deliver(0, 2, "q")
    home.check()

    profiles = PartitionProfiles(home.ledger).read("customers", FIRST, FIRST)

    assert {partner: profile.rows for partner, profile in profiles[FIRST].items()} == {"p": 8, "q": 2}


@pytest.mark.parametrize(("rows", "batches"), [(16, [2, 2, 1]), (1, [1, 1, 1, 1, 1]), (1000, [5])])
def test_a_long_range_is_validated_in_batches_of_rows(home, monkeypatch, rows, batches):
    monkeypatch.setattr(partition_checks, "BATCH_ROWS", rows)
    for number in range(5):
        home.deliver(number, 8)
    validated = []
    original = partition_checks._check_contract

    def counting(run, con, days, contents):
        validated.append(len(days))
        return original(run, con, days, contents)

    monkeypatch.setattr(partition_checks, "_check_contract", counting)
    home.check()

    assert validated == batches


DELIVERIES = st.lists(st.sampled_from([0, 3, 4, 8, 16]), min_size=3, max_size=6)


@settings(max_examples=15, deadline=None)
@given(DELIVERIES, st.data())
def test_verdicts_do_not_depend_on_the_order_of_arrival(deliveries, data):
    numbers = [number for number, customers in enumerate(deliveries) if customers]
    order = data.draw(st.permutations(numbers))
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            for number in order:
                home.deliver(number, deliveries[number])
                if data.draw(st.booleans()):
                    home.check()
            home.check()
            assert home.held() == naive_holds(deliveries)
        finally:
            home.ledger.close()


def naive_holds(deliveries):
    """The days held, one after the other: half of the customers gone since the last good day, the third one on."""
    held, good = [], []
    for number, customers in enumerate(deliveries):
        if not customers:
            continue
        judged = len(good) >= 2 and good[-1] >= 4
        if judged and (good[-1] - customers) / good[-1] >= 0.5:
            held.append(number)
        else:
            good.append(customers)
    return held


def test_the_naive_holds_are_right_on_a_case_worked_out_by_hand():
    # Day 2 has half of 8; day 3 half of the last good one, 8, too; day 4 has all of it.
    assert list(itertools.chain(naive_holds([8, 8, 4, 4, 8]), naive_holds([8, 4, 8]))) == [2, 3]
