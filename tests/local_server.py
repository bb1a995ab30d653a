"""An HTTP server on this machine, for tests to be answered by."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class LocalServer:
    """Listens on 127.0.0.1 while it is entered."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.silent = threading.Event()
        """Set: a request is read, and answered only when this server is left."""
        self._leaving = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def root(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()


class Quiet:
    """For a handler that writes nothing of a request among what the tests say."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""
