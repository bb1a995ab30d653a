"""The settings of the source `webex`, and what it takes instead of them: plain options and secrets."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from pipelines import setting_values as values
from pipelines.base_settings import ClockSettings


class WebexSettings(ClockSettings):
    """How the partner's own Webex organisation is asked."""

    webex_api_base: str = Field("https://webexapis.com/v1", description="address of Webex's API")
    webex_analytics_base: str = Field(
        "https://analytics-calling.webexapis.com/v1", description="address of Webex's calling detail records"
    )
    webex_extra_hosts: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None, description="further hosts that may be given the token, comma-separated; none when unset"
    )
    webex_concurrency: int = Field(8, ge=1, le=64, description="requests to Webex at a time")
    # What one token may: a first request a minute, and ten for further pages.
    webex_cdr_per_minute: int = Field(1, ge=1, description="first requests for calling detail records a minute")
    webex_timeout_seconds: float = Field(30, gt=0, description="seconds that a request to Webex may take, as a whole")
    webex_attempts: int = Field(8, ge=1, description="attempts at a request to Webex")
    webex_token: SecretStr | None = Field(None, description="token that Webex is asked with")
    webex_token_file: Path | None = Field(None, description="file that holds it, read again when it is refused")
    webex_client_id: SecretStr | None = Field(None, description="client id of the integration that refreshes tokens")
    webex_client_id_file: Path | None = Field(None, description="file (mode 0600) that holds it")
    webex_client_secret: SecretStr | None = Field(None, description="its client secret")
    webex_client_secret_file: Path | None = Field(None, description="file (mode 0600) that holds it")
    webex_refresh_token: SecretStr | None = Field(None, description="refresh token that new tokens are got with")
    webex_refresh_token_file: Path | None = Field(None, description="file (mode 0600) that holds it")
    webex_codes_file: Path | None = Field(None, description="CSV file of further licence codes: code, product")
    webex_contract_file: Path | None = Field(
        None,
        description="CSV file of what Webex does not say: subscription_id, start_date, end_date, auto_renew, status",
    )
    webex_meeting_count: Literal["host", "join"] = Field(
        "host", description="whether a meeting counts for its host, or for each holder who joined"
    )
    webex_calls: bool = Field(True, description="whether calls are read")
    webex_partial: Literal["wait", "carry"] = Field(
        "wait", description="what becomes of a day while an organisation can't be read"
    )

    _bases = field_validator("webex_api_base", "webex_analytics_base")(values.web_base)
    _extra_hosts = field_validator("webex_extra_hosts", mode="before")(values.hosts)
    _files = field_validator(
        "webex_token_file",
        "webex_client_id_file",
        "webex_client_secret_file",
        "webex_refresh_token_file",
        "webex_codes_file",
        "webex_contract_file",
        mode="before",
    )(values.named_file)
    _secrets = field_validator("webex_token", "webex_client_id", "webex_client_secret", "webex_refresh_token")(
        values.header_text
    )
