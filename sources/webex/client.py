"""Requests to Webex: the token goes to named hosts alone, and what fails is asked again, patiently but with an end."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    RetryError,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from sources.errors import SourceError
from sources.webex.answers import asked_later, joined, json_of, next_page, wrong_region
from sources.webex.bodies import ASKED_FOR, Body
from sources.webex.errors import AgainError, RefusedError, UnauthorizedError, WebexError, WrongRegionError
from sources.webex.hosts import Hosts, host_of, is_loopback
from sources.webex.options import WebexOptions
from sources.webex.pace import Pace, Sleep
from sources.webex.tokens import Token

_MOST_BYTES = 64 << 20
_MOST_REDIRECTS = 3
_MOST_REFUSALS = 3
_MARGIN = 0.05
_BACKOFF = wait_random_exponential(multiplier=0.5, max=60)
_ASK_LATER = (408, 423, 429)
_LEADS = "it leads elsewhere"


@dataclass(frozen=True)
class Answer:
    """The JSON of an answer, and the address of the next page where it names one."""

    body: Any
    next_page: str | None
    address: str
    size: int
    """Bytes of the body."""


class Client:
    """An asynchronous client for one run, within one event loop."""

    def __init__(
        self,
        options: WebexOptions,
        note: Callable[[str], None],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.counts: Counter[str] = Counter()
        """What there was of requests, repeats, doubled items and the like, for the report."""
        self.options = options
        self.pace = Pace(options.cdr_per_minute, options.memory / "calls.stamp", sleep)
        self.sleep = sleep
        self._hosts = Hosts((options.api_base, options.analytics_base), options.extra_hosts)
        self._token = Token(options.credentials, self._new_token, note)
        here = is_loopback(options.api_base) and is_loopback(options.analytics_base)
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=options.timeout_seconds,
            follow_redirects=False,
            trust_env=not here,
            headers={"Accept": "application/json", "Accept-Encoding": ASKED_FOR, "User-Agent": "partner-portfolio"},
            cookies=CookieJar(
                DefaultCookiePolicy(allowed_domains=())
            ),  # none: a server's would go back as it wrote them
            # No limit of connections: who asks sees to that. A request whose time is over may leave one behind that
            # httpcore 1.0.9 never uses nor closes (seen after 3,000 of them); at a limit, no request would get one.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=options.concurrency),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def allows(self, address: str) -> bool:
        """Whether the token may go to an address."""
        return self._hosts.allow(address)

    def host_of(self, address: str) -> str:
        """The host of an address, for messages; none that spells the token."""
        host = host_of(address)
        return _NOT_SHOWN if self._token.is_in(host) else host

    async def get(
        self,
        address: str,
        params: Mapping[str, str | int] | None = None,
        *,
        shape: Callable[[Any], bool] = lambda body: True,
        headers: Mapping[str, str] | None = None,
        calls: bool | None = None,
    ) -> Answer:
        """Ask until there is an answer, as often as the settings allow.

        Args:
            shape: whether a body is one that was asked for; another is asked for again.
            calls: for calling detail records, whether it is a first request; they have their own pace.

        Raises:
            WebexError: there is none; `RefusedError` and `WrongRegionError` where asking again is of no use.
            SourceError: the token is refused.
        """
        url = str(httpx.URL(address, params=dict(params))) if params else address
        refusals = 0

        async def attempt() -> Answer:
            nonlocal refusals
            try:
                return await self._once(url, headers or {}, shape, calls)
            except UnauthorizedError as error:
                refusals += 1
                if refusals > _MOST_REFUSALS:
                    raise
                if refusals > 1:  # a valid token was seen to be refused now and then
                    raise AgainError(str(error)) from None
                await self._token.renew(error.token)
                return await attempt()

        try:
            answer: Answer = await self._patiently(attempt)
        except UnauthorizedError:
            raise SourceError(
                "Webex refuses the token (401); is it over, or not for this organisation? Name a valid one with"
                " PORTFOLIO_WEBEX_TOKEN_FILE, or have tokens refreshed (docs/webex.md)"
            ) from None
        return answer

    async def _patiently(self, attempt: Callable[[], Any]) -> Any:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.options.attempts),
            wait=_wait,
            retry=retry_if_exception_type(AgainError),
            sleep=self.sleep,
            before_sleep=self._count_repeat,
        )
        try:
            return await retrying(attempt)
        except RetryError as error:
            cause = error.last_attempt.exception()
            raise WebexError(f"{cause}, at the last of {self.options.attempts} attempts") from None

    def _count_repeat(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.counts["repeated requests"] += 1
        if isinstance(error, AgainError):
            self.counts[f"repeated after: {error.kind}"] += 1

    async def _once(
        self, url: str, headers: Mapping[str, str], shape: Callable[[Any], bool], calls: bool | None
    ) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            if not self._hosts.allow(url):  # a redirect that may not come again
                raise AgainError(f"it leads to {self.host_of(url)}, where the token does not go{_NAME_IT}", kind=_LEADS)
            if calls is not None:
                await self.pace.turn(first=calls)
            token = await self._token.value()
            self.counts["requests"] += 1
            response, body = await self._sent("GET", url, {**headers, "Authorization": f"Bearer {token}"})
            if not response.is_redirect:
                break
            url = joined(url, response.headers.get("location"))
        else:
            raise AgainError("it redirects without end")
        self._judge(response, body, token, calls)
        found = json_of(body)
        if not shape(found):
            raise AgainError("an answer that is not what was asked for")
        return Answer(found, next_page(response, url), url, len(body))

    async def _sent(
        self, method: str, url: str, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> tuple[httpx.Response, bytes]:
        """One request, within its time as a whole: connecting, waiting and reading."""
        try:
            async with asyncio.timeout(self.options.timeout_seconds):
                async with self._http.stream(method, url, headers=dict(headers), data=data) as response:
                    packing = response.headers.get("content-encoding", "")
                    body = Body(packing, response.status_code, _MOST_BYTES)
                    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  the client is asynchronous
                    async for piece in response.stream:  # as it is sent: httpx unpacks without a bound
                        body.add(piece)
                    return response, body.whole()
        except (TimeoutError, httpx.TimeoutException):
            raise AgainError(f"no whole answer within {self.options.timeout_seconds:g} s") from None
        except httpx.RequestError as error:
            raise AgainError(f"the connection failed ({type(error).__name__})") from None
        except httpx.InvalidURL:
            raise AgainError("an address that is none") from None

    def _judge(self, response: httpx.Response, body: bytes, token: str, calls: bool | None) -> None:
        """Raise what an answer without success means."""
        status = response.status_code
        if response.is_success:
            return
        if status == 401:
            raise UnauthorizedError(token)
        if status == 451:
            error = wrong_region(response, body)
            raise WrongRegionError(_NOT_SHOWN, None) if self._token.is_in(str(error)) else error
        if status in _ASK_LATER or status >= 500:
            later = asked_later(response)
            if later.after is not None and calls is not None:
                self.pace.hold(later.after)
            raise later
        raise RefusedError(f"Webex answers {status}", status)

    async def _new_token(self, form: dict[str, str]) -> Any:
        """The answer to a request for a new token; nothing of it is followed anywhere."""
        address = f"{self.options.api_base}/access_token"
        refusals = 0

        async def attempt() -> Any:
            nonlocal refusals
            self.counts["requests"] += 1
            response, body = await self._sent("POST", address, {}, form)
            status = response.status_code
            refusals += status == 401
            if status in _ASK_LATER or status >= 500 or (status == 401 and refusals <= _MOST_REFUSALS):
                raise asked_later(response)
            if response.is_redirect:
                raise AgainError("it leads elsewhere, where no secret goes", kind=_LEADS)
            if not response.is_success:
                raise SourceError(
                    f"Webex refuses to refresh the token ({status}); see that PORTFOLIO_WEBEX_CLIENT_ID,"
                    " PORTFOLIO_WEBEX_CLIENT_SECRET and PORTFOLIO_WEBEX_REFRESH_TOKEN belong together, and whether the"
                    " refresh token is over"
                )
            return json_of(body)

        try:
            return await self._patiently(attempt)
        except WebexError as error:
            raise SourceError(f"the token cannot be refreshed: {error}") from None


_NOT_SHOWN = "a host that is not shown, since it spells the token"
_NAME_IT = "; if it is Webex's, name it in PORTFOLIO_WEBEX_EXTRA_HOSTS"


def _wait(state: RetryCallState) -> float:
    """As long as Webex asks for, else longer from time to time, at random."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, AgainError) and error.after is not None:
        return error.after + _MARGIN
    return _BACKOFF(state)
