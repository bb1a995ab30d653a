"""What is remembered of sent digests, and how weeks are called."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.digests import DigestLog, week_of

AT = datetime(2026, 3, 23, 5, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    with DigestLog(tmp_path / "digests.sqlite") as opened:
        yield opened


def known(log, week="2026-W12"):
    found = log.of_week(week)
    return sorted(found.sent), sorted(found.claimed)


def test_a_digest_is_claimed_then_sent_or_given_back(log):
    for recipient in ("a", "b", "c"):
        log.claim("2026-W12", recipient, AT)
    log.sent("2026-W12", "a", AT)
    log.give_back("2026-W12", "b")
    log.give_back("2026-W12", "a")  # what was sent stays sent
    assert known(log) == (["a"], ["c"])
    assert known(log, "2026-W13") == ([], [])


def test_another_process_knows_it(log, tmp_path):
    log.claim("2026-W12", "a", AT)
    with DigestLog(tmp_path / "digests.sqlite") as other:
        assert known(other) == ([], ["a"])


def test_weeks_of_more_than_a_year_ago_are_forgotten_but_the_one_that_is_sent(log):
    log.sent("2024-W50", "a", AT)
    assert known(log, "2024-W50") == (["a"], [])
    log.sent("2025-W10", "a", AT)
    assert (known(log, "2024-W50"), known(log, "2025-W10")) == (([], []), (["a"], []))


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_a_week_is_the_iso_week(day):
    assert week_of(day) == day.strftime("%G-W%V")
