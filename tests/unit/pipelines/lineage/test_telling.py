"""Telling a receiver of a command's runs: what arrives, and that nothing it does or says reaches the run."""

import sys
from datetime import date

import pytest

from assets.publication import PUBLICATION_KEY
from assets.raw import raw_key
from pipelines.lineage import telling
from pipelines.lineage.telling import telling_lineage
from pipelines.settings import SettingsError, load_settings
from tests.interrupted import hidden_interrupt
from tests.lineage_receiver import LineageReceiver

RUN = "0193c9a6-7a3e-7e67-a0f0-4a6e8c2d9b11"
KEY = "K3y-that-shows-nowhere"
DAYS = (date(2026, 3, 1), date(2026, 3, 2))
BOTH = [raw_key("customers"), PUBLICATION_KEY]


@pytest.fixture(autouse=True)
def plain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def receiver():
    with LineageReceiver() as entered:
        yield entered


@pytest.fixture
def settings(tmp_path, receiver):
    return load_settings(home=tmp_path / "home", openlineage_url=receiver.address, openlineage_api_key=KEY)


def run(settings, cause="", assets=BOTH, error=None):
    """Tell of one run, and what was said to who waits."""
    said = []
    with telling_lineage(settings, said.append) as lineage, lineage.of(RUN, *DAYS, assets) as ended:
        if error is not None:
            raise error
        ended(cause)
    return said


def test_a_runs_beginning_and_end_arrive_in_order(settings, receiver):
    assert run(settings) == []

    assert receiver.told() == [
        (job, state)
        for state in ("START", "COMPLETE")
        for job in ("materialize", "materialize.ingest", "materialize.build")
    ]
    assert set(receiver.requests) == {("/api/v1/lineage", f"Bearer {KEY}")}
    assert {event["job"]["namespace"] for event in receiver.events} == {"partner-portfolio"}
    assert {event["run"]["facets"]["nominalTime"]["nominalEndTime"] for event in receiver.events} == {
        "2026-03-03T00:00:00+00:00"
    }
    assert KEY not in str(receiver.events)


def test_a_failed_run_and_a_stopped_one_are_told(settings, receiver):
    run(settings, "the disk is full", [raw_key("customers")])
    with pytest.raises(KeyboardInterrupt):
        run(settings, assets=[PUBLICATION_KEY], error=KeyboardInterrupt())

    assert [state for _, state in receiver.told()] == ["START"] * 2 + ["FAIL"] * 2 + ["START"] * 2 + ["ABORT"] * 2
    assert receiver.events[2]["run"]["facets"]["errorMessage"]["message"] == "the disk is full"


def test_an_error_is_a_failure_and_an_interrupt_that_was_made_one_is_none(settings, receiver):
    for error in (OSError("no space for 'a customer'"), hidden_interrupt()):
        with pytest.raises(type(error)):
            run(settings, assets=[PUBLICATION_KEY], error=error)

    assert [state for _, state in receiver.told()] == ["START"] * 2 + ["FAIL"] * 2 + ["START"] * 2 + ["ABORT"] * 2
    assert {
        event["run"]["facets"]["errorMessage"]["message"] for event in receiver.events if event["eventType"] == "FAIL"
    } == {"OSError"}


def test_a_receiver_that_refuses_is_one_line_and_is_asked_once(settings, receiver):
    receiver.status = 401

    (line,) = run(settings)

    assert line == "warning: lineage was not told to its receiver: it answered 401"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [201, 307, 500])
def test_an_answer_without_an_end_is_not_read(status, settings, receiver):
    receiver.status, receiver.location = status, receiver.address if status == 307 else ""
    receiver.endless.set()

    said = run(settings)

    assert said == ([] if status == 201 else [f"warning: lineage was not told to its receiver: it answered {status}"])
    assert receiver.left.wait(10)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_event_goes_to_no_address_that_the_receiver_names(status, settings, receiver):
    with LineageReceiver() as other:
        receiver.status, receiver.location = status, f"{other.address}/api/v1/lineage"

        (line,) = run(settings)

        assert line == f"warning: lineage was not told to its receiver: it answered {status}"
        assert (len(receiver.requests), other.requests) == (1, [])


