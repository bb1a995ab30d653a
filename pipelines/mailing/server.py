"""The mail server of the settings: where it is, who logs in, and who the mail is from."""

import os
import stat
from dataclasses import dataclass, field
from email.headerregistry import Address
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from pipelines.base_settings import SettingsError
from pipelines.mail_addresses import read_mailbox
from pipelines.mail_settings import MailSettings

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class MailServer:
    """What is needed to hand mail over; user, password and sender show in no representation."""

    host: str
    port: int
    security: Security
    sender: Address = field(repr=False)
    user: SecretStr | None = None
    password: SecretStr | None = None


def mail_server(settings: MailSettings) -> MailServer:
    """The server of the settings; a password's file is read each time.

    Raises:
        SettingsError: one is missing, or the password can't be used.
    """
    if settings.smtp_host is None:
        raise SettingsError("PORTFOLIO_SMTP_HOST is not set: it names the mail server that mail is handed to")
    if settings.smtp_from is None:
        raise SettingsError("PORTFOLIO_SMTP_FROM is not set: it is the address that mail comes from")
    user = settings.smtp_user
    password = _password(settings)
    if (user is None) != (password is None):
        raise SettingsError(
            "PORTFOLIO_SMTP_USER goes with PORTFOLIO_SMTP_PASSWORD or PORTFOLIO_SMTP_PASSWORD_FILE; set both, or none"
        )
    for name, secret in (("USER", user), ("PASSWORD", password)):
        if secret is not None and not secret.get_secret_value():
            raise SettingsError(f"PORTFOLIO_SMTP_{name} is empty; give it, or leave user and password unset")
        if secret is not None and not (secret.get_secret_value().isascii() and secret.get_secret_value().isprintable()):
            raise SettingsError(f"PORTFOLIO_SMTP_{name} must be one line of ASCII letters, digits and signs")
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        read_mailbox(settings.smtp_from),
        user,
        password,
    )


def _password(settings: MailSettings) -> SecretStr | None:
    if settings.smtp_password is not None or settings.smtp_password_file is None:
        return settings.smtp_password
    return SecretStr(_read_private(settings.smtp_password_file))


def _read_private(file: Path) -> str:
    where = f"PORTFOLIO_SMTP_PASSWORD_FILE={file}"
    try:
        with open(file, "rb", opener=_at_once) as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SettingsError(f"{where} is a pipe, a socket or a device, not a file")
            if mode & 0o077:
                raise SettingsError(f"{where} can be read by others than its owner; chmod 600 it")
            text = opened.read().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is no UTF-8 text") from None
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror}") from None
    if not text or "\n" in text:
        raise SettingsError(f"{where} holds no password: one line of it is expected")
    return text


def _at_once(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to holds nobody up."""
    return os.open(path, flags | os.O_NONBLOCK)
