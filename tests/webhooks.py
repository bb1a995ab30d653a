"""A webhook on this machine that remembers what it was sent, and answers as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SECRET = "T0P-s3cret-path"  # noqa: S105  none of anybody's
"""A part of the address that must show up nowhere."""


class WebhookServer:
    """Listens on 127.0.0.1 while it is entered."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str | None]] = []
        """Method and content type of each request, refused ones included."""
        self.status = 200
        self.silent = threading.Event()
        """Set: a request is read, and answered only when this server is left."""
        self.dripping = False
        """Answer a byte at a time, without end."""
        self._leaving = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks/{SECRET}"

    def texts(self) -> list[str]:
        """What was received in the `json` format: title and lines of each message as one text."""
        return ["\n".join([message["title"], *message["lines"]]) for message in self.received]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hook = self

        class Handler(BaseHTTPRequestHandler):
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

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
