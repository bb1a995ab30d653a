"""Signals of the processes that tests start."""

import signal


def listen_to_signals() -> None:
    """Let processes that tests start listen to Ctrl-C and to SIGTERM, where the tests themselves don't.

    A process that ignores a signal passes that on, and a shell's background jobs and pytest-xdist's workers ignore
    Ctrl-C. One that has a handler, be it one that does nothing, passes on nothing.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
