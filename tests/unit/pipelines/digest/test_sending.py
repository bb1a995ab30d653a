"""Sending a week's digest: each recipient once, nobody another's customers, and no failure that costs others theirs."""

import json
import threading
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from cli.errors import UsageError
from cli.main import app
from pipelines.digest import sending
from pipelines.digest.addressing import address_all
from pipelines.digest.recipients import Recipient, read_recipients
from pipelines.digest.sending import prepare_digests, send_prepared
from pipelines.mailing.server import mail_server
from storage.digests import DigestLog
from tests.mail_server import MailServer

from .conftest import HOSTILE, SUNDAY, joined, marts, row

ANN, BEN, BOSS = "ann@example.test", "ben@example.test", "boss@example.test"
FILE = f"owner,email\nAnn,{ANN}\nBen,{BEN}\n,{BOSS}\n"
DAYS = {"acme": SUNDAY}


@pytest.fixture
def server():
    with MailServer() as entered:
        yield entered


@pytest.fixture
def mailed(settings, server, tmp_path):
    """Settings that send to the server."""

    def mailed(text=FILE):
        (tmp_path / "who.csv").write_text(text)
        given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_from": "p@example.test"}
        chosen = {"smtp_security": "none", "digest_recipients": tmp_path / "who.csv"}
        return settings.model_copy(update=given | chosen)

    return mailed


def send(settings, opened, days=DAYS, **given):
    return send_prepared(settings, mail_server(settings), prepare_digests(settings, opened, days), **given)


def test_each_gets_the_own_customers_and_the_boss_all(mailed, publish, server):
    outcome = send(mailed(), publish(marts()))
    assert (outcome.week, outcome.sent) == ("2026-W12", ["line 2 (owner Ann)", "line 3 (owner Ben)", "line 4"])
    letters = {letter.recipients[0]: letter for letter in server.received}
    assert [letter.message["To"] for letter in server.received] == [ANN, BEN, BOSS]
    assert letters[ANN].message["Subject"] == "Portfolio, week 12 of 2026: Ann"
    for part in ("plain", "html"):
        assert "Añil" in letters[ANN].part(part) and "Beta" not in letters[ANN].part(part)
        assert "Beta Ltd" in letters[BEN].part(part) and "Añil" not in letters[BEN].part(part)
        assert "Gone Inc" not in letters[BEN].part(part)
        assert all(name in letters[BOSS].part(part) for name in ("Añil", "Beta Ltd", "Gone Inc"))
    assert HOSTILE not in letters[ANN].part("html")


def test_nothing_is_sent_twice_for_a_week(mailed, publish, server):
    opened, settings = publish(marts()), mailed()
    send(settings, opened)
    again = send(settings, opened, {"acme": SUNDAY - timedelta(days=3)})  # of the same week
    assert (again.sent, again.failed) == ([], [])
    assert server.addresses() == [ANN, BEN, BOSS]
    next_week = send(settings, opened, {"acme": SUNDAY + timedelta(days=1)})
    assert next_week.week == "2026-W13" and next_week.sent == ["line 4"]  # nobody owns anything on a day without rows


@pytest.mark.parametrize("fault", ["550 no such user", "421 closing", "in data", "after data"])
def test_a_failed_recipient_loses_no_other_one_theirs_and_is_tried_again(mailed, publish, server, fault):
    opened, settings = publish(marts()), mailed()
    if fault == "in data":
        server.orders.lost_in_data.add(ANN)
    elif fault == "after data":
        server.orders.lost_after_data.add(ANN)
    else:
        server.orders.answers[ANN] = fault
    outcome = send(settings, opened)
    assert (outcome.sent, outcome.failed_all) == (["line 3 (owner Ben)", "line 4"], False)
    (problem,) = outcome.failed
    assert problem.startswith("line 2 (owner Ann): ") and "@" not in problem
    server.orders.__init__()
    assert send(settings, opened).sent == ["line 2 (owner Ann)"]
    assert server.addresses() == [BEN, BOSS, ANN]


def test_a_server_that_takes_nothing_is_asked_once_and_all_have_failed(mailed, publish, server):
    settings = mailed().model_copy(update={"smtp_security": "starttls"})
    outcome = send(settings, publish(marts()))
    assert outcome.failed_all and len(outcome.failed) == 3 and server.connections == 1
    assert outcome.failed[1:] == ["line 3 (owner Ben): not tried", "line 4: not tried"]


def test_a_call_that_is_killed_while_it_sends_leaves_a_letter_that_is_sent_again_only_when_asked(
    mailed, publish, server, monkeypatch
):
    opened, settings = publish(marts()), mailed()

    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(DigestLog, "sent", killed)
        with pytest.raises(Killed):
            send(settings, opened)
    assert server.addresses() == [ANN]  # taken, and not noted
    outcome = send(settings, opened)
    assert outcome.sent == ["line 3 (owner Ben)", "line 4"]
    (problem,) = outcome.failed
    assert problem.startswith("line 2 (owner Ann): an earlier call was ended while it sent the letter, which may have")
    first = server.received[0].message["Message-ID"]
    assert send(settings, opened, again=True).sent == ["line 2 (owner Ann)"]
    assert server.received[-1].message["Message-ID"] == first  # by which mail programs know it again
    assert send(settings, opened, again=True).sent == []


