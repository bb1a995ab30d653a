"""A receiver of OpenLineage events on this machine: it remembers what it was sent, and answers as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from .local_server import LocalServer, Quiet


class LineageReceiver(LocalServer):
    """Listens on 127.0.0.1 while it is entered."""

    def __init__(self) -> None:
        super().__init__(self._handler())
        self.events: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str | None]] = []
        """Path and authorization of each request, refused ones included."""
        self.status = 201
        self.location = ""
        """Where an answer points; nowhere."""
        self.endless = threading.Event()
        """Set: an answer's body goes on until whoever asked has left, or this receiver is left."""
        self.left = threading.Event()
        """Set by whoever asked leaving an endless answer."""

    @property
    def address(self) -> str:
        return self.root

    def told(self) -> list[tuple[str, str]]:
        """Job and state of each event, in order."""
        return [(event["job"]["name"], event["eventType"]) for event in self.events]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, self.headers["Authorization"]))
                if receiver.silent.is_set():
                    receiver._leaving.wait()
                    return
                if receiver.status < 300:
                    receiver.events.append(json.loads(body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()
                if receiver.endless.is_set():
                    self._go_on()

            def _go_on(self) -> None:
                try:
                    while not receiver._leaving.is_set():
                        self.wfile.write(b" " * 65536)
                except OSError:
                    receiver.left.set()

        return Handler
