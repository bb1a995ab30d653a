"""How long a Connect server that does not answer any more is waited for: seconds, where pyspark takes ten minutes."""

import atexit
import warnings
from typing import Any

RETRIES = 4
"""Of a call: 0.05, 0.2, 0.8 and 3.2 s, some jitter aside."""


def give_up_soon(session: Any) -> None:
    """Have a session by Connect try few times where its server is gone, and not at all after that.

    A command makes calls by the dozen, one behind the other. When Python ends, pyspark makes one more, to clear a cache
    of models that are not ours: that is left out.
    """
    from pyspark.sql.connect.client.retries import DefaultPolicy, RetryPolicyState

    class Patience(DefaultPolicy):  # type: ignore[misc]
        def to_state(self) -> Any:
            return State(self)

    class State(RetryPolicyState):  # type: ignore[misc]
        def next_attempt(self, exception: BaseException | None = None) -> int | None:
            wait: int | None = super().next_attempt(exception)
            if wait is None:
                self.policy.max_retries = 0
            return wait

    warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")
    session.client.set_retry_policies([Patience(max_retries=RETRIES)])
    atexit.unregister(session.client._on_exit)