def test_two_at_once_send_each_letter_once(mailed, publish, server):
    opened, settings = publish(marts()), mailed()
    prepared = prepare_digests(settings, opened, DAYS)  # both have seen that nothing was sent
    results = []

    def call():
        results.append(send_prepared(settings, mail_server(settings), prepared))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.addresses() == [ANN, BEN, BOSS]
    assert sorted(len(one.sent) for one in results) == [0, 3]
    assert sorted(len(one.sent_before) for one in results) == [0, 3]


def test_wrong_lines_are_failures_and_owners_that_nobody_has_are_said(mailed, publish, server):
    settings = mailed(f"owner,email\nAnn,ann at example\nNobody,{BEN}\n,{BOSS}\n")
    prepared = prepare_digests(settings, publish(marts()), DAYS)
    assert prepared.notes == ["line 3 (owner Nobody): nobody has this owner, nothing to send"]
    outcome = send_prepared(settings, mail_server(settings), prepared)
    assert outcome.failed == ["who.csv line 2: email must be a mail address in ASCII, such as name@example.com"]
    assert server.addresses() == [BOSS]


def test_what_is_remembered_holds_no_name_and_no_address(mailed, publish, settings):
    send(mailed(), publish(marts()))
    files = list(settings.folders.digests.parent.glob("digests.sqlite*"))
    content = b"".join(path.read_bytes() for path in files)
    assert files and not any(word.encode() in content for word in ("Ann", "Ben", "example", "boss"))


def addressed(opened, days, *recipients):
    return {one.recipient.line: one for one in address_all(opened, days, recipients)}


def test_an_owner_s_name_at_two_partners_is_sent_to_nobody_until_the_line_names_one(publish):
    zen = marts("zen")
    opened = publish(joined(marts(), zen))
    days = {"acme": SUNDAY, "zen": SUNDAY}
    found = addressed(
        opened,
        days,
        Recipient(1, "Ann", ANN),
        Recipient(2, "Ann", ANN, "zen"),
        Recipient(3, "", BOSS),
        Recipient(4, "", BOSS, "acme"),
        Recipient(5, "Ann", ANN, "other"),
    )
    assert found[1].days == {} and "2 partners have or had an owner of this name" in found[1].problem
    assert found[2].days == {"zen": SUNDAY}
    assert (found[3].days, found[4].days) == (days, {"acme": SUNDAY})
    assert found[5].problem == "line 5 (owner Ann): partner 'other' is not published"


def test_a_name_that_has_left_one_partner_may_still_have_meant_that_one(publish):
    zen = marts("zen")
    zen["dim_customers"] = [one | {"owner": "Zoe"} for one in zen["dim_customers"] if one["as_of_date"] == SUNDAY] + [
        one for one in zen["dim_customers"] if one["as_of_date"] < SUNDAY
    ]
    found = addressed(publish(joined(marts(), zen)), {"acme": SUNDAY, "zen": SUNDAY}, Recipient(1, "Ann", ANN))
    assert found[1].days == {} and found[1].problem


def test_only_the_line_s_partner_is_in_the_letter(mailed, publish, server):
    zen = marts("zen")
    for mart in zen.values():
        for one in mart:
            if one.get("customer_name"):
                one["customer_name"] = "Zen customer"
    opened = publish(joined(marts(), zen))
    send(
        mailed(f"owner,email,partner\nAnn,{ANN},acme\n,{BOSS},acme\n,{BEN},\n"), opened, {"acme": SUNDAY, "zen": SUNDAY}
    )
    letters = {letter.recipients[0]: letter.part("html") + letter.part("plain") for letter in server.received}
    assert "Zen customer" not in letters[ANN] + letters[BOSS] and "zen" not in letters[ANN] + letters[BOSS]
    assert "Zen customer" in letters[BEN] and "Gone Inc" in letters[BEN]


@pytest.mark.parametrize("name", ["PORTFOLIO_SMTP_HOST", "PORTFOLIO_SMTP_FROM", "PORTFOLIO_DIGEST_RECIPIENTS"])
def test_a_setting_that_is_missing_is_one_line(run, publish, name, monkeypatch):
    publish(marts())
    monkeypatch.delenv(name)
    result = run("--send")
    assert f"{name} is not set" in str(result.exception)


