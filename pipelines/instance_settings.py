"""The settings of Dagster's instance: where its runs are kept, and how this home is told from others that share it."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from pipelines import setting_values as values
from pipelines.base_settings import ClockSettings


class InstanceSettings(ClockSettings):
    """Where Dagster keeps its runs, and who else does there."""

    dagster_dsn: SecretStr | None = Field(
        None, description="PostgreSQL database that Dagster keeps its runs in; files in the home folder when unset"
    )
    instance: Path | None = Field(
        None, description="folder of the Dagster instance that several homes share; <home>/dagster when unset"
    )
    name: str | None = Field(None, description="name of this home there; it has none when unset")

    _dagster_dsn = field_validator("dagster_dsn")(values.dsn)
    _instance = field_validator("instance", mode="before")(values.folder)
    _name = field_validator("name")(values.sql_name)
