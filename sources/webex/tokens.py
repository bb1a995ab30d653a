"""The token in force: read anew, or got anew, when it is refused. It is in this object and nowhere else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sources.errors import SourceError
from sources.webex.options import Credentials, is_secret

Post = Callable[[dict[str, str]], Awaitable[Any]]
"""Asks for a new token with a form, and gives the answer's JSON."""


class Token:
    """A token that several requests use at a time; one of them has it renewed, and the others wait."""

    def __init__(self, credentials: Credentials, post: Post, note: Callable[[str], None]) -> None:
        self._credentials = credentials
        self._post = post
        self._note = note
        self._value: str | None = None
        self._rotated: str | None = None
        """The refresh token that took the place of the given one."""
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

    def is_in(self, text: str) -> bool:
        """Whether a text that came from elsewhere spells the token, in any case."""
        return self._value is not None and self._value.lower() in text.lower()

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
        refresh = self._rotated or given.refresh_token.read()
        answer = await self._post(
            {
                "grant_type": "refresh_token",
                "client_id": given.client_id.read(),
                "client_secret": given.client_secret.read(),
                "refresh_token": refresh,
            }
        )
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not is_secret(token):
            raise SourceError("Webex answered to a refresh without a token; see whether the integration is still there")
        if is_secret(new := answer.get("refresh_token")) and new != refresh:
            self._keep(new, refresh)
        return token

    def _keep(self, new: str, old: str) -> None:
        """Use another refresh token from now on, and put it where the old one was, so that later runs have it."""
        self._rotated, secret = new, self._credentials.refresh_token
        where = f"{secret.setting}_FILE={secret.file}"
        if secret.file is None or secret.text is not None:
            what = f"put it into a file that {secret.setting}_FILE names, to have it kept"
        else:
            try:
                if secret.read() == old:  # else somebody has put in a newer one
                    secret.write(new)
                self._note(f"webex: the refresh token has changed; {where} has the new one")
                return
            except OSError as error:
                what = f"{where} cannot be written: {error.strerror}"
        self._note(
            f"webex: the refresh token has changed, and the new one is lost with this run; {what}, and authorise the"
            " integration again before the old one ends"
        )
