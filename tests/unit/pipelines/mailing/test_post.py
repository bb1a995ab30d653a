"""Handing letters over: encrypted or not at all, each refusal for its own letter, and never an address in an error."""

import socket
import threading
from datetime import UTC, datetime
from email.headerregistry import Address

import pytest
from pydantic import SecretStr

from pipelines.mailing import post as module
from pipelines.mailing.letters import Letter
from pipelines.mailing.post import MailError, MailServerError, Post
from pipelines.mailing.server import MailServer as Given
from tests.mail_server import PASSWORD, USER, MailServer, make_certificate

AT = datetime(2026, 3, 23, 5, 30, tzinfo=UTC)
ANN, BEN, CID = "ann@example.test", "ben@example.test", "cid@example.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate, monkeypatch):
    """The certificate, which this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    return certificate


def given(server, security="starttls", *, host="127.0.0.1", login=False, password=PASSWORD):
    sender = Address("Portfolio", addr_spec="portfolio@example.test")
    user = (SecretStr(USER), SecretStr(password)) if login else (None, None)
    return Given(host, server.port, security, sender, *user)


def letter(recipient=ANN):
    return Letter(recipient, "Portfolio, week 12", "plain äöü\n", "<p>page äöü</p>", f"w12.{recipient[:3]}", "digest")


def failure(settings, *letters):
    with Post(settings) as post, pytest.raises(MailError) as raised:
        for one in letters or [letter()]:
            post.send(one, AT)
    text = str(raised.value)
    assert "example.test" not in text and PASSWORD not in text and USER not in text and "\n" not in text
    return raised.value


def test_a_letter_comes_encrypted_in_two_forms_with_its_headers(trusted):
    with MailServer(trusted) as server:
        with Post(given(server)) as post:
            post.send(letter(), AT)
        (taken,) = server.received
        assert not any(b"example.test" in line for line in server.said)
    assert (taken.sender, taken.recipients, taken.is_encrypted) == ("portfolio@example.test", [ANN], True)
    message = taken.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert (taken.part("plain"), taken.part("html")) == ("plain äöü\n", "<p>page äöü</p>\n")
    assert message["From"] == "Portfolio <portfolio@example.test>"
    assert message["To"] == ANN
    assert message["Date"] == "Mon, 23 Mar 2026 05:30:00 +0000"
    assert message["Message-ID"] == "<digest.w12.ann@example.test>"
    assert message["List-Id"] == "<digest.portfolio.example.test>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_server_that_logs_in_is_told_who_sends_after_the_connection_is_encrypted(trusted):
    with MailServer(trusted, login=True) as server:
        with Post(given(server, login=True)) as post:
            post.send(letter(), AT)
        assert [taken.is_authenticated for taken in server.received] == [True]
        assert not any(b"AUTH" in line.upper() for line in server.said)


def test_a_wrong_password_is_one_line_and_nothing_is_sent(trusted):
    with MailServer(trusted, login=True) as server:
        error = failure(given(server, login=True, password="wrong"), letter())  # noqa: S106
        assert isinstance(error, MailServerError) and server.received == []
    assert str(error).endswith("refused PORTFOLIO_SMTP_USER and its password with 535")


def test_a_connection_may_be_encrypted_from_its_first_byte(trusted):
    with MailServer(trusted, implicit=True, login=True) as server:
        with Post(given(server, "tls", login=True)) as post:
            post.send(letter(), AT)
        assert [(taken.is_encrypted, taken.is_authenticated) for taken in server.received] == [(True, True)]


def test_a_server_without_starttls_gets_neither_password_nor_letter():
    with MailServer() as server:
        error = failure(given(server, login=True))
        assert isinstance(error, MailServerError) and "offers no STARTTLS" in str(error)
        assert {line.split()[0].upper() for line in server.said} <= {b"EHLO", b"QUIT"}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, security, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with MailServer(certificate, implicit=security == "tls") as server:
        error = failure(given(server, security, login=True))
        assert isinstance(error, MailServerError) and server.received == []
    assert "has a certificate that is not trusted: self-signed certificate" in str(error)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_refused(tmp_path, security, monkeypatch):
    other = make_certificate(tmp_path, "mail.example.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.chain))
    with MailServer(other, implicit=security == "tls") as server:
        assert "is not trusted" in str(failure(given(server, security)))
        assert server.received == []


def test_none_sends_as_it_is_asked_to_also_the_password():
    with MailServer(login=True) as server:
        with Post(given(server, "none", login=True)) as post:
            post.send(letter(), AT)
        assert [(taken.is_encrypted, taken.is_authenticated) for taken in server.received] == [(False, True)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("550 5.1.1 <ann@example.test> unknown", "the mail server refused the recipient with 550"),
        ("450 ann@example.test: try later", "the mail server refused the recipient with 450"),
        ("421 closing", "the mail server refused the recipient with 421"),
    ],
)
def test_a_refused_recipient_costs_no_other_one_the_letter(answer, said):
    with MailServer() as server:
        server.orders.answers[ANN] = answer
        with Post(given(server, "none")) as post:
            with pytest.raises(MailError) as raised:
                post.send(letter(ANN), AT)
            post.send(letter(BEN), AT)
        assert (str(raised.value), server.addresses()) == (said, [BEN])
        assert not isinstance(raised.value, MailServerError)


@pytest.mark.parametrize("when", ["lost_in_data", "lost_after_data"])
def test_a_connection_that_breaks_in_a_letter_is_made_anew_for_the_next(when):
    with MailServer() as server:
        getattr(server.orders, when).add(ANN)
        with Post(given(server, "none")) as post:
            with pytest.raises(MailError, match="broke before the mail server had taken the letter"):
                post.send(letter(ANN), AT)
            post.send(letter(BEN), AT)
        assert server.addresses() == [BEN]


def test_one_connection_is_for_all_letters_and_another_where_the_server_wants_one():
    with MailServer() as server:
        with Post(given(server, "none")) as post:
            for address in (ANN, BEN, CID):
                post.send(letter(address), AT)
        assert (server.connections, server.addresses()) == (1, [ANN, BEN, CID])
        server.orders.letters_per_connection = 2
        with Post(given(server, "none")) as post:
            for address in (ANN, BEN, CID):
                post.send(letter(address), AT)
        assert (server.connections, server.addresses()) == (3, [ANN, BEN, CID] * 2)


def test_a_server_that_is_not_there_is_one_line():
    with MailServer() as server:
        pass
    error = failure(given(server))
    assert isinstance(error, MailServerError) and "cannot be reached: Connection refused" in str(error)


def test_a_server_that_never_speaks_is_left(monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(Given("127.0.0.1", silent.getsockname()[1], "starttls", Address("", addr_spec="a@b.test")))
    assert str(error).endswith("cannot be reached: no answer in time")


def test_a_server_that_speaks_a_byte_at_a_time_is_left(monkeypatch):
    monkeypatch.setattr(module, "LETTER_SECONDS", 0.3)
    left = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip():
            connection, _ = dripping.accept()
            with connection:
                while not left.wait(0.02):
                    try:
                        connection.sendall(b"2")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        error = failure(Given("127.0.0.1", dripping.getsockname()[1], "none", Address("", addr_spec="a@b.test")))
        left.set()
        thread.join()
    assert isinstance(error, MailServerError)
