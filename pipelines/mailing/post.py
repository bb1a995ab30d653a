"""Handing letters to the mail server: one connection for all of them, encrypted before anything is said on it.

No error quotes what the server answered: servers repeat addresses there. Its code says enough.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from threading import Event, Thread
from types import TracebackType
from typing import Self

from pipelines.mailing.letters import Letter, message_of
from pipelines.mailing.server import MailServer

ANSWER_SECONDS = 30.0
"""That the server may take for an answer."""
_CLOSING, _FOR_GOOD = 421, 500
"""The answer of a server that closes the connection, and the first of those that stay the same tomorrow."""
_AGAIN_SECONDS = 0.1
LETTER_SECONDS = 120.0
"""That a letter may take, with the connection made for it: a server that sends a byte now and then ends by this."""


class MailError(Exception):
    """Why a letter was not taken, in a few words without an address; another letter may be."""


class MailServerError(MailError):
    """Why no letter is taken: the server can't be reached, trusted or logged in to."""


class Post:
    """The way to the server, while it is entered.

    Args:
        seconds: that a letter may take, the connection included; `LETTER_SECONDS` when left out.
    """

    def __init__(self, server: MailServer, seconds: float | None = None) -> None:
        self._server = server
        self._seconds = seconds if seconds is not None else LETTER_SECONDS
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def send(self, letter: Letter, at: datetime) -> None:
        """Hand a letter over; it is the server's own once it says so.

        Raises:
            MailServerError: no letter can be sent now.
            MailError: this one was not taken. Where the connection broke before the server answered, it has not taken
                the letter either, by its protocol.
        """
        message = message_of(letter, self._server.sender, at)
        with self._in_time():
            self._drop_if_idle_too_long()
            kept = self._connection is not None
            try:
                self._hand_over(message, letter.recipient)
            except smtplib.SMTPSenderRefused as error:
                if error.smtp_code != _CLOSING:
                    raise self._sender_refused(error.smtp_code) from None
                if not kept:
                    raise MailError("the mail server takes no mail now (421)") from None
                # Some take a number of letters by one connection, and want another one for more.
                self._again(message, letter.recipient)

    def _again(self, message: EmailMessage, recipient: str) -> None:
        try:
            self._hand_over(message, recipient)
        except smtplib.SMTPSenderRefused as error:
            raise self._sender_refused(error.smtp_code) from None

    @staticmethod
    def _sender_refused(code: int) -> MailError:
        said = f"the mail server refused the sender with {code}"
        if code < _FOR_GOOD:
            return MailError(said)
        return MailServerError(f"{said}; look at PORTFOLIO_SMTP_FROM")

    def _hand_over(self, message: EmailMessage, recipient: str) -> None:
        connection = self._connected()
        try:
            connection.send_message(message, self._server.sender.addr_spec, [recipient])
        except smtplib.SMTPSenderRefused:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise MailError(f"the mail server refused the recipient with {code}") from None
        except smtplib.SMTPResponseException as error:
            raise MailError(f"the mail server refused the letter with {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException):
            raise MailError("the connection broke before the mail server had taken the letter") from None
        finally:
            if connection.sock is None:  # smtplib closes it after 421, and where it broke
                self._connection = None

    def _drop_if_idle_too_long(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.noop()
        except (OSError, smtplib.SMTPException):
            self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            wait = min(ANSWER_SECONDS, self._seconds)
            if self._server.security == "tls":
                context = ssl.create_default_context()
                self._connection = smtplib.SMTP_SSL(timeout=wait, context=context)
            else:
                self._connection = smtplib.SMTP(timeout=wait)
            try:
                self._open(self._connection)
            except BaseException:
                self._connection.close()
                self._connection = None
                raise
        return self._connection

    def _open(self, connection: smtplib.SMTP) -> None:
        server, where = self._server, f"the mail server {self._server.host}:{self._server.port}"
        try:
            # What the certificate has to name: smtplib takes it from its constructor alone, which also connects, and
            # would wait there for a greeting as long as bytes of it come.
            connection._host = server.host  # type: ignore[attr-defined]
            code, _ = connection.connect(server.host, server.port)
            if code != 220:
                raise MailServerError(f"{where} takes no mail now: it greets with {code}")
            connection.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                if not connection.has_extn("starttls"):
                    raise MailServerError(
                        f"{where} offers no STARTTLS, and nothing is sent unencrypted;"
                        " PORTFOLIO_SMTP_SECURITY=tls is for servers that encrypt from the first byte on, at port 465"
                    )
                connection.starttls(context=ssl.create_default_context())
            if server.user is not None and server.password is not None:
                connection.login(server.user.get_secret_value(), server.password.get_secret_value())
        except ssl.SSLCertVerificationError as error:
            raise MailServerError(f"{where} has a certificate that is not trusted: {error.verify_message}") from None
        except ssl.SSLError:
            raise MailServerError(f"{where} cannot be spoken to encrypted; look at PORTFOLIO_SMTP_SECURITY") from None
        except smtplib.SMTPAuthenticationError as error:
            raise MailServerError(
                f"{where} refused PORTFOLIO_SMTP_USER and its password with {error.smtp_code}"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise MailServerError(f"{where} offers no login that is known; unset PORTFOLIO_SMTP_USER?") from None
        except smtplib.SMTPResponseException as error:
            raise MailServerError(f"{where} takes no mail now: it answers {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerError(f"{where} cannot be reached: {_why(error)}") from None

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Break the connection of a letter that takes too long: a socket's own limit begins anew with each byte."""
        over = Event()

        def watch() -> None:
            over.wait(self._seconds)
            while not over.wait(_AGAIN_SECONDS):  # the socket may be made only now
                self._break()

        Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def _break(self) -> None:
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror and error.errno:
        return error.strerror
    return "no proper answer"
