"""SIGTERM while Dagster has handlers of its own for interrupts."""

import signal

from dagster._utils.interrupts import capture_interrupts, check_captured_interrupt

from cli import ending
from pipelines.runs.running import own_sigterm


def test_sigterm_during_a_run_is_noted_and_dagster_told(monkeypatch) -> None:
    monkeypatch.setattr(ending, "_sent", [])
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, ending._as_interrupt)
    try:
        with own_sigterm(), capture_interrupts():
            signal.raise_signal(signal.SIGTERM)
            assert check_captured_interrupt()
        assert ending._sent == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) == ending._as_interrupt
    finally:
        signal.signal(signal.SIGTERM, before)
