"""Posting an OpenLineage event over HTTP."""

from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.http import HttpConfig, HttpTransport, TokenProvider, create_token_provider
from requests import ConnectionError as NoConnection
from requests import HTTPError, Timeout
from requests.models import Response
from requests.sessions import Session

from pipelines.lineage.receiver import Receiver


class RefusedError(Exception):
    """Why an event did not arrive, in a few words that hold neither address nor key."""


class _StatusSession(Session):
    """Takes of an answer its status alone: what the body holds is left unread, and nothing is sent where it points.

    Read, an answer without an end would fill the memory: `requests` has no limit, and its timeout is for each piece.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stream = True

    def get_redirect_target(self, resp: Response) -> None:
        """Nowhere. `allow_redirects=False` would still read the body, and the client does not hand it on."""


def post(receiver: Receiver, event: RunEvent, seconds: float) -> None:
    """Post an event, once.

    Raises:
        RefusedError: it was not accepted, not in time, or is to be sent somewhere else.
    """
    key = receiver.api_key
    auth = create_token_provider({"type": "api_key", "apiKey": key.get_secret_value()}) if key else TokenProvider({})
    # Sent once: a run's end is not to wait for a receiver that is away.
    config = HttpConfig(
        url=receiver.base,
        endpoint=receiver.endpoint,
        timeout=seconds,
        auth=auth,
        session=_StatusSession(),
        retry={"total": 0, "read": 0},
    )
    transport = HttpTransport(config)
    try:
        status = transport.emit(event).status_code
    except HTTPError as error:
        refused = error.response.status_code if error.response is not None else "?"
        raise RefusedError(f"it answered {refused}") from None
    except Timeout:
        raise RefusedError("it does not answer in time") from None
    except NoConnection:
        raise RefusedError("it cannot be reached") from None
    finally:
        transport.close()
    if status >= 300:  # the client takes a redirect that is not followed for an acceptance
        raise RefusedError(f"it answered {status}")
