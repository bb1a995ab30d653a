"""Who is told of lineage: by our settings, or by the variables that programs with OpenLineage share.

OpenLineage's own client is not asked: it copies the key into the environment, where child processes would inherit it.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import SecretStr

from pipelines import setting_values as values
from pipelines.base_settings import SettingsError
from pipelines.lineage_settings import LineageSettings

_NAMESPACE = "partner-portfolio"
_ENDPOINT = "api/v1/lineage"


@dataclass(frozen=True)
class Receiver:
    """Where events are posted, and what jobs are called there."""

    base: str = field(repr=False)
    """The address, with a slash at its end."""
    endpoint: str = _ENDPOINT
    """What is put behind it."""
    namespace: str = _NAMESPACE
    api_key: SecretStr | None = field(default=None, repr=False)


def receiver_of(settings: LineageSettings) -> Receiver | None:
    """Who is told of runs; None where nobody is, or OPENLINEAGE_DISABLED is true.

    Raises:
        SettingsError: a variable of OpenLineage's can't be used; the line has no value in it.
    """
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return None
    namespace = settings.openlineage_namespace or os.environ.get("OPENLINEAGE_NAMESPACE") or _NAMESPACE
    if settings.openlineage_url is not None:
        # The environment's key belongs to the environment's address, and to no other.
        return Receiver(_base(settings.openlineage_url), _ENDPOINT, namespace, settings.openlineage_api_key)
    if (address := _secret("OPENLINEAGE_URL", values.receiver)) is None:
        return None
    key = settings.openlineage_api_key or _secret("OPENLINEAGE_API_KEY", values.header_text)
    return Receiver(_base(address), _endpoint(), namespace, key)


def _base(address: SecretStr) -> str:
    return address.get_secret_value().rstrip("/") + "/"


def _endpoint() -> str:
    """What is put behind the environment's address. A whole address would take its place, and get its key."""
    path = (os.environ.get("OPENLINEAGE_ENDPOINT") or _ENDPOINT).lstrip("/")
    if not re.fullmatch(r"[\w./-]*", path):
        raise SettingsError(f"OPENLINEAGE_ENDPOINT=…: must be a path such as {_ENDPOINT}, without host or parameters")
    return path


def _secret(name: str, check: Callable[[SecretStr | None], SecretStr | None]) -> SecretStr | None:
    """A variable of the environment, held to what the setting of the same meaning has to be."""
    value = os.environ.get(name)
    try:
        return check(SecretStr(value)) if value else None
    except ValueError as error:
        raise SettingsError(f"{name}=…: {error}") from None
