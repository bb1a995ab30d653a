"""Alert rules: what a file may say, which facts a rule is about, each told once, and one message a rule and day."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.main import app
from pipelines.alerting.alerts import report_data, report_run
from pipelines.alerting.facts import Fact, is_about
from pipelines.alerting.rules import ACTIONS, CHANGES, DEFAULT_RULES, AlertRules, Rule, load_rules
from pipelines.alerting.telling import preview, tell
from pipelines.settings import load_settings
from sources.mapping.loading import MappingError
from storage import clock
from storage.home import Home
from tests.mail_server import MailServer
from tests.publications import write_marts
from tests.webhooks import WebhookServer

DAY = date(2026, 3, 20)
HOSTILE = "Añil <!channel> *Ltd*\x1b[31m"


def at(day, hour=5):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.fixture
def server():
    with WebhookServer() as entered:
        yield entered


@pytest.fixture
def rules(tmp_path):
    return tmp_path / "rules.yaml"


@pytest.fixture
def settings(tmp_path, monkeypatch, server, rules):
    for name in list(os.environ):
        if name.startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    rules.write_text("rules: [{name: all, on: [over_limit_entered, removed, renew, offer_more]}]")
    yield load_settings(home=tmp_path / "home", alert_rules=rules, alert_webhook=server.address)
    clock.stop(None)


def publish(settings, day, *, changes=(), actions=(), provisional=None, total=10, **further):
    """Positions S1 and S2 on the day and S3 until a week before it; the changes and actions as (subscription, kind)."""
    key = {"as_of_date": day, "partner_id": "acme", "product": "meetings"}
    shown = {"customer_id": "c1", "customer_name": HOSTILE, "owner": "Ann"}
    terms = {"currency": "EUR", "value_12m": 900.0, "total_licenses": total, "auto_renew": False, "segment": "SMB"}
    dated = {"start_date": date(2026, 1, 1), "end_date": date(2027, 1, 1)}
    position = {**key, **shown, **terms, **dated}
    rows = {
        "portfolio_kpis": [{"as_of_date": day, "partner_id": "acme"}],
        "license_positions": [
            *(position | {"subscription_id": one} for one in ("S1", "S2")),
            position | {"subscription_id": "S3", "as_of_date": day - timedelta(days=7), "total_licenses": 50},
        ],
        "portfolio_changes": [
            {**key, **shown, "subscription_id": one, "subscription_label": one, "change": kind, "new_value": "12"}
            for one, kind in changes
        ],
        "next_actions": [
            {
                **key,
                **shown,
                "subscription_id": one,
                "subscription_label": one,
                "action": kind,
                "also": also,
                "priority": 1,
                "licenses": 4,
                "currency": "EUR",
                "value_12m": 360.0,
                "due_date": day,
            }
            for one, kind, also in actions
        ],
    }
    write_marts(settings.folders.serving.file, rows | further, provisional=provisional)


def look(settings, day, **published):
    """Publish an as-of date, and look a day later; what could not be done."""
    publish(settings, day, **published)
    clock.stop(at(day + timedelta(days=1)))
    return tell(settings)


def told(server):
    return [line for message in server.received for line in message["lines"]]


def test_a_change_shows_on_seven_days_and_is_told_once(settings, server):
    for back in range(8):
        changes = [("S1", "over_limit_entered")] if back < 7 else []
        assert look(settings, DAY + timedelta(days=back), changes=changes) == ""
    assert told(server) == ["Over its limit: Añil <!channel> *Ltd*�[31m (Meetings, S1, Ann): 12"]
    assert server.received[0]["title"] == "portfolio: all: 1 new, data as of 2026-03-20"


def test_an_action_stays_for_weeks_and_is_told_when_it_is_new(settings, server):
    for back in (0, 3, 10, 17, 24):
        look(settings, DAY + timedelta(days=back), actions=[("S1", "renew", None)])
    assert told(server) == [
        "Renew: Añil <!channel> *Ltd*�[31m (Meetings, S1, Ann): 4 licences, EUR 360 a year, due now"
    ]


def test_a_fact_that_comes_back_after_a_week_is_news_and_one_that_lacks_a_day_is_none(settings, server):
    seen = [True, False, True, *[False] * 8, True]
    for back, is_there in enumerate(seen):
        look(settings, DAY + timedelta(days=back), actions=[("S1", "renew", None)] if is_there else [])
    assert len(told(server)) == 2


def test_what_else_holds_for_a_position_is_told_too(settings, server):
    look(settings, DAY, actions=[("S1", "settle_overage", "renew, offer_more")])
    assert [line.partition(":")[0] for line in told(server)] == ["Renew", "Offer more licences"]
    look(settings, DAY + timedelta(days=1), actions=[("S1", "renew", "offer_more")])
    assert len(told(server)) == 2


def test_one_message_a_rule_and_day_and_what_came_later_is_told_the_next_day(settings, server):
    look(settings, DAY, changes=[("S1", "over_limit_entered")])
    look(settings, DAY, changes=[("S1", "over_limit_entered"), ("S2", "over_limit_entered")])
    assert len(server.received) == 1
    clock.stop(at(DAY + timedelta(days=2)))
    tell(settings)
    assert [len(message["lines"]) for message in server.received] == [1, 1]
    assert "S2" in told(server)[1]


def test_what_a_webhook_refuses_is_told_at_the_next_look(settings, server):
    server.status = 500
    trouble = look(settings, DAY, changes=[("S1", "over_limit_entered")])
    assert trouble == "rule all was not told to the webhook: it answered 500"
    server.status = 200
    assert tell(settings) == "" and len(told(server)) == 1
    assert tell(settings) == "" and len(told(server)) == 1


def test_a_server_that_cannot_be_reached_is_tried_once_a_look(settings, rules, monkeypatch):
    rules.write_text("{channel: email, to: [a@example.test, b@example.test], rules: [{name: all, on: renew}]}")
    tried = []
    monkeypatch.setattr("smtplib.SMTP.connect", lambda *given: tried.append(given) or (554, b"no"))
    settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_from": "p@example.test"})
    trouble = look(settings, DAY, actions=[("S1", "renew", None)])
    assert trouble.count("takes no mail now: it greets with 554") == 2 and len(tried) == 1


def test_a_message_that_a_webhook_refuses_leaves_other_rules_theirs(settings, server, rules):
    rules.write_text("rules: [{name: first, on: renew}, {name: second, on: [renew]}]")
    server.status = 500
    assert look(settings, DAY, actions=[("S1", "renew", None)]).count("it answered 500") == 2
    assert len(server.requests) == 2


def test_a_snoozed_rule_says_nothing_until_its_date_and_then_what_still_stands(settings, server, rules):
    rules.write_text(f"rules: [{{name: all, on: [renew], snooze_until: {DAY + timedelta(days=4)}}}]")
    for back in range(3):
        look(settings, DAY + timedelta(days=back), actions=[("S1", "renew", None)])
    assert server.received == []
    look(settings, DAY + timedelta(days=3), actions=[("S1", "renew", None), ("S2", "renew", None)])
    assert len(told(server)) == 2


def test_a_provisional_day_is_told_of_once_it_is_final(settings, server):
    look(settings, DAY, changes=[("S1", "over_limit_entered")], provisional=DAY)
    assert server.received == []
    look(settings, DAY, changes=[("S1", "over_limit_entered")])
    assert len(told(server)) == 1


def test_what_is_gone_has_size_and_terms_of_the_week_before(settings, server, rules):
    rules.write_text("rules: [{name: big, on: [removed, over_limit_entered], least_licenses: 50}]")
    look(settings, DAY, changes=[("S3", "removed"), ("S1", "over_limit_entered")])
    assert [line.partition(":")[0] for line in told(server)] == ["Gone"]


def test_many_facts_are_one_message_that_says_how_many_more_there_are(settings, server, rules):
    rules.write_text(f"rules: [{{name: all, on: [{', '.join(CHANGES)}]}}]")
    look(settings, DAY, changes=[(subscription, kind) for subscription in ("S1", "S2") for kind in CHANGES])
    (message,) = server.received
    assert message["title"].startswith("portfolio: all: 28 new") and len(message["lines"]) == 21
    assert message["lines"][-1] == "and 8 more; portfolio show changes --limit 0 shows them"


def test_long_facts_are_counted_whole_and_found_where_they_are(settings, server, rules, monkeypatch):
    rules.write_text(f"rules: [{{name: all, on: [renew, {', '.join(CHANGES)}]}}]")
    monkeypatch.setattr("pipelines.digest.wording.plain", lambda text: "x" * 400)
    changes = [(subscription, kind) for subscription in ("S1", "S2") for kind in CHANGES]
    look(settings, DAY, changes=changes, actions=[("S1", "renew", None)])
    (message,) = server.received
    kept = len(message["lines"]) - 1
    where = "portfolio show actions --limit 0 and portfolio show changes --limit 0 show them"
    assert 0 < kept < 20 and message["lines"][-1] == f"and {29 - kept} more; {where}"


def test_by_e_mail_each_address_is_told_once_and_a_refused_one_later(settings, server, rules):
    rules.write_text("{channel: email, to: [a@example.test, b@example.test], rules: [{name: all, on: renew}]}")
    with MailServer() as mail:
        given = {"smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_from": "p@example.test"}
        settings = settings.model_copy(update=given | {"smtp_security": "none"})
        mail.orders.answers["a@example.test"] = "550 <a@example.test>"
        trouble = look(settings, DAY, actions=[("S1", "renew", None)])
        assert trouble == "rule all was not told by e-mail to address 1: the mail server refused the recipient with 550"
        mail.orders.answers.clear()
        assert tell(settings) == ""
        assert mail.addresses() == ["b@example.test", "a@example.test"]
        message = mail.received[0].message
    assert message["Subject"] == "portfolio: all: 1 new, data as of 2026-03-20"
    assert message.get_content_type() == "text/plain" and "Añil" in mail.received[0].part("plain")
    assert server.received == []


def test_what_is_remembered_holds_no_name_id_or_address(settings, rules):
    look(settings, DAY, actions=[("S1", "renew", None)])
    files = list(Home(settings.home).told_facts.parent.glob("told.sqlite*"))
    content = b"".join(path.read_bytes() for path in files)
    assert files and not any(word.encode() in content for word in ("Añil", "Ann", "acme", "S1"))


def test_rules_are_looked_at_after_a_run_that_succeeded_and_by_the_sensor(settings, server):
    publish(settings, DAY, actions=[("S1", "renew", None)])
    clock.stop(at(DAY + timedelta(days=1)))
    without = settings.model_copy(update={"alert_webhook": None})
    assert report_run(without, "the disk is full", clock.now()) == ""
    assert report_data(without, clock.now()) == (
        "alert rules: rule all was not told to the webhook: PORTFOLIO_ALERT_WEBHOOK is not set"
    )
    assert report_run(settings, "", clock.now()) == ""
    assert [line for line in told(server) if line.startswith("Renew")] != []


def test_a_file_that_cannot_be_used_ends_no_run(settings, rules):
    publish(settings, DAY)
    rules.write_text("rules: [{name: a, on: renew, chanel: email}]")
    assert report_run(settings, "", at(DAY)) == "alert rules: rules.yaml: rules[0].chanel: there is no such key"


def test_nothing_published_is_nothing_to_tell(settings, server):
    assert tell(settings) == "" and server.received == []


def test_preview_shows_what_would_be_sent_and_sends_and_notes_nothing(settings, server, monkeypatch, rules):
    publish(settings, DAY, actions=[("S1", "renew", None)])
    monkeypatch.setenv("PORTFOLIO_ALERT_RULES", str(rules))
    monkeypatch.setenv("PORTFOLIO_NOW", at(DAY + timedelta(days=1)).isoformat())
    for _ in range(2):
        result = CliRunner().invoke(app, ["alerts", "preview", "--home", str(settings.home)])
        assert result.exit_code == 0
        assert result.output.splitlines() == [
            "all, to the webhook: 1 new",
            "  Renew: Añil <!channel> *Ltd*�[31m (Meetings, S1, Ann): 4 licences, EUR 360 a year, due now",
        ]
    assert server.received == []
    tell(settings)
    assert preview(settings)[0].facts == []
    rules.write_text("rules: [{name: a, on: renew, chanel: email}]")
    result = CliRunner().invoke(app, ["alerts", "preview", "--home", str(settings.home)])
    assert str(result.exception) == "rules.yaml: rules[0].chanel: there is no such key"


@pytest.fixture
def previewed(settings, monkeypatch, rules):
    """The lines of `portfolio alerts preview` a day after `DAY`."""
    monkeypatch.setenv("PORTFOLIO_ALERT_RULES", str(rules))
    monkeypatch.setenv("PORTFOLIO_NOW", at(DAY + timedelta(days=1)).isoformat())

    def run(text):
        rules.write_text(text)
        result = CliRunner().invoke(app, ["alerts", "preview", "--home", str(settings.home)])
        assert result.exit_code == 0, result.exception
        return result.output.splitlines()

    return run


def test_preview_names_owners_segments_and_partners_that_nobody_has(settings, previewed):
    before = DAY - timedelta(days=7)  # whom a customer that is gone belonged to is known
    customers = [(DAY, "Ann", "SMB"), (before, "Cid", None)]
    overview = [
        {"as_of_date": day, "partner_id": "acme", "customer_id": owner, "owner": owner, "segment": segment}
        for day, owner, segment in customers
    ]
    publish(settings, DAY, actions=[("S1", "renew", None)], customer_overview=overview)
    assert previewed("rules: [{name: all, on: renew, owner: [Zoe, Ann, Cid], segment: SMB}]") == [
        "all, to the webhook: 1 new",
        "  nobody has the owner Zoe",
        "  Renew: Añil <!channel> *Ltd*�[31m (Meetings, S1, Ann): 4 licences, EUR 360 a year, due now",
    ]
    assert previewed("rules: [{name: all, on: renew, owner: ann, segment: 'smb\U0000202e'}]") == [
        "all, to the webhook: nothing new",
        "  nobody has the owner ann",
        "  nobody has the segment smb�",
    ]
    assert previewed("rules: [{name: all, on: renew, owner: Ann, partner: zen}]") == [
        "all, to the webhook: nothing new",
        "  partner zen is not published",
    ]
    assert previewed("rules: [{name: all, on: removed, owner: Ann}]") == ["all, to the webhook: nothing new"]


def test_preview_says_that_no_rule_is_declared(previewed, rules):
    assert previewed("rules: []") == [f"{rules} declares no rule: nothing is told"]
    assert previewed("rules: [{name: all, on: renew, owner: Zoe}]") == ["all, to the webhook: nothing new"]


def test_preview_leaves_the_home_folder_as_it_was(settings, previewed):
    publish(settings, DAY, actions=[("S1", "renew", None)])
    before = sorted(settings.home.rglob("*"))
    assert previewed("rules: [{name: all, on: renew}]")[0] == "all, to the webhook: 1 new"
    assert sorted(settings.home.rglob("*")) == before


POSITION = {
    "partner_id": "acme",
    "product": "meetings",
    "subscription_id": "S1",
    "subscription_label": "S1",
    "customer_id": "c1",
    "customer_name": "Beta",
    "owner": "Ann",
    "segment": "SMB",
    "auto_renew": False,
    "total_licenses": 10,
    "position_currency": "EUR",
    "position_value": 900.0,
    "new_value": None,
    "old_value": None,
    "start_date": date(2026, 1, 1),
    "end_date": date(2026, 2, 2),
}


@pytest.mark.parametrize(
    ("filters", "changed", "expected"),
    [
        ({}, {}, True),
        ({"on": "renew"}, {}, False),
        ({"owner": ["Ann", "Ben"]}, {}, True),
        ({"owner": "Ann"}, {"owner": "Ann "}, False),
        ({"owner": "Ann"}, {"owner": None}, False),
        ({"segment": "SMB"}, {}, True),
        ({"segment": "enterprise"}, {}, False),
        ({"product": "calling"}, {}, False),
        ({"partner": "acme"}, {}, True),
        ({"partner": "zen"}, {}, False),
        ({"least_licenses": 10}, {}, True),
        ({"least_licenses": 11}, {}, False),
        ({"least_licenses": 1}, {"total_licenses": None}, False),
        ({"least_money": {"amount": "900", "currency": "EUR"}}, {}, True),
        ({"least_money": {"amount": "900.01", "currency": "EUR"}}, {}, False),
        ({"least_money": {"amount": "1", "currency": "USD"}}, {}, False),
        ({"least_money": {"amount": "0", "currency": "EUR"}}, {"position_value": None}, False),
        ({"longest_term_days": 32}, {}, True),
        ({"longest_term_days": 31}, {}, False),
        ({"longest_term_days": 31}, {"end_date": None}, False),
        ({"shortest_term_days": 32}, {}, True),
        ({"shortest_term_days": 33}, {}, False),
        ({"shortest_term_days": 33}, {"end_date": None}, True),
        ({"auto_renewing": "false"}, {}, True),
        ({"auto_renewing": "false"}, {"auto_renew": True}, False),
        ({"auto_renewing": "true"}, {"auto_renew": True}, True),
        ({"excluded_customers": "c1"}, {}, False),
        ({"excluded_customers": ["Beta"]}, {}, False),
        ({"excluded_customers": ["Bet"]}, {}, True),
    ],
)
def test_filters(filters, changed, expected):
    rule = Rule.model_validate({"name": "a", "on": "added"} | filters)
    assert is_about(rule, Fact("added", DAY, POSITION | changed)) is expected


def test_default_rules_leave_out_what_renews_by_itself_and_terms_of_a_month():
    for rule in DEFAULT_RULES:
        (kind, *_) = rule.on
        for changed, expected in (
            ({}, True),
            ({"auto_renew": True}, False),
            ({"end_date": date(2026, 2, 1)}, False),  # 31 days
            ({"end_date": None}, True),
        ):
            assert is_about(rule, Fact(kind, DAY, POSITION | changed)) is expected


def test_another_total_is_another_fact_and_licences_in_use_are_none():
    def keys(kind):
        return {Fact(kind, DAY, POSITION | {"new_value": value}).key for value in ("1", "2")}

    assert [len(keys(kind)) for kind in ("licenses_up", "end_moved", "over_limit_entered", "renewing_entered")] == [
        *(2, 2, 1, 1)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [{name: a, on: renew, chanel: email}]", "rules[0].chanel: there is no such key"),
        ("{rules: [], chanel: email}", "chanel: there is no such key"),
        (
            "rules: [{name: a, on: renew, least_money: {amount: 5, curency: EUR}}]",
            "rules[0].least_money.currency: is missing; rules.yaml: rules[0].least_money.curency: there",
        ),
        ("rules: [{name: a, on: [renew, renw]}]", "rules[0].on[1]: is one of the changes added, removed"),
        ("rules: [{name: a, on: []}]", "rules[0].on: names no change and no action"),
        ("rules: [{on: renew}]", "rules[0].name: is missing"),
        ("rules: [{name: a, on: renew}, {name: a, on: added}]", "rules[1].name: the name 'a' stands twice"),
        ("rules: [{name: a, on: renew, channel: email}]", "rules[0].to: is missing"),
        ("rules: [{name: a, on: renew, channel: email, to: 'x y'}]", "rules[0].to[0]: must be a mail address"),
        ("rules: [{name: a, on: renew, channel: pigeon}]", "rules[0].channel: input should be 'webhook' or 'email'"),
        ("rules: [{name: a, on: renew, product: fax}]", "rules[0].product[0]: is one of meetings, calling"),
        ("rules: [{name: a, on: renew, snooze_until: soon}]", "rules[0].snooze_until: "),
        ("rules: [{name: a, on: renew, least_licenses: -1}]", "rules[0].least_licenses: "),
        ("rules: [{name: a, on: renew, least_money: {amount: nan, currency: EUR}}]", "rules[0].least_money.amount: "),
        ('{rules: [{name: a, on: renew}], "k\\x1b[31m\\ney": 1}', "k�[31m�ey: there is no such key"),
        ("", "has no key `rules` or `channel` at its top"),
        ("rules: [", "line 1"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line_with_its_path(rules, text, said):
    rules.write_text(text)
    with pytest.raises(MappingError) as raised:
        load_rules(rules)
    assert str(raised.value).startswith(f"rules.yaml: {said}") and "\n" not in str(raised.value)


def test_a_file_without_rules_has_the_default_ones(rules):
    rules.write_text("channel: webhook\n")
    assert load_rules(rules).rules == DEFAULT_RULES


def test_the_documented_file_is_one(tmp_path):
    page = (Path(__file__).parents[4] / "docs" / "alerts.md").read_text()
    (tmp_path / "rules.yaml").write_text(page.split("```yaml\n")[1].partition("```")[0])
    found = load_rules(tmp_path / "rules.yaml")
    assert len(found.rules) == 3 and {found.channel_of(rule) for rule in found.rules} == {"webhook", "email"}
    assert all(f"`{kind}`" in page for kind in CHANGES + ACTIONS)


@given(st.dictionaries(st.sampled_from([*Rule.model_fields, "x"]), st.text(max_size=5), max_size=4))
def test_any_rule_is_taken_or_refused_by_the_model(given_rule):
    try:
        found = AlertRules.model_validate({"rules": [given_rule]})
    except ValueError:
        return
    assert len(found.rules) == 1
