"""The guard around the web server's application: what it refuses does not get there, and no answer may be framed."""

import asyncio

import pytest

from pipelines.runs.web_guard import Guard, OwnHosts, frameless

OWN = OwnHosts(3000)
JSON = {"Content-Type": "application/json"}


def exchange(scope, own=OWN):
    """What a client of the guard gets sent, and whether the application behind it was asked."""
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope["type"])
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        elif scope["type"] == "http":
            headers = [(b"content-security-policy", b"base-uri 'none'; frame-ancestors *; object-src 'none';")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"inside"})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(app, own)(scope, receive, send))
    return sent, bool(reached)


def scope(kind, headers, **more):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "path": "/graphql", "query_string": b"", "headers": raw, **more}


def test_what_is_refused_never_reaches_dagster():
    sent, reached = exchange(scope("http", {"host": "evil.example", **JSON}, method="POST"))
    assert not reached
    assert [message.get("status") for message in sent] == [403, None]
    assert dict(sent[0]["headers"])[b"x-frame-options"] == b"DENY"
    assert sent[1]["body"].startswith(b"403: the Host header")
    assert sent[1]["body"].count(b"\n") == 1


def test_no_answer_may_be_framed():
    sent, reached = exchange(scope("http", {"host": "127.0.0.1:3000"}, method="GET", path="/runs"))
    assert reached
    headers = dict(sent[0]["headers"])
    assert len(headers) == len(sent[0]["headers"])
    assert headers[b"content-security-policy"] == b"base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    assert headers[b"x-frame-options"] == b"DENY"


def test_every_policy_of_an_answer_forbids_frames():
    given = [
        (b"X-Frame-Options", b"SAMEORIGIN"),
        (b"Content-Security-Policy", b""),
        (b"content-security-policy", b"a b"),
    ]
    headers = dict(frameless([*given, (b"x-content-type-options", b"nosniff")]))
    assert headers[b"content-security-policy"] == b"frame-ancestors 'none', a b; frame-ancestors 'none'"
    assert headers[b"x-frame-options"] == b"DENY"
    assert b"X-Frame-Options" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "127.0.0.1:3000", "origin": "http://evil.example"},
        {"host": "127.0.0.1:3000", "origin": "http://127.0.0.1:8088"},
        {"host": "127.0.0.1:3000", "origin": "null"},
        {"host": "127.0.0.1:3000", "sec-fetch-site": "same-site", "sec-fetch-mode": "websocket"},
    ],
)
def test_a_foreign_websocket_is_closed_before_it_is_open(headers):
    sent, reached = exchange(scope("websocket", headers))
    assert not reached
    assert [message["type"] for message in sent] == ["websocket.close"]  # which the server answers with 403


def test_a_link_cannot_open_a_websocket():
    headers = {"host": "127.0.0.1:3000", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    _, reached = exchange(scope("websocket", {**headers, "sec-fetch-dest": "document"}, path="/"))
    assert not reached


@pytest.mark.parametrize("origin", [{}, {"origin": "http://localhost:3000"}])
def test_own_websockets_are_accepted(origin):
    sent, reached = exchange(scope("websocket", {"host": "127.0.0.1:3000", **origin}))
    assert reached
    assert sent == [{"type": "websocket.accept"}]


def test_the_target_as_it_was_sent_decides():
    absolute = scope("http", {"host": "127.0.0.1:3000"}, method="GET", path="/runs", target="http://evil.example/runs")
    assert exchange(absolute)[1] is False
    assert exchange({**absolute, "target": "/runs"})[1] is True


def test_startup_and_shutdown_go_through():
    assert exchange({"type": "lifespan"})[1] is True
