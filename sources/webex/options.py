"""What the source `webex` is told: where to ask, with which secrets, how often, and where it keeps how far it got."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeGuard

from sources.errors import SourceError


@dataclass(frozen=True)
class Secret:
    """A secret that is given, or lies in a file; it shows in no representation."""

    setting: str
    """What it is called among the settings, for messages."""
    text: str | None = field(default=None, repr=False)
    file: Path | None = None
    private: bool = True
    """Whether the file has to be its owner's alone."""

    @property
    def is_given(self) -> bool:
        """Whether there is one."""
        return self.text is not None or self.file is not None

    def read(self) -> str:
        """The secret; a file is read each time.

        Raises:
            SourceError: the file can't be read, is empty, or others than its owner may read it.
        """
        if self.text is not None:
            return self.text
        if self.file is None:
            raise SourceError(f"{self.setting} is not set")
        where = f"{self.setting}_FILE={self.file}"
        try:
            text = self.file.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise SourceError(f"{where} is no UTF-8 text") from None
        except OSError as error:
            raise SourceError(f"{where} cannot be read: {error.strerror}") from None
        if self.private and (open_to_others := self.open_to_others()):
            raise SourceError(open_to_others)
        if not is_secret(text):
            raise SourceError(f"{where} holds no token or key: one line of it is expected")
        return text

    def open_to_others(self) -> str | None:
        """What is to be said where others than its owner can read the file; None where they can't."""
        try:
            mode = self.file.stat().st_mode if self.file is not None else 0
        except OSError:
            return None  # reading it says why
        if not mode & 0o077:
            return None
        return f"{self.setting}_FILE={self.file} can be read by others than its owner; chmod 600 it"

    def write(self, text: str) -> None:
        """Put another secret into the file, in place: its owner, its mode and a link that leads to it stay.

        Raises:
            OSError: it can't be written.
        """
        assert self.file is not None  # noqa: S101  a text that is given has no place
        with self.file.open("r+b", buffering=0) as stream:
            stream.write(text.encode() + b"\n")  # one small write, so that no moment has half of it
            stream.truncate()
            os.fsync(stream.fileno())


def is_secret(text: object) -> TypeGuard[str]:
    """Whether a value can be a token or key: one word of letters that a header may have."""
    return isinstance(text, str) and bool(text) and text.isascii() and text.isprintable() and " " not in text


@dataclass(frozen=True)
class Credentials:
    """A token, or what new ones are got with, or both."""

    token: Secret
    client_id: Secret
    client_secret: Secret
    refresh_token: Secret

    @property
    def can_refresh(self) -> bool:
        """Whether new tokens can be got."""
        return all(secret.is_given for secret in (self.client_id, self.client_secret, self.refresh_token))

    def check(self) -> None:
        """Raise `SourceError` where there is neither a token nor a way to one, or a file can't be used."""
        partly = [secret for secret in (self.client_id, self.client_secret, self.refresh_token) if secret.is_given]
        if not self.token.is_given and not partly:
            raise SourceError(
                "source webex has no token; set PORTFOLIO_WEBEX_TOKEN or PORTFOLIO_WEBEX_TOKEN_FILE, or"
                " PORTFOLIO_WEBEX_CLIENT_ID, PORTFOLIO_WEBEX_CLIENT_SECRET and PORTFOLIO_WEBEX_REFRESH_TOKEN"
            )
        if partly and not self.can_refresh:
            raise SourceError(
                "to refresh tokens, source webex needs all of PORTFOLIO_WEBEX_CLIENT_ID, PORTFOLIO_WEBEX_CLIENT_SECRET"
                " and PORTFOLIO_WEBEX_REFRESH_TOKEN (or the same with _FILE)"
            )
        for secret in (self.token, *partly):
            if secret.is_given:
                secret.read()


@dataclass(frozen=True)
class WebexOptions:
    """The settings of the source."""

    credentials: Credentials
    memory: Path
    """Folder in which it remembers how far it got; it holds no person's data."""
    api_base: str = "https://webexapis.com/v1"
    analytics_base: str = "https://analytics-calling.webexapis.com/v1"
    extra_hosts: tuple[str, ...] = ()
    concurrency: int = 8
    cdr_per_minute: int = 1
    timeout_seconds: float = 30
    attempts: int = 8
    codes_file: Path | None = None
    contract_file: Path | None = None
    meeting_count: Literal["host", "join"] = "host"
    calls: bool = True
    partial: Literal["wait", "carry"] = "wait"
