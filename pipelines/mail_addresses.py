"""Mail addresses: what is taken for one. No error quotes what was given, which may be a person's."""

import re
from email.headerregistry import Address

_LONGEST = 254
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})*")
_NAMED = re.compile(r'"?([^"<>]*?)"?\s*<([^<>]*)>')


def read_address(text: str) -> str:
    """The address, as it is written.

    Raises:
        ValueError: it is none that a mail server takes for certain: quoted words and letters beyond ASCII are left out.
    """
    if len(text) > _LONGEST or not _ADDRESS.fullmatch(text):
        raise ValueError("must be a mail address in ASCII, such as name@example.com")
    return text


def read_mailbox(text: str) -> Address:
    """An address with a name before it, or without: `Portfolio <portfolio@example.com>`.

    Raises:
        ValueError: the address is none, or the name holds what is no text.
    """
    named = _NAMED.fullmatch(text.strip())
    name, address = (named[1], named[2]) if named else ("", text)
    if not name.isprintable():
        raise ValueError("must be one line of text")
    return Address(name.strip(), addr_spec=read_address(address.strip()))
