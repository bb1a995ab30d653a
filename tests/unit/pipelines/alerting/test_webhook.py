"""Webhooks: the format of each product, and that a bad server costs no more than the time it is given."""

import socket

import pytest
from pydantic import SecretStr

from pipelines.alerting.webhook import Message, Webhook, WebhookError, guess_kind, payload, post
from tests.webhooks import SECRET, WebhookServer

MESSAGE = Message("2 problems & 1 recovered", ("refused: license_usage <2026-03-01>", "recovered: *run*"))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server():
    with WebhookServer() as entered:
        yield entered


def send(address, seconds=600.0):
    """Post a message; the time is a guard against a hang where a test names none."""
    post(Webhook(SecretStr(address), "json"), MESSAGE, seconds)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://hooks.slack-gov.com/services/T0/B0/x", "json"),
        ("https://webexapis.com/v1/webhooks/incoming/x", "webex"),
        ("https://acme.webhook.office.com/webhookb2/x", "teams"),
        ("https://prod-01.westeurope.logic.azure.com:443/workflows/x/triggers/manual", "teams"),
        ("https://x.environment.api.powerplatform.com:443/powerautomate/automations/x", "teams"),
        ("https://alerts.example.com/slack.com", "json"),
        ("https://notslack.com/x", "json"),
        ("http://127.0.0.1:8080/webexapis.com", "json"),
    ],
)
def test_the_kind_is_guessed_from_the_host(address, kind):
    assert guess_kind(address) == kind


def test_slack_takes_text_with_three_characters_escaped():
    assert payload("slack", MESSAGE) == {
        "text": "2 problems &amp; 1 recovered\n• refused: license_usage &lt;2026-03-01&gt;\n• recovered: *run*",
        "mrkdwn": False,
    }


def test_webex_takes_markdown():
    lines = [
        "**2 problems & 1 recovered**",
        "",
        "- refused: license\\_usage \\<2026-03-01\\>",
        "- recovered: \\*run\\*",
    ]
    assert payload("webex", MESSAGE) == {"markdown": "\n".join(lines)}


def test_teams_takes_an_adaptive_card_in_a_message():
    assert payload("teams", MESSAGE) == {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        {"type": "TextBlock", "text": "2 problems & 1 recovered", "weight": "Bolder", "wrap": True},
                        {
                            "type": "TextBlock",
                            "text": "refused: license\\_usage \\<2026-03-01\\>",
                            "wrap": True,
                            "spacing": "Small",
                        },
                        {"type": "TextBlock", "text": "recovered: \\*run\\*", "wrap": True, "spacing": "Small"},
                    ],
                },
            }
        ],
    }


def test_anything_else_takes_title_and_lines():
    assert payload("json", MESSAGE) == {"title": MESSAGE.title, "lines": list(MESSAGE.lines)}


@pytest.mark.parametrize("line", ["x" * 300, "ä" * 300, "漢" * 300, "_" * 300])
def test_a_long_message_keeps_what_webex_takes_and_counts_the_rest(line):
    shown = payload("webex", Message("t", (line,) * 50))["markdown"]
    assert len(shown.encode()) < 7439
    kept = len(shown.splitlines()) - 3  # title, an empty line, the count
    assert kept > 5
    assert shown.endswith(f"- and {50 - kept} more; portfolio status shows them")


def test_what_does_not_fit_and_what_was_left_out_are_one_count():
    shown = payload("json", Message("t", ("x" * 390,) * 20, 10, "portfolio show changes shows them"))["lines"]
    assert len(shown) == 16 and shown[-1] == "and 15 more; portfolio show changes shows them"
    assert payload("json", Message("t", ("a", "b"), 10, "look there"))["lines"] == ["a", "b", "and 10 more; look there"]


def test_it_is_posted_as_json(server):
    send(server.address)
    assert server.requests == [("POST", "application/json")]
    assert server.received == [{"title": MESSAGE.title, "lines": list(MESSAGE.lines)}]


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_refusal_is_told_by_its_code(server, status):
    server.status = status
    with pytest.raises(WebhookError, match=f"^it answered {status}$"):
        send(server.address)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed(server, status):
    server.status = status
    with pytest.raises(WebhookError, match=f"^it answered {status}$"):
        send(server.address)
    assert [method for method, _ in server.requests] == ["POST"]


def test_a_server_that_reads_and_says_nothing_is_left(server):
    server.silent.set()
    with pytest.raises(WebhookError, match=r"^it does not answer$"):
        send(server.address, seconds=0.3)


def test_a_server_that_answers_without_end_is_left(server):
    server.dripping = True
    with pytest.raises(WebhookError, match=r"^it (does not answer|cannot be reached: no proper answer)$"):
        send(server.address, seconds=0.3)


def test_a_server_that_takes_no_connection_is_left():
    """Its queue is full: the time is over before there is a connection, as it may be on a busy machine."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with pytest.raises(WebhookError, match=r"^it does not answer$"):
            send(f"http://127.0.0.1:{full.getsockname()[1]}/", seconds=0.3)


def test_where_nobody_listens_the_line_names_the_reason_and_not_the_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(WebhookError) as error:
        send(f"http://127.0.0.1:{port}/{SECRET}")
    assert str(error.value) == "it cannot be reached: Connection refused"


def test_a_host_that_does_not_exist_is_one_line():
    with pytest.raises(WebhookError) as error:
        send(f"http://nowhere.invalid/{SECRET}", seconds=1)
    assert str(error.value).startswith(("it cannot be reached: ", "it does not answer"))
    assert SECRET not in str(error.value)


def test_the_address_shows_in_no_text_of_the_webhook():
    webhook = Webhook(SecretStr(f"https://hooks.slack.com/{SECRET}"), "slack")
    assert SECRET not in f"{webhook} {webhook!r}"
