"""Every setting, in one typed place: environment variables `PORTFOLIO_*`, or the same names in a `.env` file."""

import os
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from expectations.contract import MAX_QUARANTINED_ROWS, MAX_QUARANTINED_SHARE
from expectations.suites.anomaly_suite import Thresholds
from pipelines import setting_values as values
from pipelines.base_settings import PREFIX, SettingsError, read_settings
from pipelines.instance_settings import InstanceSettings
from pipelines.lineage_settings import LineageSettings
from pipelines.mail_settings import MailSettings
from pipelines.webex_settings import WebexSettings
from planning.days import EARLIEST_AS_OF_DATE, RUN_DAYS
from planning.freshness import MAX_FEED_AGE_DAYS, MAX_PUBLICATION_AGE_DAYS
from planning.look_back import activity_look_back_days
from planning.rules import DashboardThresholds, DecisionThresholds
from sources.readers.limits import MEMORY_LIMIT, ReadLimits, batch_size_of, size_in_bytes
from storage.files.atomic import StorageError
from storage.files.names import from_root, shown, unusable
from storage.home import Home
from storage.instance import InstanceFolder

__all__ = ["PREFIX", "Settings", "SettingsError", "load_settings"]

_FAILS = Thresholds()
_LISTED = DashboardThresholds()
_DECIDED = DecisionThresholds()
_CENTURY = 36_525
"""Days: an age beyond it would begin before all dates, and forever is said by leaving it unset."""


def _limit(value: float, meaning: str) -> Any:
    """A setting of the anomaly checks: from which value on one warns or blocks."""
    return Field(value, gt=0, description=meaning)


