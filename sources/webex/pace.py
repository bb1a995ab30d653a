"""The pace of calling detail records: what one token may ask for in a minute, over runs that follow each other, too."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

PAGES_PER_FIRST = 10
"""Requests for further pages that a token may make for each first one."""
_SPARE = 1.01
"""So that two requests that are a minute apart here are so where they arrive."""
_STAMPED_SECONDS = 1.0
"""A shorter interval is over before another run could begin."""

Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """Gives turns to first requests and to those for further pages, each at its own distance."""

    def __init__(self, per_minute: int, stamp: Path, sleep: Sleep = asyncio.sleep) -> None:
        """`stamp` is a file whose time is that of the last first request, for the next run."""
        self._first = _Lane(60 / per_minute * _SPARE, sleep)
        self._page = _Lane(60 / (per_minute * PAGES_PER_FIRST) * _SPARE, sleep)
        self._stamp = stamp
        if self._first.distance >= _STAMPED_SECONDS and stamp.exists():
            # A stamp of the future is of a clock that was put back.
            since = max(time.time() - stamp.stat().st_mtime, 0)
            self._first.hold(self._first.distance - since)

    async def turn(self, *, first: bool) -> None:
        """Wait until the next request may be made."""
        await (self._first if first else self._page).turn()
        if first and self._first.distance >= _STAMPED_SECONDS:
            self._stamp.touch()

    def hold(self, seconds: float) -> None:
        """Give no turn for so long: Webex asked for it."""
        self._first.hold(seconds)
        self._page.hold(seconds)


class _Lane:
    """Turns that are at least a distance apart."""

    def __init__(self, distance: float, sleep: Sleep) -> None:
        self.distance = distance
        self._sleep = sleep
        self._next = 0.0
        self._lock = asyncio.Lock()

    async def turn(self) -> None:
        async with self._lock:
            while (wait := self._next - time.monotonic()) > 0:
                await self._sleep(wait)
            self._next = time.monotonic() + self.distance

    def hold(self, seconds: float) -> None:
        self._next = max(self._next, time.monotonic() + seconds)
