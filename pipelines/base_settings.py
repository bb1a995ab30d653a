"""How settings are read: arguments, then `PORTFOLIO_*` in the environment, then `.env`; and the one about the clock."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipelines import setting_values as values
from pipelines.env_file import ENV_FILE, EnvFile, EnvFileError
from storage import clock

PREFIX = "PORTFOLIO_"


class SettingsError(Exception):
    """A setting that can't be used: one line naming the variable, its value and the remedy."""


class ClockSettings(BaseSettings):
    """What concerns a process whatever it does: how it logs, and what time it is, for tests that want the same days."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    now: datetime | None = Field(
        None, description="time (ISO) that decides which day is today, for tests; the clock's when unset"
    )

    log: Literal["text", "json"] = Field(
        "text", description="what goes to standard error: text, or a JSON object a line"
    )

    _moment = field_validator("now")(values.moment)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: PydanticBaseSettingsSource, **given: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, and that over `.env`."""
        return given["init_settings"], given["env_settings"], EnvFile(settings_cls)


_Read = TypeVar("_Read", bound=ClockSettings)


def read_settings(kind: type[_Read], **given: Any) -> _Read:
    """Read the settings of a class, and have the process's clock say what they say.

    Raises:
        SettingsError: a value can't be used.
    """
    settings = _read(kind, **given)
    clock.stop(settings.now)
    return settings


def _read(kind: type[_Read], **given: Any) -> _Read:
    try:
        return kind(**given)
    except EnvFileError as error:
        raise SettingsError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings in {Path(ENV_FILE).absolute()} cannot be read: {error}") from None
    except ValidationError as error:
        raise SettingsError("; ".join(_one_line(kind, problem) for problem in error.errors())) from None


def stop_clock() -> None:
    """Have the clock say what `PORTFOLIO_NOW` says, for a command that asks it before it reads its settings.

    Raises:
        SettingsError: it is no time.
    """
    read_settings(ClockSettings)


def logs_json() -> bool:
    """Whether logs are JSON.

    Raises:
        SettingsError: a value can't be used.
    """
    return _read(ClockSettings).log == "json"


def _one_line(kind: type[BaseSettings], problem: Any) -> str:
    """One validation problem as `PORTFOLIO_X=value: what is wrong`, without the value of a secret."""
    name = str(problem["loc"][0])
    shown = "…" if _is_secret(kind.model_fields[name].annotation) else problem["input"]
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}={shown}: {message[0].lower()}{message[1:]}"


def _is_secret(annotation: Any) -> bool:
    """Whether a field's type is that of a secret, alone or as one of several."""
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))
