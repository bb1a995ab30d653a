"""Gunicorn's configuration: one process, threads for the charts that a page asks for at once."""

import sys
from typing import Any

from bi.__main__ import DASHBOARD
from bi.settings import load_settings

_settings = load_settings()

bind = f"{_settings.bind}:{_settings.port}"
workers = 1
worker_class = "gthread"
threads = 8
timeout = 120  # seconds; the first request waits for Superset to load
graceful_timeout = 5
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Say where the dashboard is, once it can be opened."""
    sys.stdout.write(f"http://127.0.0.1:{_settings.port}{DASHBOARD} is ready; Ctrl-C stops it\n")
    sys.stdout.flush()


def on_exit(server: Any) -> None:
    """Say that it has stopped."""
    sys.stdout.write("stopped\n")
    sys.stdout.flush()
