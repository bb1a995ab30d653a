"""The simulated Webex as servers on this machine: the API, the call records of each region, and a foreign host."""

import select
import socket
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from sources.simulator.webex.answers import Answers
from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.events import Diary
from sources.simulator.webex.faults import Faults
from sources.simulator.webex.journal import Entry, Journal
from sources.simulator.webex.messages import Request
from sources.simulator.webex.spoiling import Ending, Sent, plain, spoilt
from sources.simulator.webex.tokens import CLIENT_ID
from sources.simulator.webex.webex import API, FOREIGN, Webex
from sources.simulator.webex.world import World

HOSTS = {API: "127.0.0.1", "us": "127.0.0.2", "eu": "127.0.0.3", FOREIGN: "127.0.0.4"}
"""Each has an address of its own, since a token belongs to hosts and not to ports."""
_DRIP_SECONDS = 0.05


class WebexServer:
    """Listens on loopback addresses while it is entered.

    `now` may be set: the day that it says today is. So may `faults` and what is in `behaviour`.
    """

    def __init__(
        self, world: World, now: datetime, *, behaviour: Behaviour | None = None, faults: Faults | None = None
    ) -> None:
        diary = Diary(world)
        self.world = world
        self.answers = Answers(world, diary)
        self.behaviour = behaviour or Behaviour()
        self.faults = faults or Faults()
        self.journal = Journal()
        self.webex = Webex(world, diary, self.behaviour, now)
        self._leaving = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._open: dict[socket.socket, Entry] = {}
        self._servers = {host: _Listener(self, host, address) for host, address in HOSTS.items()}
        self.bases = {host: server.base for host, server in self._servers.items()}
        """The address of each host, without a path."""

    @property
    def now(self) -> datetime:
        """What it takes for the present."""
        return self.webex.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.webex.now = moment

    @property
    def token(self) -> str:
        """The access token that is valid now."""
        return self.webex.tokens.current

    def addresses(self) -> dict[str, str]:
        """The settings that name its hosts."""
        return {
            "PORTFOLIO_WEBEX_API_BASE": f"{self.bases[API]}/v1",
            "PORTFOLIO_WEBEX_ANALYTICS_BASE": f"{self.bases['us']}/v1",
        }

    def client(self) -> dict[str, str]:
        """The settings with which a client refreshes its token."""
        return {
            "PORTFOLIO_WEBEX_CLIENT_ID": CLIENT_ID,
            "PORTFOLIO_WEBEX_CLIENT_SECRET": self.webex.tokens.client_secret,
            "PORTFOLIO_WEBEX_REFRESH_TOKEN": self.webex.tokens.refresh_token,
        }

    def __enter__(self) -> Self:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Listen no more, and hang up on whoever still waits."""
        self._leaving.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()
        for connection in list(self._sockets):
            _hang_up(connection)

    def respond(self, request: Request, host: str, entry: Entry) -> Sent:
        """What a call gets, noted in its entry."""
        reply = self.webex.answer(request, host, self.bases)
        fault = None if host == FOREIGN else self.faults.of(request, reply)
        if fault is None:
            sent = plain(reply)
        else:
            sent = spoilt(reply, fault, request, self.bases[FOREIGN], self.behaviour)
            entry.fault = fault.kind
        entry.status, entry.retry_after = sent.status, sent.headers.get("Retry-After")
        return sent

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, to hang up when it is left."""
        self._sockets.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        self._sockets.discard(connection)

    def begin(self, connection: socket.socket, entry: Entry) -> None:
        """Note a call; those whose callers hung up are over by now, whether or not their threads know."""
        for other, waiting in list(self._open.items()):
            if _is_hung_up(other):
                self.over(waiting)
        self._open[connection] = entry
        self.journal.begin(entry)

    def over(self, entry: Entry) -> None:
        """Note that a call is over: before its answer is sent, or the caller might ask again before."""
        self.journal.end(entry, time.monotonic())

    def left(self, connection: socket.socket, entry: Entry) -> None:
        """Note that nothing more is sent to a call."""
        self.over(entry)
        self._open.pop(connection, None)

    def be_silent(self, connection: socket.socket) -> None:
        """Wait until the caller hangs up, or the time is over."""
        connection.settimeout(self.behaviour.silent_seconds)
        connection.recv(1)

    def is_left(self, seconds: float) -> bool:
        """Wait; whether it was left meanwhile."""
        return self._leaving.wait(seconds)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, server: WebexServer, host: str, address: str) -> None:
        self.webex_server, self.webex_host = server, host
        super().__init__((address, 0), _Handler)
        self.base = f"http://{address}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.webex_server.opened(self.connection)

    def finish(self) -> None:
        self.server.webex_server.closed(self.connection)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the caller, or whoever leaves the server, hung up
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        webex, host = self.server.webex_server, self.server.webex_host
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = dict(parse_qsl(self.rfile.read(int(headers.get("content-length", "0"))).decode()))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(self.command, self.server.base, parts.path, query, headers, form)
        tokens = webex.webex.tokens
        entry = Entry(
            host=host,
            method=self.command,
            path=parts.path,
            address=request.address,
            token=tokens.label(headers.get("authorization")),
            has_secret=any(secret in request.address for secret in tokens.secrets),
            agent=headers.get("user-agent", ""),
            is_authorised="authorization" in headers,
            started=time.monotonic(),
        )
        webex.begin(self.connection, entry)
        try:
            self._send(webex.respond(request, host, entry), entry)
        finally:
            webex.left(self.connection, entry)

    def _send(self, sent: Sent, entry: Entry) -> None:
        webex = self.server.webex_server
        head = f"HTTP/1.1 {sent.status} {self.responses[sent.status][0] if sent.status in self.responses else ''}\r\n"
        fields: Mapping[str, str] = {**sent.headers, "Content-Length": str(len(sent.body))}
        whole = head.encode() + "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode("latin-1")
        whole += b"\r\n" + sent.body
        if sent.ending in (Ending.WHOLE, Ending.CLOSED, Ending.HALF):
            webex.over(entry)
        if sent.ending is Ending.WHOLE:
            self.connection.sendall(whole)
            return
        self.close_connection = True
        body = len(whole) - len(sent.body)
        if sent.ending is Ending.HALF:
            self.connection.sendall(whole[: body + len(sent.body) // 2])
        elif sent.ending is Ending.SILENT:
            webex.be_silent(self.connection)
        elif sent.ending is Ending.DRIPPING:
            self.connection.sendall(whole[:body])
            for byte in sent.body:
                self.connection.sendall(bytes([byte]))
                if webex.is_left(_DRIP_SECONDS):
                    return
        _hang_up(self.connection)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _hang_up(connection: socket.socket) -> None:
    """End a connection both ways; one that is already gone is left alone."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _is_hung_up(connection: socket.socket) -> bool:
    """Whether the other side has ended a connection on which it has nothing to say."""
    poll = select.poll()
    try:
        poll.register(connection, select.POLLIN)
    except ValueError:  # it is closed on this side as well
        return True
    return bool(poll.poll(0))
