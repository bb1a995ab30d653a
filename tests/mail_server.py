"""A mail server on this machine that keeps what it is sent, and refuses what it is told to."""

import asyncio
import datetime
import ipaddress
import ssl
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "postman", "l3tter-Box"
"""Of nobody's: what the server lets in."""


@dataclass
class Received:
    """A letter that the server took."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    is_encrypted: bool
    is_authenticated: bool

    def part(self, kind: str) -> str:
        (found,) = [part for part in self.message.walk() if part.get_content_type() == f"text/{kind}"]
        return str(found.get_content()).replace("\r\n", "\n")


@dataclass
class Certificate:
    """A self-made certificate for a host, in files."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


def make_certificate(folder: Path, host: str = "127.0.0.1") -> Certificate:
    """Write a certificate that is valid today, and signed by itself alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(folder / f"{host}.pem", folder / f"{host}.key")
    files.chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@dataclass
class Orders:
    """What the server does with whom, by recipient."""

    answers: dict[str, str] = field(default_factory=dict)
    """What it answers to RCPT, such as `550 no such user`."""
    lost_in_data: set[str] = field(default_factory=set)
    """It breaks the connection once it has asked for the letter."""
    lost_after_data: set[str] = field(default_factory=set)
    """It breaks the connection once it has the whole letter, and says nothing."""
    letters_per_connection: int = 10**6
    """After so many it closes the connection with 421."""


class MailServer:
    """Listens on 127.0.0.1 while it is entered."""

    def __init__(self, certificate: Certificate | None = None, *, implicit: bool = False, login: bool = False) -> None:
        self.received: list[Received] = []
        self.said: list[bytes] = []
        """What clients sent before the connection was encrypted, line by line."""
        self.connections = 0
        self.orders = Orders()
        self._context = certificate.context() if certificate is not None else None
        self._implicit, self._login = implicit, login
        self._loop = asyncio.new_event_loop()
        self.port = 0

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[ready], daemon=True)
        self._thread.start()
        assert ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def addresses(self) -> list[str]:
        """Whom letters were taken for, in order."""
        return [address for letter in self.received for address in letter.recipients]

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        given: dict[str, Any] = {"hostname": "127.0.0.1", "enable_SMTPUTF8": True, "loop": self._loop}
        if self._context is not None and not self._implicit:
            given["tls_context"] = self._context
        if self._login:
            warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
            given |= {"authenticator": _lets_in, "auth_required": True, "auth_require_tls": self._context is not None}
        if self._implicit:
            given["auth_require_tls"] = False

        def connected() -> SMTP:
            self.connections += 1
            return _Protocol(self, _Handler(self), **given)

        tls = self._context if self._implicit else None
        server = self._loop.run_until_complete(self._loop.create_server(connected, "127.0.0.1", 0, ssl=tls))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


class _Protocol(SMTP):
    """aiosmtpd's, which breaks the connection where it is told to."""

    def __init__(self, server: MailServer, handler: "_Handler", **given: Any) -> None:
        super().__init__(handler, **given)
        self._server, self._letters = server, 0

    def data_received(self, data: bytes) -> None:
        if self.session is not None and self.session.ssl is None:
            self._server.said.extend(data.splitlines())
        super().data_received(data)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        self._letters += 1
        if self._letters > self._server.orders.letters_per_connection:
            await self.push("421 enough by this connection")
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self._server.orders.lost_in_data & set(self.envelope.rcpt_tos):
            await self.push("354 go on")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: Mapping[str, str]
    ) -> str:
        if answer := self._server.orders.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._server.orders.lost_after_data & set(envelope.rcpt_tos):
            server.transport.abort()
            return "451 nobody hears this"
        message = message_from_bytes(envelope.content, policy=policy.default)
        encrypted = session.ssl is not None or self._server._implicit
        self._server.received.append(
            Received(envelope.mail_from, list(envelope.rcpt_tos), message, encrypted, session.authenticated)
        )
        return "250 taken"


def _lets_in(_: SMTP, __: Session, ___: Envelope, mechanism: str, given: object) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)  # what is not handled, the server refuses with 535
