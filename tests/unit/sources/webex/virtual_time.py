"""Time that passes only when everybody waits: a day of requests, one a minute, is over in a moment."""

import asyncio
import selectors
import time
from typing import Any


class Clock:
    """What event loops of `policy` take for the time; it may be given to a module in place of `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def time(self) -> float:
        """The real one: files have it."""
        return time.time()

    @property
    def policy(self) -> asyncio.DefaultEventLoopPolicy:
        """A policy whose loops wait for nothing, and let the time pass instead."""
        clock = self

        class Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
            def select(self, timeout: float | None = None) -> Any:
                found = super().select(0)
                if not found and timeout:
                    clock.now += timeout
                return found

        class Loop(asyncio.SelectorEventLoop):
            def time(self) -> float:
                return clock.now

        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self) -> asyncio.AbstractEventLoop:
                return Loop(Selector())

        return Policy()