class Settings(WebexSettings, MailSettings, InstanceSettings, LineageSettings):
    """Where data lives, how much the pipeline may use, and the thresholds of the metrics."""

    home: Path = Field(Path(".portfolio"), description="folder that holds lake, warehouse, ledger and publication")
    source: Literal["files", "webex"] = Field("files", description="where raw data comes from")
    landing: Path | None = Field(None, description="landing folder of the `files` source; <home>/landing when unset")
    mapping: Path | None = Field(None, description="mapping file by which exports become landing partitions")
    inbox: Path | None = Field(None, description="folder that the exports lie in; goes with a mapping")
    first_date: date = Field(EARLIEST_AS_OF_DATE, description="first as-of date that is ever built")
    closed_before: date | None = Field(None, description="days before it are built only with --reopen; none when unset")
    hash_key: SecretStr | None = Field(
        None, description="key of the licence holders' hash; made in <home>/hash.key when unset"
    )

    readers_group: str | None = Field(
        None, description="group of this machine that may read the serving folder; none when unset"
    )

    engine: Literal["duckdb", "spark"] = Field("duckdb", description="what builds the marts")
    spark_master: str | None = Field(
        None, description="address of a Spark master; a Connect server's is SPARK_REMOTE instead"
    )
    spark_schema: str = Field("portfolio", description="schema of the marts in Spark's catalog")

    memory_limit: str = Field(MEMORY_LIMIT, description="memory that DuckDB may use, such as 2GB or 800MB")
    threads: int | None = Field(None, ge=1, le=1024, description="threads that DuckDB may use; every core when unset")
    keep_publications: int = Field(3, ge=1, description="publications that are kept, the current one included")
    backfill_chunk_days: int = Field(RUN_DAYS, ge=1, description="as-of days that one build run covers at the most")

    max_quarantined_share: float = Field(
        MAX_QUARANTINED_SHARE, ge=0, le=1, description="share of bad rows that refuses a partition"
    )
    # In a small partition one bad row is a large share: a total row, a date that somebody typed.
    max_quarantined_rows: int = Field(
        MAX_QUARANTINED_ROWS, ge=0, description="bad rows up to which their share refuses nothing"
    )
    # Far above any export of licences; what is larger is a wrong file, or one made to exhaust the memory.
    max_file_size: str = Field("8GB", description="size of a landing file, expanded, that refuses its partition")
    max_record_size: str = Field("1MB", description="size of one of its records that does")
    max_columns: int = Field(ReadLimits.columns, ge=1, description="columns of a landing file that do")
    # A weekend without exports is bridged; older than that, the figures would be presented as news.
    max_snapshot_age_days: int = Field(3, ge=0, le=30, description="days that a lost snapshot is bridged")
    max_feed_age_days: int = Field(
        MAX_FEED_AGE_DAYS, ge=0, description="days that a feed may lie behind before it is reported as stale"
    )
    max_publication_age_days: int = Field(
        MAX_PUBLICATION_AGE_DAYS, ge=0, description="days that the publication may lie behind, the same way"
    )
    alert_webhook: SecretStr | None = Field(
        None, description="address of the incoming webhook that alerts are posted to; none are when unset"
    )
    alert_kind: Literal["slack", "teams", "webex", "json"] | None = Field(
        None, description="format that the webhook takes; guessed from its host when unset"
    )
    row_count_warn: float = _limit(_FAILS.row_count_warn, "change of a partner's row count that warns")
    row_count_block: float = _limit(_FAILS.row_count_block, "change of a partner's row count that blocks")
    customers_lost_warn: float = _limit(_FAILS.customers_lost_warn, "share of a partner's customers lost that warns")
    customers_lost_block: float = _limit(_FAILS.customers_lost_block, "share of a partner's customers lost that blocks")
    subscriptions_lost_block: float = _limit(
        _FAILS.subscriptions_lost_block, "share of a partner's subscriptions lost that blocks"
    )
    licenses_fallen_block: float = _limit(
        _FAILS.licenses_fallen_block, "share of a partner's licences gone that blocks"
    )
    product_share_warn: float = _limit(_FAILS.product_share_warn, "move of a product's share that warns")
    check_min_days: int = Field(
        _FAILS.min_days, ge=1, description="comparable days under which anomaly checks only inform"
    )
    check_min_rows: int = Field(_FAILS.min_rows, ge=0, description="rows under which most anomaly checks only inform")
    # A source that states totals may count otherwise than we do: it has to prove itself before it stops anything.
    control_totals_block: bool = Field(False, description="whether a differing control total holds its partition")
    postgres_dsn: SecretStr | None = Field(
        None, description="PostgreSQL database that publications are applied to as well; none when unset"
    )
    serve_hosts: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        None, description="host names of a proxy before `portfolio serve`, comma-separated; none when unset"
    )
    # Ages count back from the newest published as-of date, not from today: a feed that stops must not empty the lake.
    # Less than a look-back would leave the newest day itself unbuildable.
    keep_usage_days: int | None = Field(
        None,
        ge=activity_look_back_days(),
        le=_CENTURY,
        description="age up to which `prune` keeps usage in the lake; forever when unset",
    )
    keep_snapshot_days: int | None = Field(
        None, ge=0, le=_CENTURY, description="age up to which `prune` keeps snapshots in the lake; forever when unset"
    )
    keep_mart_days: int | None = Field(
        None, ge=0, le=_CENTURY, description="age up to which `prune` keeps as-of days of the marts; forever when unset"
    )
    keep_quarantine_days: int | None = Field(
        None,
        ge=0,
        le=_CENTURY,
        description="age up to which `prune` keeps quarantined rows; as long as their partition when unset",
    )
    recently_added_days: int = Field(
        _LISTED.recently_added_days, ge=0, description="days after its start that a subscription is new"
    )
    expiring_days: int = Field(
        _LISTED.expiring_days, ge=0, description="days before its end that a subscription is expiring"
    )
    renewing_days: int = Field(
        _LISTED.renewing_days, ge=0, description="days before its end that a subscription is renewing"
    )
    low_assignment_percentile: float = Field(
        _LISTED.low_assignment_percentile, ge=0, le=1, description="percentile of the peers that is low"
    )
    low_assignment_min_gap: float = Field(
        _LISTED.low_assignment_min_gap, ge=0, le=1, description="ratio points behind the peers' median"
    )
    low_assignment_min_peers: int = Field(
        _LISTED.low_assignment_min_peers, ge=1, description="peers under which all size bands are peers"
    )
    size_bands: Annotated[tuple[int, ...], NoDecode] = Field(
        _LISTED.size_bands, description="lower edges of the size bands after the first, comma-separated"
    )
    worklist_days: int = Field(
        _DECIDED.worklist_days, ge=0, description="days before its end that a subscription is on the worklist"
    )
    default_notice_days: int = Field(
        _DECIDED.default_notice_days, ge=0, le=3650, description="notice where the terms name none; trials have none"
    )
    growth_allowance: float = Field(
        _DECIDED.growth_allowance, ge=0, le=10, description="free growth of an enterprise agreement that names none"
    )
    headroom_percent: int = Field(
        _DECIDED.headroom_percent, ge=0, le=1000, description="percent of the used licences that are needed beside them"
    )
    min_usage_days: int = Field(
        _DECIDED.min_usage_days, ge=0, le=90, description="days of 90 with usage under which needs are unknown"
    )
    min_term_days: int = Field(
        _DECIDED.min_term_days, ge=1, description="days by which a renewal moves the end at the least"
    )

    _folder = field_validator("home", "landing", "mapping", "inbox", mode="before")(values.folder)
    _spark_schema = field_validator("spark_schema")(values.sql_name)
    _group = field_validator("readers_group")(values.group)
    _numbers = field_validator("size_bands", mode="before")(values.numbers)
    _rising = field_validator("size_bands")(values.rising)
    _hosts = field_validator("serve_hosts", mode="before")(values.hosts)
    _size = field_validator("memory_limit", "max_file_size", "max_record_size")(values.size)
    _record_size = field_validator("max_record_size")(values.record_size)
    _kept_snapshots = field_validator("keep_snapshot_days")(values.kept_snapshots)
    _first_date = field_validator("first_date")(values.first_date)
    _hash_key = field_validator("hash_key")(values.hash_key)
    _webhook = field_validator("alert_webhook")(values.webhook)
    _dsn = field_validator("postgres_dsn")(values.dsn)

    @property
    def folders(self) -> Home:
        """The home folder, by the names of what is in it."""
        return Home(self.home)

    @property
    def landing_folder(self) -> Path:
        """The landing folder in force."""
        return self.landing if self.landing is not None else self.folders.landing

    @property
    def instance_folder(self) -> InstanceFolder:
        """The folder of Dagster's instance: the home's own, or the one that it shares."""
        return InstanceFolder(self.instance or self.folders.dagster)

    def anomaly_thresholds(self) -> Thresholds:
        """From where on anomaly checks fail."""
        settings = {field.name: field.name.replace("min_", "check_min_") for field in fields(Thresholds)}
        return Thresholds(**{threshold: getattr(self, name) for threshold, name in settings.items()})

    def read_limits(self) -> ReadLimits:
        """What is too large to be read."""
        return ReadLimits(
            file_size=size_in_bytes(self.max_file_size),
            record_size=size_in_bytes(self.max_record_size),
            columns=self.max_columns,
            batch_size=batch_size_of(self.memory_limit, self.threads or os.cpu_count() or 1),
        )


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` (those that are not None) win over environment and `.env`.

    Raises:
        SettingsError: a value can't be used.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = read_settings(Settings, **given)
    home, landing = _from_root("home", settings.home), _from_root("landing", settings.landing_folder)
    for what, path, option in (("home", home, "--home"), ("landing", landing, "--landing")):
        if reason := unusable(path, home=what == "home"):
            variable = f"{PREFIX}{what.upper()}"
            raise SettingsError(f"{what} folder {shown(path)}: {reason}; name another one with {option} or {variable}")
    exports = {name: _from_root(name, path) for name in ("mapping", "inbox") if (path := getattr(settings, name))}
    if settings.mapping is not None and settings.inbox is None:
        raise SettingsError(f"{PREFIX}MAPPING={settings.mapping}: needs {PREFIX}INBOX, the folder that exports lie in")
    shared = {"instance": _from_root("instance", settings.instance)} if settings.instance is not None else {}
    if shared and settings.name is None:
        raise SettingsError(f"{PREFIX}INSTANCE={settings.instance}: needs {PREFIX}NAME, what this home is called there")
    for what, path in (("home", home), ("landing", landing)):
        if shared and os.path.realpath(shared["instance"]) == os.path.realpath(path):
            raise SettingsError(
                f"{PREFIX}INSTANCE={settings.instance}: is the {what} folder of this home; name one that is no home's"
            )
    return settings.model_copy(update={"home": home, "landing": landing, **exports, **shared})


def _from_root(name: str, path: Path) -> Path:
    try:
        return from_root(path)
    except StorageError as error:
        raise SettingsError(f"{PREFIX}{name.upper()}={error}") from error
