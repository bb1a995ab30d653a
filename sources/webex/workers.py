"""Several requests at a time, and no more: workers that take one item after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")


async def for_each(items: Iterable[_T], workers: int, work: Callable[[_T], Awaitable[None]]) -> None:
    """Do the work for every item, `workers` at a time; an item is taken when a worker is free.

    What one of them raises ends the others, and is raised as it is.
    """
    waiting = iter(items)

    async def take() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(take())
    except BaseExceptionGroup as errors:
        raise _first(errors) from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
