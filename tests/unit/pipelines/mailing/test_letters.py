"""Letters and addresses: whatever somebody is called, a header stays one line, and no error repeats an address."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.mail_addresses import read_address, read_mailbox
from pipelines.mailing.letters import Letter, message_of

SENDER = Address("Portfolio", addr_spec="portfolio@example.test")
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}


@given(st.text(), st.text(), st.text())
def test_no_name_adds_a_header_or_an_address(subject, text, html):
    letter = Letter("ann@example.test", subject, text, html, "w12.abc", "digest")
    sent = bytes(message_of(letter, SENDER, datetime(2026, 3, 23, tzinfo=UTC)))
    read = message_from_bytes(sent, policy=policy.default)
    assert set(read.keys()) <= HEADERS
    assert len(read.keys()) == len(set(read.keys()))
    assert (read["To"], read["From"]) == ("ann@example.test", "Portfolio <portfolio@example.test>")
    assert read["Subject"].isprintable()
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "given_text", ["ann@example.test", "a.b+c@mail.example.co", "o'neil@x.test", "x@localhost", f"{'a' * 60}@b.test"]
)
def test_addresses(given_text):
    assert read_address(given_text) == given_text
    assert read_mailbox(f"Ann, of sales <{given_text}>") == Address("Ann, of sales", addr_spec=given_text)


@pytest.mark.parametrize(
    "given_text",
    [
        *("", "ann", "@example.test", "ann@", "a@b@c.test", "a b@c.test", ".a@b.test", "a..b@c.test", "a@-b.test"),
        *("a@b..test", "a@b.test,c@d.test", "a@b.test\nBcc: c@d.test", "a@b.test\r\n", "ä@b.test", "a@b\0.test"),
        *('"a b"@c.test', "<a@b.test>", f"{'a' * 250}@b.test"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(given_text):
    with pytest.raises(ValueError, match="must be a mail address in ASCII") as raised:
        read_address(given_text)
    assert not given_text or given_text not in str(raised.value)


def test_a_sender_s_name_is_one_line():
    with pytest.raises(ValueError, match="one line of text"):
        read_mailbox("Port\nfolio <a@b.test>")