def test_a_receiver_that_is_away_is_one_line(tmp_path):
    with LineageReceiver() as gone:
        address = gone.address

    (line,) = run(load_settings(home=tmp_path, openlineage_url=address))

    assert line == "warning: lineage was not told to its receiver: it cannot be reached"
    assert address.partition("//")[2] not in line


def test_a_receiver_that_does_not_answer_is_left(settings, receiver, monkeypatch):
    monkeypatch.setattr(telling, "SECONDS", 0.2)
    receiver.silent.set()

    (line,) = run(settings)

    assert line == "warning: lineage was not told to its receiver: it does not answer in time"


def test_a_missing_client_is_one_line(settings, receiver, monkeypatch):
    monkeypatch.delitem(sys.modules, "pipelines.lineage.posting", raising=False)
    monkeypatch.setitem(sys.modules, "openlineage.client.event_v2", None)

    (line,) = run(settings)

    assert line.endswith("openlineage-python is not installed; install partner-portfolio[lineage] from its wheel")
    assert receiver.requests == []


def test_nobody_is_told_where_no_address_is_set(tmp_path, receiver):
    assert run(load_settings(home=tmp_path)) == []
    assert receiver.requests == []


def test_openlineages_own_variables_stand_in(tmp_path, receiver, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_URL", f"{receiver.address}/behind/")
    monkeypatch.setenv("OPENLINEAGE_ENDPOINT", "lineage")
    monkeypatch.setenv("OPENLINEAGE_API_KEY", KEY)
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "nightly")

    assert run(load_settings(home=tmp_path)) == []
    assert set(receiver.requests) == {("/behind/lineage", f"Bearer {KEY}")}
    assert {event["job"]["namespace"] for event in receiver.events} == {"nightly"}

    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    receiver.requests.clear()
    assert run(load_settings(home=tmp_path)) == []
    assert receiver.requests == []


def test_a_setting_comes_before_openlineages_variable_and_an_empty_one_is_none(tmp_path, receiver, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_URL", receiver.address)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "another")
    monkeypatch.setenv("OPENLINEAGE_ENDPOINT", "")

    assert run(load_settings(home=tmp_path, openlineage_api_key=KEY)) == []
    assert set(receiver.requests) == {("/api/v1/lineage", f"Bearer {KEY}")}


def test_the_environments_key_is_not_sent_to_another_address(tmp_path, receiver, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_API_KEY", KEY)

    run(load_settings(home=tmp_path, openlineage_url=receiver.address))

    assert {key for _, key in receiver.requests} == {None}


@pytest.mark.parametrize("scheme", ["http:", "HTTP:", "/http:", "", "\\", " "])
def test_an_endpoint_that_is_an_address_gets_neither_event_nor_key(scheme, tmp_path, receiver, monkeypatch):
    with LineageReceiver() as other:
        monkeypatch.setenv("OPENLINEAGE_URL", receiver.address)
        monkeypatch.setenv("OPENLINEAGE_ENDPOINT", scheme + other.address.removeprefix("http:"))
        monkeypatch.setenv("OPENLINEAGE_API_KEY", KEY)

        (line,) = run(load_settings(home=tmp_path))

        assert line.startswith("warning: lineage is told to nobody: OPENLINEAGE_ENDPOINT=…: must be a path such as ")
        assert (KEY in line, "127.0.0.1" in line) == (False, False)
        assert (receiver.requests, other.requests) == ([], [])


def test_an_address_of_the_environment_that_cannot_be_used_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_URL", f"https://user:{KEY}@example.com")

    (line,) = run(load_settings(home=tmp_path))

    assert line.startswith("warning: lineage is told to nobody: OPENLINEAGE_URL=…: must be an address")
    assert KEY not in line


def test_an_address_with_a_password_is_refused_without_showing_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_OPENLINEAGE_URL", f"https://user:{KEY}@example.com")

    with pytest.raises(SettingsError, match="PORTFOLIO_OPENLINEAGE_URL=…: must be an address") as refused:
        load_settings(home=tmp_path)
    assert KEY not in str(refused.value)
