"""A webhook on this machine that remembers what it was sent, and answers as it is told."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from .local_server import LocalServer, Quiet

SECRET = "T0P-s3cret-path"  # noqa: S105  none of anybody's
"""A part of the address that must show up nowhere."""


class WebhookServer(LocalServer):
    """Listens on 127.0.0.1 while it is entered."""

    def __init__(self) -> None:
        super().__init__(self._handler())
        self.received: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str | None]] = []
        """Method and content type of each request, refused ones included."""
        self.status = 200
        self.dripping = False
        """Answer a byte at a time, without end."""

    @property
    def address(self) -> str:
        return f"{self.root}/hooks/{SECRET}"

    def texts(self) -> list[str]:
        """What was received in the `json` format: title and lines of each message as one text."""
        return ["\n".join([message["title"], *message["lines"]]) for message in self.received]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hook = self

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.requests.append((self.command, self.headers["Content-Type"]))
                if hook.silent.is_set():
                    hook._leaving.wait()
                    return
                while hook.dripping and not hook._leaving.wait(0.05):
                    self.wfile.write(b"H")
                if hook.status < 300:
                    hook.received.append(json.loads(body))
                self.send_response(hook.status)
                if hook.status in (301, 302, 307):
                    self.send_header("Location", hook.address + "/elsewhere")
                self.end_headers()

            def do_GET(self) -> None:
                hook.requests.append((self.command, None))
                self.send_response(200)
                self.end_headers()

        return Handler
