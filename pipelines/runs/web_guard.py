"""Which requests the web interface answers: those that a page of another site can send in a browser are refused.

Dagster's server has no login, takes mutations by GET, and looks at neither Host nor Origin. So any page that its
operator opens could start or delete runs, and one whose name resolves to 127.0.0.1 could read everything.
Nothing here knows Dagster; the dashboard's server uses the same rules.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from pipelines.hosts import parse_authority

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OWN_SITES = ("same-origin", "none")  # none: typed, or opened from a bookmark
_GRAPHQL_TYPES = ("application/json", "application/graphql")  # what no form can send
FORBID_FRAMES = "frame-ancestors 'none'"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class WebRequest:
    """The parts of a request, or of a WebSocket's opening, that decide; `target` is the path as the router sees it."""

    method: str
    target: str
    query: str
    headers: Sequence[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """Every value of a header, in their order; the name in lower case."""
        return [value.strip() for given, value in self.headers if given.lower() == name]


@dataclass(frozen=True)
class OwnHosts:
    """The names a server answers to: this machine's at its port, and those of a proxy before it."""

    port: int
    names: tuple[str, ...] = ()
    """Host names of a proxy, such as `portfolio.example.com`, each with a port or with any."""
    setting: str = "PORTFOLIO_SERVE_HOSTS"
    """The setting that adds names, for the refusal's text."""

    def has_host(self, host: str) -> bool:
        """Whether a Host header names this server."""
        if (parsed := parse_authority(host)) is None:
            return False
        name, port = parsed
        if name in _LOOPBACK and (port or _DEFAULT_PORTS["http"]) == self.port:
            return True
        ports = _DEFAULT_PORTS.values() if port is None else (port,)
        return any(name == own and (wanted is None or wanted in ports) for own, wanted in self._listed())

    def has_origin(self, origin: str, host: str) -> bool:
        """Whether an Origin header is that of this server's own pages, asked under an own Host."""
        scheme, separator, authority = origin.lower().partition("://")
        parsed = parse_authority(authority)
        if not separator or scheme not in _DEFAULT_PORTS or parsed is None:
            return False
        name, port = parsed[0], parsed[1] or _DEFAULT_PORTS[scheme]
        if scheme == "http" and name in _LOOPBACK and port == self.port:
            return True
        asked = parse_authority(host)
        return any(
            name == own and (port == (wanted or _DEFAULT_PORTS[scheme]) or (wanted is None and asked == (name, port)))
            for own, wanted in self._listed()
        )

    def _listed(self) -> Iterable[tuple[str, int | None]]:
        return filter(None, map(parse_authority, self.names))


def refusal(request: WebRequest, own: OwnHosts) -> str | None:
    """Why a request to Dagster's server is refused, in one line; None where it is answered."""
    return foreign(request, own) or _forgeable(request)


def foreign(request: WebRequest, own: OwnHosts) -> str | None:
    """Why a request doesn't come from an own page or from a program of the operator's, in one line; None where it may.

    A program, unlike a browser, need send neither Origin nor Sec-Fetch-Site.
    """
    hosts, origins, sites = (request.all(name) for name in ("host", "origin", "sec-fetch-site"))
    if len(hosts) != 1 or not own.has_host(hosts[0]):
        return f"the Host header does not name this server; {own.setting} adds the host name of a proxy"
    if not request.target.startswith("/") or re.search(r"[\x00-\x1f\x7f]", request.target):
        return "the request's target is not a path of this server"
    if len(origins) > 1 or any(not own.has_origin(origin, hosts[0]) for origin in origins):
        return f"the request comes from a page of another origin; {own.setting} adds the host name of a proxy"
    if len(sites) > 1 or any(site.lower() not in _OWN_SITES for site in sites):
        if not origins and _opens_page(request):
            return None
        return "the request comes from a page of another site"
    return None


def _opens_page(request: WebRequest) -> bool:
    """Whether it loads a whole page, as a link in a chat or a proxy's login does: the other site sees none of it."""
    return (
        request.method == "GET"
        and request.all("sec-fetch-mode") == ["navigate"]
        and request.all("sec-fetch-dest") == ["document"]
        and not _is_graphql(request)
    )


def _forgeable(request: WebRequest) -> str | None:
    """Why a GraphQL request is refused: a browser sends the like across sites without asking first."""
    if not _is_graphql(request):
        return None
    if request.method == "POST":
        kinds = [value.partition(";")[0].strip().lower() for value in request.all("content-type")]
        if len(kinds) != 1 or kinds[0] not in _GRAPHQL_TYPES:
            return "GraphQL is taken as application/json alone"
        return None
    # Dagster's page for trying queries: asked for as HTML, it executes nothing.
    accepts = request.all("accept")
    page = request.method == "GET" and len(accepts) == 1 and "text/html" in accepts[0]
    if page and "mutation" not in unquote_plus(request.query).lower():
        return None
    return "GraphQL is taken by POST alone"


def _is_graphql(request: WebRequest) -> bool:
    return request.target.strip("/").partition("/")[0].strip().lower() == "graphql"


class Guard:
    """An ASGI application before another one: answers 403 for it where `refusal` says so, and forbids framing."""

    def __init__(self, app: App, own: OwnHosts) -> None:
        self._app = app
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection; what is neither HTTP nor a WebSocket goes through."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = _web_request(scope)
        reason = refusal(request, self._own) if kind == "http" else foreign(request, self._own)
        if reason is None:
            await self._app(scope, receive, _without_frames(send))
        elif kind == "http":
            await _refuse(reason, _without_frames(send))
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": reason})  # 403, since it is not accepted yet


def _web_request(scope: Scope) -> WebRequest:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    target = scope.get("target", scope["path"])
    if target.startswith("/"):
        target = scope["path"]
    return WebRequest(scope.get("method", "WEBSOCKET"), target, scope["query_string"].decode("latin-1"), headers)


async def _refuse(reason: str, send: Send) -> None:
    body = f"403: {reason}\n".encode()
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 403, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _without_frames(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": frameless(message.get("headers", ()))}
        await send(message)

    return sending


def frameless(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A response's headers with those by which no page may frame it, nor one of another site embed it."""
    policies = [value.decode("latin-1") for name, value in headers if name.lower() == b"content-security-policy"]
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() not in (b"content-security-policy", b"x-frame-options", b"cross-origin-resource-policy")
    ]
    # One header for all: readers of only the first must find it.
    policy = ", ".join(f"{_directives(given)}{FORBID_FRAMES}" for given in policies or [""])
    added: Mapping[str, str] = {
        "content-security-policy": policy,
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    present = {name.lower() for name, _ in kept}
    return [*kept, *((name.encode(), value.encode()) for name, value in added.items() if name.encode() not in present)]


def _directives(policy: str) -> str:
    """A policy's directives but for the one on frames, each with its semicolon."""
    given = (directive.strip() for directive in policy.split(";"))
    return "".join(f"{directive}; " for directive in given if directive and not directive.startswith("frame-ancestors"))
