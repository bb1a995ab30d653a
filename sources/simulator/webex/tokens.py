"""Access tokens: what is valid, what has expired, and how a new one is had."""

import threading
from collections.abc import Mapping

from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.ids import uuid_of
from sources.simulator.webex.messages import ProblemError, Reply

CLIENT_ID = "C-simulated-integration"


class Tokens:
    """The tokens of one simulated Webex; none of them is anybody's."""

    def __init__(self, seed: int, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._seed = seed
        self._lock = threading.Lock()
        self._issued = 0
        self._calls = 0
        self.client_secret = f"cs-{uuid_of('client secret', seed)}"
        self.refresh_token = f"rt-{uuid_of('refresh token', seed)}"
        self.secrets = frozenset({self.client_secret, self.refresh_token})
        """Everything that must show up nowhere, used-up tokens included."""
        self.current = self._new()

    def replace(self) -> str:
        """Let the current token expire; the new one, which whoever holds the file of the token writes there."""
        with self._lock:
            self.current = self._new()
            return self.current

    def label(self, authorization: str | None) -> str:
        """What a request's header holds: `none`, `current`, `expired` or `unknown`."""
        if authorization is None:
            return "none"
        token = authorization.removeprefix("Bearer ")
        if token == self.current and authorization.startswith("Bearer "):
            return "current"
        return "expired" if token in self.secrets else "unknown"

    def check(self, authorization: str | None) -> None:
        """Count a call with a token; 401 unless it is the current one and not used up."""
        with self._lock:
            limit = self._behaviour.token_calls
            if self.label(authorization) == "current" and (limit is None or self._calls < limit):
                self._calls += 1
                return
        raise ProblemError(401, "The request requires a valid access token set in the Authorization request header.")

    def refresh(self, form: Mapping[str, str]) -> Reply:
        """What POST /access_token answers."""
        wanted = {
            "grant_type": "refresh_token",
            "client_id": CLIENT_ID,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }
        for name, value in wanted.items():
            if form.get(name) != value:
                raise ProblemError(400, f"invalid {name}")
        return Reply(
            {
                "access_token": self.replace(),
                "expires_in": self._behaviour.token_seconds,
                "refresh_token": self.refresh_token,
                "refresh_token_expires_in": self._behaviour.refresh_seconds,
                "token_type": "Bearer",
                "scope": "spark-admin:organizations_read spark-admin:licenses_read",
            }
        )

    def _new(self) -> str:
        self._issued += 1
        self._calls = 0
        token = f"at-{uuid_of('access token', self._seed, self._issued)}"
        self.secrets |= {token}
        return token
