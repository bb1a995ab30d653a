"""The memory of alerts: a message a change, whoever observes, in whatever order; unsent ones wait in order."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.alerts import AlertLog, Condition
from storage.home import Home

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


def at(minutes):
    return START + timedelta(minutes=minutes)


def refused(day, cause="no header"):
    return Condition("partition", f"customers {day}", cause, f"refused: {day}: {cause}", f"{day} is let in")


def failed(cause):
    return Condition("run", "run", cause, f"run failed: {cause}", "a run succeeded again")


def said(changes):
    return [(change.change, change.message) for change in changes]


@pytest.fixture
def log(tmp_path):
    with AlertLog(Home(tmp_path).alerts) as opened:
        yield opened


def unsent(log):
    """Every message that waits, sent now."""
    messages = []
    while message := log.claim(at(0), 10):
        messages.append(said(message.changes))
        log.sent(message)
    return messages


def test_a_condition_is_told_once_then_its_end_once(log):
    for minute in (0, 1, 2):
        log.observe(["partition"], [refused(1)], at(minute))
    for minute in (3, 4):
        log.observe(["partition"], [], at(minute))
    assert unsent(log) == [[("problem", "refused: 1: no header")], [("recovered", "1 is let in")]]


def test_another_state_of_the_same_subject_is_a_change_and_it_can_come_back(log):
    assert said(log.observe(["run"], [failed("disk full")], at(0))) == [("problem", "run failed: disk full")]
    assert said(log.observe(["run"], [failed("no landing")], at(1))) == [("problem", "run failed: no landing")]
    assert said(log.observe(["run"], [], at(2))) == [("recovered", "a run succeeded again")]
    assert said(log.observe(["run"], [failed("disk full")], at(3))) == [("problem", "run failed: disk full")]


def test_changes_of_one_observation_are_one_message(log):
    log.observe(["partition"], [refused(1), refused(2)], at(0))
    log.observe(["partition"], [refused(2), refused(3)], at(1))
    assert unsent(log) == [
        [("problem", "refused: 1: no header"), ("problem", "refused: 2: no header")],
        [("problem", "refused: 3: no header"), ("recovered", "1 is let in")],
    ]


def test_kinds_that_were_not_looked_at_stay_as_they_are(log):
    log.observe(["run", "partition"], [failed("disk full"), refused(1)], at(0))
    assert log.observe(["partition"], [refused(1)], at(1)) == []
    assert said(log.observe(["partition"], [], at(2))) == [("recovered", "1 is let in")]
    assert [message for _, message in log.standing()] == ["run failed: disk full"]


def test_an_event_that_is_heard_of_late_changes_nothing(log):
    log.observe(["run"], [failed("disk full")], at(0))
    log.observe(["run"], [], at(10))
    assert log.observe(["run"], [failed("disk full")], at(5)) == []
    log.observe(["run"], [failed("no landing")], at(20))
    assert log.observe(["run"], [], at(15)) == []
    assert log.standing() == [(at(20), "run failed: no landing")]


CONDITIONS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), CONDITIONS), max_size=12))
def test_messages_are_the_differences_of_observations_in_the_order_of_their_times(observations):
    expected, standing, newest = [], {}, -1
    for minute, now in observations:
        if minute < newest:
            continue
        newest = minute
        begun = {("problem", f"refused: {name}: {state}") for name, state in now.items() if standing.get(name) != state}
        over = {("recovered", f"{name} is let in") for name in standing if name not in now}
        if begun | over:
            expected.append(begun | over)
        standing = now
    with TemporaryDirectory() as home, AlertLog(Home(Path(home)).alerts) as log:
        for minute, now in observations:
            log.observe(["partition"], [refused(name, state) for name, state in now.items()], at(minute))
        assert [set(message) for message in unsent(log)] == expected
        assert {message for _, message in log.standing()} == {
            f"refused: {name}: {state}" for name, state in standing.items()
        }


def test_a_claimed_message_is_nobody_elses_until_it_is_given_back_or_the_claim_ends(tmp_path, log):
    log.observe(["run"], [failed("disk full")], at(0))
    log.observe(["run"], [], at(1))
    with AlertLog(Home(tmp_path).alerts) as other:
        mine = log.claim(at(2), 60)
        assert said(mine.changes) == [("problem", "run failed: disk full")]
        assert other.claim(at(2), 60) is None
        log.give_back(mine)
        assert other.claim(at(2), 60) == mine  # and then its process dies
        assert log.claim(at(2.5), 60) is None
        assert log.claim(at(4), 60) == mine
    assert log.waiting() == 2


def test_what_waits_survives_and_is_bounded(tmp_path):
    with AlertLog(Home(tmp_path).alerts) as log:
        for minute in range(150):
            log.observe(["run"], [failed(f"cause {minute}")], at(minute))
    with AlertLog(Home(tmp_path).alerts) as log:
        assert log.waiting() == 100
        assert said(log.claim(at(200), 1).changes) == [("problem", "run failed: cause 50")]


def test_two_processes_that_see_the_same_say_it_once(tmp_path):
    script = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.alerts import AlertLog, Condition
from storage.home import Home
conditions = [Condition("partition", str(day), "s", f"refused {day}", "over") for day in range(20)]
sys.stdin.readline()
with AlertLog(Home(Path(sys.argv[1])).alerts) as log:
    for count in (*range(20), *range(20)):
        log.observe(["partition"], conditions[: count + 1], datetime(2026, 3, 1, tzinfo=UTC))
        while message := log.claim(datetime.now(UTC), 60):
            for change in message.changes:
                print(change.change, change.message)
            log.sent(message)
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(2)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=600)[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    lines = outputs[0] + outputs[1]
    # The second pass of each takes conditions back and finds them again: ends and beginnings alternate per subject.
    with AlertLog(Home(tmp_path).alerts) as log:
        assert log.waiting() == 0
        standing = {message for _, message in log.standing()}
    for day in range(20):
        told = lines.count(f"problem refused {day}")
        assert told >= 1
        assert standing >= {f"refused {day}"}
    ended = sum(line == "recovered over" for line in lines)
    assert sum(line.startswith("problem") for line in lines) - ended == 20
