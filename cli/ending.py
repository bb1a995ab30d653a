"""Signals that end a command: Ctrl-C, and what `kill`, systemd and a closed terminal send, which tidies up like it."""

import _thread
import atexit
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from expectations.interrupts import INTERRUPTS

INTERRUPTED = 130
_ENDING = (signal.SIGTERM, signal.SIGHUP)
_AGAIN_SECONDS = 0.01
_sent: list[int] = []
"""The signals of `_ENDING` that came: the process ends by the first, as who sent it expects."""


def end_at_once() -> None:
    """Until `end_tidily`: a signal ends the process in one line. Nothing was done, and imports are full of code that
    makes another error of an interrupt, or swallows it.
    """
    _listen(signal.SIGINT, _end_at_once)
    for number in _ENDING:
        _listen(number, _end_at_once)


def end_tidily() -> None:
    """From now on a signal is an interrupt, which passes through what has to be put away."""
    _listen(signal.SIGINT, signal.default_int_handler)
    for number in _ENDING:
        _listen(number, _as_interrupt)
    sys.unraisablehook = _interrupt_again


def end_as_it_is() -> None:
    """From now on Ctrl-C comes too late: all is done, and Python itself tidies up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _ENDING:
        if signal.getsignal(number) == _as_interrupt:
            signal.signal(number, signal.SIG_DFL)


def end_interrupted(said: str) -> NoReturn:
    """End with one line and the code of an interrupt, or by the signal that came, without Python's usual tidying up.

    A library's thread that still works would then abort the process ("terminate called without an active exception"):
    seen once in a hundred interrupts. What has to be closed or unlinked is, by the exit functions.
    """
    for number in (signal.SIGINT, *_ENDING):
        signal.signal(number, signal.SIG_IGN)
    how = f"ended by {signal.Signals(_sent[0]).name}" if _sent else "interrupted"
    with suppress(OSError):  # whoever reads it may be gone
        sys.stderr.write(f"error: {how}{said}\n")
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    _leave()


def _end_at_once(number: int, frame: FrameType | None) -> None:
    how = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    if number != signal.SIGINT:
        _sent.append(number)
    with suppress(OSError):
        os.write(2, f"error: {how} before anything was done\n".encode())
    _leave()


def _leave() -> NoReturn:
    if _sent:
        signal.signal(_sent[0], signal.SIG_DFL)
        os.kill(os.getpid(), _sent[0])
        os._exit(128 + _sent[0])  # a container's first process gets no signal that it does not listen to
    os._exit(INTERRUPTED)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C would do now: Dagster and asyncio have handlers of their own."""
    _sent.append(number)
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)


def _interrupt_again(raised: "sys.UnraisableHookArgs") -> None:
    """An interrupt that came where nothing can be raised, in a destructor or called by C code, is not lost."""
    if raised.exc_type.__name__ not in INTERRUPTS:
        sys.__unraisablehook__(raised)
        return
    with suppress(RuntimeError):  # of Python that is ending
        _thread.start_new_thread(_interrupt_soon, ())


def _interrupt_soon() -> None:
    time.sleep(_AGAIN_SECONDS)
    _thread.interrupt_main()


def _listen(number: signal.Signals, handler: object) -> None:
    """Handle a signal, unless whoever started the process has it ignored: nohup, or a shell for what is behind."""
    if signal.getsignal(number) != signal.SIG_IGN:
        signal.signal(number, handler)  # type: ignore[arg-type]