@pytest.fixture
def run(mailed, monkeypatch, server):
    """The command, with settings in the environment."""
    given = mailed()
    monkeypatch.setenv("PORTFOLIO_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("PORTFOLIO_SMTP_PORT", str(server.port))
    monkeypatch.setenv("PORTFOLIO_SMTP_FROM", "p@example.test")
    monkeypatch.setenv("PORTFOLIO_SMTP_SECURITY", "none")
    monkeypatch.setenv("PORTFOLIO_DIGEST_RECIPIENTS", str(given.digest_recipients))
    return lambda *arguments: CliRunner().invoke(app, ["digest", "--home", str(given.home), *arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--again",),
        ("--format", "docx"),
        ("--as-of", "yesterday"),
        ("--owner", "nobody"),
        ("--partner", "nobody"),
        ("--send", "--format", "docx"),
    ],
)
def test_wrong_usage_is_told_from_a_week_that_nobody_got(run, publish, server, arguments):
    publish(marts())
    refused = run(*arguments)
    assert isinstance(refused.exception, UsageError) and "\n" not in str(refused.exception)
    assert server.received == []


def test_exit_codes(run, publish, server):
    publish(marts())
    server.orders.answers[ANN] = server.orders.answers[BEN] = server.orders.answers[BOSS] = "550 no"
    assert run("--send").exit_code == 1
    del server.orders.answers[BEN]
    assert run("--send").exit_code == 3
    assert run("--send").exit_code == 3  # Ben has it already
    server.orders.answers.clear()
    result = run("--send")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "sent: line 2 (owner Ann)",
        "sent: line 4",
        "sent before: line 3 (owner Ben)",
        "week 2026-W12: 2 sent, 1 sent before, 0 failed",
    ]
    again = run("--send")
    assert (again.exit_code, again.output.splitlines()[-1]) == (0, "week 2026-W12: 0 sent, 3 sent before, 0 failed")
    assert sorted(server.addresses()) == [ANN, BEN, BOSS]


def test_send_takes_some_owners_alone(run, publish, server):
    publish(marts())
    assert run("--send", "--owner", "Ben").exit_code == 0
    assert server.addresses() == [BEN]


def test_one_partner_s_letters_are_those_of_the_week(run, publish, server):
    publish(marts())
    assert run("--send", "--partner", "acme").exit_code == 0
    assert sorted(server.addresses()) == [ANN, BEN, BOSS]
    again = run("--send")
    assert (again.exit_code, again.output.splitlines()[-1]) == (0, "week 2026-W12: 0 sent, 3 sent before, 0 failed")


def test_a_letter_of_several_partners_goes_whole_or_not_at_all(run, publish, server):
    zen = marts("zen")
    for one in (one for rows in zen.values() for one in rows if "owner" in one):
        one["owner"] = "Zoe"
    publish(joined(marts(), zen))
    result = run("--send", "--partner", "acme")
    assert result.exit_code == 0 and sorted(server.addresses()) == [ANN, BEN]
    assert "note: line 4: its letter is about 2 partners; --send without --partner sends it" in result.output
    assert run("--send", "--partner", "zen").exit_code == 0 and sorted(server.addresses()) == [ANN, BEN]
    assert run("--send").exit_code == 0 and sorted(server.addresses()) == [ANN, BEN, BOSS]
    shown = json.loads(run("--owner", "Zoe", "--format", "json").output)
    assert [one["partner_id"] for one in shown["partners"]] == ["zen"]


def test_a_provisional_day_is_not_sent_and_the_day_before_is(run, publish, server):
    rows = marts() | {"portfolio_kpis": [*marts()["portfolio_kpis"], row(SUNDAY + timedelta(1))]}
    publish(rows, provisional=SUNDAY + timedelta(1))
    refused = run("--send", "--as-of", str(SUNDAY + timedelta(1)))
    assert str(refused.exception) == "2026-03-23 is not sent: it is provisional: it was not over when it was built"
    result = run("--send")
    assert result.exit_code == 0 and "week 2026-W12: 3 sent" in result.output
    assert "Provisional" not in server.received[0].part("plain")


@pytest.mark.parametrize("chosen", ["text", "html", "json"])
def test_the_command_writes_each_form(run, publish, chosen):
    publish(marts())
    result = run("--format", chosen, "--owner", "Ben", "--partner", "acme", "--as-of", str(SUNDAY))
    assert result.exit_code == 0
    assert "Beta Ltd" in result.output and "Añil" not in result.output
    assert result.output.lstrip().startswith({"text": "Portfolio", "html": "<!DOCTYPE html>", "json": "{"}[chosen])


def test_an_unknown_owner_partner_day_or_format_is_one_line(run, publish):
    publish(marts())
    for arguments, said in (
        (["--owner", "Zoe"], "no customer has the owner 'Zoe'; there are Ann, Ben"),
        (["--partner", "zen"], "partner 'zen' is not published"),
        (["--as-of", "2026-03-21"], "2026-03-21 is not published; published are 2026-03-15, 2026-03-22"),
        (["--format", "pdf"], "there is no format 'pdf'"),
        (["--again"], "--again goes with --send"),
    ):
        assert said in str(run(*arguments).exception)


def test_letters_are_written_before_anything_is_sent_and_the_publication_is_free_meanwhile(mailed, publish):
    settings = mailed()
    prepared = prepare_digests(settings, publish(marts()), DAYS)
    assert len(prepared.letters) == len(read_recipients(settings.digest_recipients).recipients) == 3
    assert not settings.folders.digests.exists() and sending.DigestLog is DigestLog
