"""The settings of lineage: where runs are told of, as OpenLineage events."""

from pydantic import Field, SecretStr, field_validator

from pipelines import setting_values as values
from pipelines.base_settings import ClockSettings


class LineageSettings(ClockSettings):
    """Who is told of runs; OpenLineage's own variables stand in for what is unset."""

    openlineage_url: SecretStr | None = Field(
        None, description="address that runs are told to as OpenLineage events; OPENLINEAGE_URL's when unset"
    )
    openlineage_api_key: SecretStr | None = Field(
        None, description="key that it is sent as a bearer token; OPENLINEAGE_API_KEY's when unset"
    )
    openlineage_namespace: str | None = Field(
        None, description="namespace of the jobs there; OPENLINEAGE_NAMESPACE's, or partner-portfolio"
    )

    _receiver = field_validator("openlineage_url")(values.receiver)
    _lineage_key = field_validator("openlineage_api_key")(values.header_text)
