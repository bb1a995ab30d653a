"""Superset's guard: foreign pages and host names get 403, own pages and programs the application."""

import pytest

from bi.guard import guarded
from pipelines.runs.web_guard import OwnHosts

OWN = OwnHosts(8088, ("bi.example.com",), setting="PORTFOLIO_BI_HOSTS")


def answered(target: str = "/api/v1/chart/data", method: str = "POST", **headers: str) -> tuple[str, bytes]:
    """Status and body; headers as WSGI names them, without the prefix."""
    statuses = []
    application = guarded(lambda environment, start: [start("200 OK", []) or b"inside"], OWN)
    environment = {"REQUEST_METHOD": method, "RAW_URI": target, "PATH_INFO": target, "QUERY_STRING": ""}
    environment |= {f"HTTP_{name}": value for name, value in {"HOST": "127.0.0.1:8088", **headers}.items()}
    body = b"".join(
        guarded_body for guarded_body in application(environment, lambda status, _: statuses.append(status))
    )
    return statuses[0], body


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HOST": "localhost:8088", "ORIGIN": "http://localhost:8088", "SEC_FETCH_SITE": "same-origin"},
        {"HOST": "bi.example.com", "ORIGIN": "https://bi.example.com"},
    ],
)
def test_own_requests_reach_superset(headers: dict[str, str]) -> None:
    assert answered(**headers) == ("200 OK", b"inside")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"HOST": "evil.example:8088"}, b"Host"),
        ({"HOST": "127.0.0.1:8088,evil.example"}, b"PORTFOLIO_BI_HOSTS"),
        ({"ORIGIN": "http://evil.example"}, b"origin"),
        ({"ORIGIN": "null"}, b"origin"),
        ({"ORIGIN": "http://127.0.0.1:3000"}, b"origin"),
        ({"ORIGIN": "http://127.0.0.1:8088,http://evil.example"}, b"origin"),
        ({"SEC_FETCH_SITE": "cross-site"}, b"site"),
        ({"SEC_FETCH_SITE": "same-site", "SEC_FETCH_MODE": "no-cors", "SEC_FETCH_DEST": "image"}, b"site"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_foreign_requests_do_not(headers: dict[str, str], reason: bytes, method: str) -> None:
    status, body = answered(method=method, **headers)
    assert status == "403 FORBIDDEN"
    assert reason in body


def test_a_target_of_another_server_is_refused() -> None:
    assert answered("http://evil.example/login/")[0] == "403 FORBIDDEN"
