"""The settings of mail, and of what is told to whom: the server, the digest's recipients, the alert rules."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from pipelines import setting_values as values
from pipelines.base_settings import ClockSettings


class MailSettings(ClockSettings):
    """How mail is sent, and what is told to whom."""

    smtp_host: str | None = Field(None, description="mail server that takes what is sent; none is when unset")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_user: SecretStr | None = Field(None, description="who logs in there; nobody when unset")
    smtp_password: SecretStr | None = Field(None, description="that user's password")
    smtp_password_file: Path | None = Field(None, description="file (mode 0600) that holds it")
    smtp_from: str | None = Field(None, description="sender of the mail: an address, or Name <address>")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is encrypted: after STARTTLS, from its first byte on, or not at all"
    )
    digest_recipients: Path | None = Field(
        None, description="CSV file of who gets the weekly digest: owner, email, and perhaps partner"
    )

    alert_rules: Path | None = Field(
        None, description="YAML file of what to tell of customers, to whom; nothing is told when unset"
    )

    _host = field_validator("smtp_host")(values.host_name)
    _from = field_validator("smtp_from")(values.sender)
    _mail_files = field_validator("smtp_password_file", "digest_recipients", "alert_rules", mode="before")(
        values.named_file
    )
