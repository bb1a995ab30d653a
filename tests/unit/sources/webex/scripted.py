"""Answers one after the other, and a client that asks for one thing."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from sources.webex.client import Answer, Client

from .small_webex import BASE, Sleeps, options

Handler = Callable[[httpx.Request], httpx.Response]
OK = httpx.Response(200, content=b'{"items": []}')


class Script:
    """Answers with one thing after the other, and with the last one from then on."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def ask(
    memory: Path, handler: Handler, address: str = f"{BASE}/things", sleeps: Sleeps | None = None, **given: Any
) -> Answer:
    async def asked() -> Answer:
        settings = {name: given.pop(name) for name in list(given) if name not in ("calls", "shape")}
        transport = httpx.MockTransport(handler)
        chosen = sleeps if sleeps is not None else Sleeps()
        async with Client(options(memory, **settings), lambda said: None, transport=transport, sleep=chosen) as client:
            return await client.get(address, **given)

    return asyncio.run(asked())
