"""What assets work on and with: the folders of a home, the limits in force, and a way to report progress."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.ingest.rules import IngestRules, KeylessRules
from assets.place import Place
from expectations.results import Severity
from expectations.suites.anomaly_suite import Thresholds
from planning.freshness import FreshnessLimits
from planning.look_back import takes_days_away
from planning.rules import DayRules
from sources.landing.folder import LandingFolder
from sources.source import Source
from storage import clock
from storage.files.locks import exclusive
from storage.home import DbtFolder, Home
from storage.lake.hashing import load_or_create_key
from storage.lake.lake import Lake
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.ledger.open_erasures import erases_customers
from storage.publication.publication import published_days
from storage.spark.engine import SparkEngine
from storage.spark.place import SparkPlace
from storage.warehouse.engine import DuckDBEngine, Engine


class BuildConfig(dg.Config):
    """What a build may do beyond the ordinary."""

    reopen: bool = False
    """Build days of a closed period, too."""
    allow_empty: bool = False
    """A range without a day to build is no failure: the rows of its days are taken away."""
    provisional: list[str] = Field(default_factory=list)
    """Days (ISO) that were not over when landing was read for them, beside those that are not over now."""

    def provisional_days(self, days: Iterable[date]) -> list[date]:
        """Those of the days that are built before they are over."""
        return [day for day in days if day.isoformat() in self.provisional or day > clock.last_complete_day()]


@dataclass(frozen=True)
class Workspace:
    """The folders under the home folder, and the limits and thresholds that apply to them.

    A plain object: it means the same inside a run and outside, and Dagster stores nothing of it.
    """

    home: Home
    """Folder that holds lake, warehouse, ledger and publication."""
    source: Source = field(repr=False)
    """Where raw data comes from."""
    ingest: KeylessRules
    """What decides a partition's fate, but for the key of the licence holders' hash."""
    rules: DayRules
    """What decides a day's rows besides its inputs."""
    keep_publications: int
    """Publications that are kept."""
    freshness_limits: FreshnessLimits
    """The ages up to which data is fresh."""
    anomaly_thresholds: Thresholds = field(default_factory=Thresholds)
    """From where on anomaly checks fail."""
    control_totals_severity: Severity = Severity.WARN
    """What a differing control total does."""
    closed_before: date | None = None
    """As-of days before it are closed; None: none are."""
    git_revision: str = ""
    """Revision of the code that builds, where it is known."""
    hash_key: bytes | None = field(default=None, repr=False)
    """Key of the licence holders' hash; None: the home folder's own."""
    spark: SparkPlace | None = None
    """Where marts are built by Spark; None: DuckDB builds them."""
    place: Place = field(default_factory=Place)
    """What its assets are called in Dagster's instance."""

    def open_window(self, first: date, last: date, *, reopen: bool) -> tuple[date, date] | None:
        """The days of first..last that may be built: without those of a closed period, unless it is reopened.

        None when all of them are closed.
        """
        if reopen or self.closed_before is None or first >= self.closed_before:
            return first, last
        if last < self.closed_before:
            return None
        return self.closed_before, last

    def closed(self, first: date, last: date) -> str:
        """What is to be said of first..last, all of whose days are closed."""
        return f"{first}…{last} is closed (PORTFOLIO_CLOSED_BEFORE={self.closed_before}); --reopen builds it"

    @property
    def memory_limit(self) -> str:
        """Memory that DuckDB may use."""
        return self.ingest.memory_limit

    @property
    def threads(self) -> int:
        """Threads that DuckDB may use."""
        return self.ingest.threads or os.cpu_count() or 1

    @property
    def duckdb_settings(self) -> dict[str, str | int]:
        """What DuckDB may use to query the warehouse."""
        return {
            "memory_limit": self.memory_limit,
            "threads": self.threads,
            "temp_directory": str(self.home.spill),
        }

    @property
    def max_snapshot_age_days(self) -> int:
        """Days that a lost snapshot is bridged."""
        return self.rules.max_snapshot_age_days

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file with the marts: dbt builds in it, or they are copied to it from the engine that does."""
        return self.home.warehouse

    @property
    def engine(self) -> Engine:
        """What dbt builds in."""
        if self.spark is None:
            return DuckDBEngine(self.warehouse_path, self.lake, self.duckdb_settings)
        return SparkEngine(self.spark, self.warehouse_path, self.lake, self.home.spark, self.duckdb_settings)

    def on_duckdb(self) -> "Workspace":
        """The same where dbt looks at the warehouse file, as for documentation and metrics."""
        return replace(self, spark=None)

    @property
    def parsed(self) -> DbtFolder:
        """Where the dbt project is parsed for the engine."""
        return self.home.dbt if self.spark is None else self.home.dbt_spark

    @property
    def serving(self) -> Path:
        """The folder that readers read."""
        return self.home.serving.path

    @property
    def lake(self) -> Lake:
        """The lake of accepted and quarantined rows."""
        return Lake(self.home.lake)

    @property
    def landing(self) -> Path:
        """The folder that holds the landing partitions."""
        return self.source.landing.root

    @property
    def landing_folder(self) -> LandingFolder:
        """The landing partitions."""
        return self.source.landing

    def ledger(self) -> Ledger:
        """A connection to the ledger; close it."""
        return Ledger(self.home.ledger)

    def published_where_pruned(self, ledger: Ledger) -> frozenset[date]:
        """The published days, which keep their rows where something was pruned that they look back on; else none.

        None either while a customer is erased: a day that counts it has no row to keep.

        Raises:
            PublicationError: another process holds the published file open for writing.
        """
        if erases_customers(ledger) or not any(map(takes_days_away, horizons(ledger))):
            return frozenset()
        return published_days(self.serving)

    def ingest_rules(self) -> IngestRules:
        """What decides a partition's fate; a home folder without a key gets one."""
        return self.ingest.with_key(self.hash_key or load_or_create_key(self.home.hash_key))

    def key_in_force(self) -> bytes | None:
        """The key of the licence holders' hash; None where the next ingestion would make one.

        Raises:
            StorageError: the home folder's own can't be read, or is too short.
        """
        path = self.home.hash_key
        return self.hash_key or (load_or_create_key(path) if path.exists() else None)

    def dbt_environment(self) -> dict[str, str]:
        """The environment variables that the dbt project reads, but for the window."""
        return {
            "PORTFOLIO_WAREHOUSE": str(self.warehouse_path),
            "PORTFOLIO_MEMORY_LIMIT": self.memory_limit,
            "PORTFOLIO_THREADS": str(self.threads),
            "PORTFOLIO_TEMP_DIRECTORY": str(self.home.spill),
            **self.rules.environment(),
            **self.engine.environment(),
        }

    @contextmanager
    def writing(self, context: dg.AssetExecutionContext) -> Iterator[None]:
        """Hold the home folder's one writer's place; a run elsewhere is waited for."""
        with exclusive(self.home.pipeline_lock, context.log.info):
            yield


@contextmanager
def logged_together(instance: dg.DagsterInstance) -> Iterator[None]:
    """Have the home folder's instance store what the block logs in one transaction: an event by itself takes 7 ms.

    The block must do nothing else; another instance stores its events one by one.
    """
    together = getattr(instance.event_log_storage, "together", nullcontext)
    with together():
        yield


class Progress:
    """Told how far the work is; this one is silent, the command line's draws bars."""

    def start(self, task: str, total: int) -> None:
        """Begin a task of `total` steps."""

    def advance(self, task: str, step: str = "") -> None:
        """One step of the task is done."""

    def note(self, message: str) -> None:
        """Something that whoever waits should know, in one line."""
