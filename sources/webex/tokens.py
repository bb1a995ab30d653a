"""The token in force: read anew, or got anew, when it is refused. It is in this object and nowhere else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sources.errors import SourceError
from sources.webex.options import Credentials

Post = Callable[[dict[str, str]], Awaitable[Any]]
"""Asks for a new token with a form, and gives the answer's JSON."""


class Token:
    """A token that several requests use at a time; one of them has it renewed, and the others wait."""

    def __init__(self, credentials: Credentials, post: Post, note: Callable[[str], None]) -> None:
        self._credentials = credentials
        self._post = post
        self._note = note
        self._value: str | None = None
        self._lock = asyncio.Lock()

    async def value(self) -> str:
        """The token in force.

        Raises:
            SourceError: it can't be read, or not be got.
        """
        async with self._lock:
            if self._value is None:
                self._value = (
                    self._credentials.token.read() if self._credentials.token.is_given else await self._refreshed()
                )
            return self._value

    async def renew(self, refused: str) -> None:
        """Have another token where this one was refused: the file's, if it has another, or one that is got.

        Where there is no other, the same one stays, for Webex may have been wrong.
        """
        async with self._lock:
            if self._value != refused:
                return  # somebody else has done it
            token = self._credentials.token
            if token.file is not None and (found := token.read()) != refused:
                self._value = found
            elif self._credentials.can_refresh:
                self._value = await self._refreshed()

    async def _refreshed(self) -> str:
        given = self._credentials
        answer = await self._post(
            {
                "grant_type": "refresh_token",
                "client_id": given.client_id.read(),
                "client_secret": given.client_secret.read(),
                "refresh_token": (refresh := given.refresh_token.read()),
            }
        )
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise SourceError("Webex answered to a refresh without a token; see whether the integration is still there")
        if answer.get("refresh_token") not in (None, refresh):
            self._note("webex: the refresh token has changed; authorise the integration again before the old one ends")
        return token
