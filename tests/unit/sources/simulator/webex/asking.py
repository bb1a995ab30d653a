"""A plain client: it asks once, follows next pages, and raises for what is no answer."""

from typing import Any, Self

import httpx

from sources.simulator.webex.server import WebexServer

TIMEOUT_SECONDS = 60  # ends a hang


class Asking:
    """Calls of a simulated Webex by whoever holds its token."""

    def __init__(self, server: WebexServer) -> None:
        self.server = server
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, host: str = "api", headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """A call of a host, whatever comes of it. `from_` is the parameter `from`."""
        return self.at(f"{self.server.bases[host]}/v1{path}", headers, **query)

    def at(self, address: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """A call of an address."""
        given = {"Authorization": f"Bearer {self.server.token}", **(headers or {})}
        named = {name.rstrip("_"): str(value) for name, value in query.items()}
        return self._client.get(address, params=named or None, headers=given)

    def body(self, path: str, host: str = "api", headers: dict[str, str] | None = None, **query: Any) -> Any:
        """The JSON of an answer that is 200."""
        return self.get(path, host, headers, **query).raise_for_status().json()

    def pages(self, path: str, key: str, host: str = "api", **query: Any) -> list[list[Any]]:
        """The items of every page of a listing."""
        answer = self.get(path, host, **query).raise_for_status()
        found = [answer.json()[key]]
        while "next" in answer.links:
            answer = self.at(answer.links["next"]["url"]).raise_for_status()
            found.append(answer.json()[key])
        return found

    def every(self, path: str, key: str, host: str = "api", **query: Any) -> list[Any]:
        """The items of all pages of a listing."""
        return [item for page in self.pages(path, key, host, **query) for item in page]
