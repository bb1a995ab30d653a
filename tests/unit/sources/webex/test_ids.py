"""Ids as Webex writes them, and what they spell."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.webex.ids import LicenceId, bare_uuid, decoded, licence_id

UUID = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE", UUID),
        (encoded(f"ciscospark://us/PEOPLE/{UUID.upper()}"), UUID),
        (encoded(f"ciscospark://eu/PEOPLE/somewhere/{UUID}"), UUID),
        (UUID.upper(), UUID),
        (f" {UUID} ", UUID),
        (encoded("ciscospark://us/PEOPLE/nobody"), None),
        (encoded(f"http://us/PEOPLE/{UUID}"), None),
        ("", None),
        ("é", None),
        (None, None),
        (7, None),
    ],
)
def test_a_bare_uuid_is_in_lower_case(text: object, bare: str | None) -> None:
    assert bare_uuid(text) == bare


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        (f"{UUID}:EE_{UUID}_acme.webex.com", LicenceId(UUID, "EE", "acme.webex.com")),
        (f"{UUID}:BCSTD_{UUID}", LicenceId(UUID, "BCSTD")),
        (f"{UUID}:NEW_CODE_{UUID}_a_b.webex.com", LicenceId(UUID, "NEW_CODE", "a_b.webex.com")),
        (UUID, None),
        (f"{UUID}:EE", None),
    ],
)
def test_a_licence_s_id_names_code_and_site(rest: str, found: LicenceId | None) -> None:
    assert licence_id(encoded(f"ciscospark://us/LICENSE/{rest}")) == found


@given(st.text(max_size=60))
def test_whatever_it_is_nothing_is_raised(text: str) -> None:
    assert decoded(text) is None or "ciscospark" in base64.b64decode(text.strip() + "===", altchars=b"-_").decode()
    assert licence_id(text) is None


@given(st.text(min_size=1, max_size=40))
def test_what_was_encoded_is_decoded(rest: str) -> None:
    assert decoded(encoded(f"ciscospark://us/KIND/{rest}")) == rest
    urlsafe = base64.urlsafe_b64encode(f"ciscospark://us/KIND/{rest}".encode()).decode()
    assert decoded(urlsafe) == rest
