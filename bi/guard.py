"""Before Superset: requests that a page of another site can send are refused, by the rules of the web interface."""

from collections.abc import Callable, Iterable
from typing import Any

from pipelines.runs.web_guard import OwnHosts, WebRequest, foreign  # plain Python, without the pipeline's dependencies

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]


def guarded(application: Application, own: OwnHosts) -> Application:
    """The WSGI application, with 403 in its place for what a foreign page sends, or under a foreign host name."""

    def answering(environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        if (reason := foreign(_web_request(environment), own)) is None:
            return application(environment, start_response)
        body = f"403: {reason}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response("403 FORBIDDEN", [*headers, ("X-Frame-Options", "DENY"), ("Cache-Control", "no-store")])
        return [body]

    return answering


def _web_request(environment: Environment) -> WebRequest:
    # A header that was sent twice is one value with a comma here, which names no host and no origin.
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), str(value))
        for name, value in environment.items()
        if name.startswith("HTTP_")
    ]
    target = str(environment.get("RAW_URI", "/"))  # gunicorn's: the request's target as it was sent
    return WebRequest(environment["REQUEST_METHOD"], target, str(environment.get("QUERY_STRING", "")), headers)
