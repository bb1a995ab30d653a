"""A letter as mail programs take it: plain text and a page, in one message."""

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Letter:
    """What is sent to one address."""

    recipient: str = field(repr=False)
    subject: str
    text: str
    html: str | None
    """None for a letter that is text alone."""
    mark: str
    """What tells it from every other letter, and stays when it is sent again: letters, digits, `-` and `.`."""
    series: str
    """Which series of letters it is one of, in a word."""


def message_of(letter: Letter, sender: Address, at: datetime) -> EmailMessage:
    """The letter with its headers; whatever a customer or owner is called, a header stays one line.

    Its Message-ID follows from its mark, so that a letter that comes twice is known as the same one.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = one_header(letter.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{letter.series}.{letter.mark}@{sender.domain}>"
    message["List-Id"] = f"<{letter.series}.portfolio.{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # no answer by whoever is out of office
    message.set_content(letter.text, cte="quoted-printable")
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def one_header(text: str) -> str:
    """The text on one line, without what no screen shows, and not too long."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"
