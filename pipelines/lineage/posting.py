"""Posting an OpenLineage event over HTTP."""

from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.http import HttpConfig, HttpTransport, TokenProvider, create_token_provider
from requests import ConnectionError as NoConnection
from requests import HTTPError, Timeout

from pipelines.lineage.receiver import Receiver


class RefusedError(Exception):
    """Why an event did not arrive, in a few words that hold neither address nor key."""


def post(receiver: Receiver, event: RunEvent, seconds: float) -> None:
    """Post an event, once.

    Raises:
        RefusedError: it was not accepted, or not in time.
    """
    key = receiver.api_key
    auth = create_token_provider({"type": "api_key", "apiKey": key.get_secret_value()}) if key else TokenProvider({})
    # Sent once: a run's end is not to wait for a receiver that is away.
    config = HttpConfig(
        url=receiver.base, endpoint=receiver.endpoint, timeout=seconds, auth=auth, retry={"total": 0, "read": 0}
    )
    transport = HttpTransport(config)
    try:
        transport.emit(event)
    except HTTPError as error:
        status = error.response.status_code if error.response is not None else "?"
        raise RefusedError(f"it answered {status}") from None
    except Timeout:
        raise RefusedError("it does not answer in time") from None
    except NoConnection:
        raise RefusedError("it cannot be reached") from None
    finally:
        transport.close()
