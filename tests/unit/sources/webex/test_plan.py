"""Which days are read when, and whose calls a token has requests for."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.webex.plan import Organisations, Plan, meeting_ranges, plan_usage, windows_of
from sources.webex.usage_state import UsageState, usage_state

TODAY = date(2026, 3, 10)
NOBODY: frozenset[str] = frozenset()


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def plan(state: UsageState, today: date, organisations: Organisations, per_minute: int = 1000) -> Plan:
    days = list(state.due_days(today, calls=True))
    return plan_usage(state, days, today, organisations, calls=True, per_minute=per_minute)


def read_all(state: UsageState, found: Plan) -> None:
    for one, work in found.work.items():
        for day in list(work.meetings):
            state.done("meetings", day, one)
        for day in list(work.calls):
            state.done("calls", day, one)


def test_a_first_run_reads_what_webex_still_tells(tmp_path: Path) -> None:
    state = usage_state(tmp_path / "usage.json")
    found = plan(state, TODAY, Organisations(frozenset("m"), frozenset("c"), NOBODY))
    assert (min(found.work["m"].meetings), max(found.work["m"].meetings)) == (back(89), back(1))
    assert len(found.work["m"].meetings) == 89
    assert found.work["c"].calls == {back(days) for days in range(1, 30)}
    assert not found.work["m"].calls | found.work["c"].meetings


def test_a_day_is_read_on_three_days_and_no_more(tmp_path: Path) -> None:
    file, everybody = tmp_path / "usage.json", Organisations(frozenset("a"), frozenset("a"), NOBODY)
    read = []
    for offset in range(6):
        today = TODAY + timedelta(days=offset)
        state = usage_state(file)
        found = plan(state, today, everybody)
        read.append({(today - day).days for day in found.work["a"].calls if day >= back(1)})
        read_all(state, found)
        state.save(today)
        assert list(usage_state(file).due_days(today, calls=True)) == []  # nothing is read twice on a day
    assert read == [{1}, {1, 2}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}]


def test_days_on_which_nothing_ran_are_read_once(tmp_path: Path) -> None:
    state = usage_state(tmp_path / "usage.json")
    everybody = Organisations(frozenset("a"), NOBODY, NOBODY)
    read_all(state, plan(state, TODAY, everybody))
    later = TODAY + timedelta(days=10)
    found = plan(state, later, everybody)
    assert {(later - day).days for day in found.work["a"].meetings} == set(range(1, 14)) - {13}
    read_all(state, found)
    assert {(later - day).days for day in plan(state, later + timedelta(days=1), everybody).work["a"].meetings} == {
        0,
        1,
        2,
    }


def test_what_failed_is_read_again_and_what_came_is_not(tmp_path: Path) -> None:
    file = tmp_path / "usage.json"
    state = usage_state(file)
    found = plan(state, TODAY, Organisations(frozenset("ab"), NOBODY, frozenset("u")))
    assert found.work.keys() == {"a", "b"}
    for day in found.work["a"].meetings:
        state.done("meetings", day, "a")
    state.save(TODAY)
    state = usage_state(file)
    assert state.pending(back(1)) == {"b", "u"}
    again = plan(state, TODAY, Organisations(frozenset("abu"), NOBODY, NOBODY))
    assert again.work.keys() == {"b", "u"}
    assert len(again.work["u"].meetings) == 89
    assert state.all_pending() == {"b", "u"}


def test_what_is_remembered_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = usage_state(tmp_path / "usage.json")
    everybody = frozenset(["a", "b", "c"])
    first = plan(state, TODAY, Organisations(everybody, everybody, NOBODY), per_minute=1)
    state.partner, state.first_requests, state.said = "p", (TODAY, 7), {"day": "2026-03-10", "failures": {"a": "why"}}
    for one in "ab":
        state.done("calls", back(2), one)
    state.save(TODAY)
    assert usage_state(state.file) == state
    assert first.work and state.pending(back(2)) == everybody  # their meetings
    state.file.write_text('{"partner": "p", "days": []}')  # another version's
    assert usage_state(state.file) == UsageState(state.file)


def test_who_is_gone_is_waited_for_no_longer(tmp_path: Path) -> None:
    state = usage_state(tmp_path / "usage.json")
    plan(state, TODAY, Organisations(frozenset("ab"), NOBODY, NOBODY))
    again = plan(state, TODAY, Organisations(frozenset("b"), NOBODY, NOBODY))
    assert again.work.keys() == {"b"}
    assert state.all_pending() == {"b"}


def test_one_token_s_requests_go_to_yesterday_first(tmp_path: Path) -> None:
    organisations = frozenset(f"o{number}" for number in range(800))
    state = usage_state(tmp_path / "usage.json")
    found = plan(state, TODAY, Organisations(NOBODY, organisations, NOBODY), per_minute=1)
    assert {day for work in found.work.values() for day in work.calls} == {back(1)}
    assert (len(found.work), found.left_new) == (720, 80)
    assert not found.past_midnight
    tomorrow = plan(state, TODAY + timedelta(days=1), Organisations(NOBODY, organisations, NOBODY), per_minute=1)
    assert tomorrow.work.keys() != found.work.keys()  # others are left out


def test_older_days_get_an_hour_s_worth_of_requests(tmp_path: Path) -> None:
    state = usage_state(tmp_path / "usage.json")
    found = plan(state, TODAY, Organisations(NOBODY, frozenset(["a", "b"]), NOBODY), per_minute=1)
    windows = {(one, window) for one, work in found.work.items() for day in work.calls for window in windows_of(day)}
    recent = {(one, window) for one in "ab" for days in (1, 2, 3) for window in windows_of(back(days))}
    assert recent <= windows
    assert 58 <= len(windows - recent) <= 60
    assert found.left_older > 0


def test_runs_of_a_day_read_the_same_older_days_and_the_next_day_has_others(tmp_path: Path) -> None:
    """So that a run that was killed and is run again reads no more than one that was not."""
    everybody = Organisations(NOBODY, frozenset(["a", "b"]), NOBODY)
    state = usage_state(tmp_path / "usage.json")
    first = plan(state, TODAY, everybody, per_minute=1)
    state.done("calls", back(4), "a")
    state.save(TODAY)
    state = usage_state(state.file)
    second = plan(state, TODAY, everybody, per_minute=1)
    assert second.work["b"].calls == first.work["b"].calls
    assert second.work["a"].calls == first.work["a"].calls - {back(4)}
    read_all(state, second)
    state.save(TODAY)
    assert plan(usage_state(state.file), TODAY, everybody, per_minute=1).work == {}
    tomorrow = TODAY + timedelta(days=1)
    third = plan(usage_state(state.file), tomorrow, everybody, per_minute=1)
    older = {(one, day) for one, work in third.work.items() for day in work.calls if day < back(3)}
    assert older
    assert not older & {(one, day) for one, work in first.work.items() for day in work.calls}


def test_who_is_read_by_a_later_run_of_the_day_has_the_same_older_days(tmp_path: Path) -> None:
    """An organisation that could not be read at first ends with what it would have had at once."""
    both = frozenset(["a", "b"])
    undisturbed = plan(usage_state(tmp_path / "u"), TODAY, Organisations(NOBODY, both, NOBODY), per_minute=1)
    state = usage_state(tmp_path / "usage.json")
    first = plan(state, TODAY, Organisations(NOBODY, frozenset("a"), frozenset("b")), per_minute=1)
    assert set(first.work) == {"a"}
    read_all(state, first)
    state.save(TODAY)
    second = plan(usage_state(state.file), TODAY, Organisations(NOBODY, both, NOBODY), per_minute=1)
    assert set(second.work) == {"b"}
    assert min(undisturbed.work["b"].calls) < back(4)
    assert {**first.work, **second.work} == undisturbed.work


def test_older_days_have_a_limit_however_many_requests_there_are(tmp_path: Path) -> None:
    organisations = frozenset(f"o{number}" for number in range(2_000))
    found = plan(usage_state(tmp_path / "u"), TODAY, Organisations(NOBODY, organisations, NOBODY), per_minute=100_000)
    pairs = {(one, day) for one, work in found.work.items() for day in work.calls}
    assert {(one, back(days)) for one in organisations for days in (1, 2, 3)} <= pairs
    assert len(pairs) - 3 * 2_000 == 3_000  # two requests each beside those of the day after
    assert {day for _, day in pairs} == {back(days) for days in (1, 2, 3, 4, 5)}


@pytest.mark.parametrize(("spent", "read"), [(0, 1), (1439, 0), (1435, 1)])
def test_what_was_asked_for_today_counts(tmp_path: Path, spent: int, read: int) -> None:
    state = usage_state(tmp_path / "usage.json")
    state.first_requests = TODAY, spent
    state.save(TODAY)
    found = plan(usage_state(state.file), TODAY, Organisations(NOBODY, frozenset("a"), NOBODY), per_minute=1)
    assert (back(1) in found.work["a"].calls if "a" in found.work else False) == bool(read)
    assert usage_state(state.file).requests_on(TODAY + timedelta(days=1)) == 0


def test_windows_cover_a_day_and_the_half_day_after_midnight() -> None:
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    assert windows_of(TODAY) == tuple(midnight + timedelta(hours=hours) for hours in (0, 12, 24))


@given(st.sets(st.integers(0, 88), max_size=40))
def test_ranges_of_meetings_hold_every_day_and_are_short(offsets: set[int]) -> None:
    days = {back(offset) for offset in offsets}
    ranges = meeting_ranges(days)
    assert all((last - first).days < 29 for first, last in ranges)
    assert all(sum(first <= day <= last for first, last in ranges) == 1 for day in days)
    assert {end for pair in ranges for end in pair} <= days
