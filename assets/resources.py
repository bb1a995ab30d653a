"""What assets work on and with: the folders of a home, the limits in force, and a way to report progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.ingestion import IngestRules
from expectations.results import Severity
from expectations.suites.anomaly_suite import Thresholds
from sources.files import LandingFolder
from storage.freshness import FreshnessLimits
from storage.hashing import load_or_create_key
from storage.lake import Lake
from storage.ledger import Ledger
from storage.warehouse import exclusive


class BuildConfig(dg.Config):
    """What a build may do beyond the ordinary."""

    reopen: bool = False
    """Build days of a closed period, too."""
    allow_empty: bool = False
    """A range without a day to build is no failure: the rows of its days are taken away."""


class Workspace(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folders under the home folder, and the limits and thresholds that apply to them."""

    home: str = Field(description="Folder that holds lake, warehouse, ledger and publication.")
    landing: str = Field(description="Folder that holds the landing partitions.")
    hash_key: str = Field(default="", description="Key of the licence holders' hash; empty: the home folder's own.")
    memory_limit: str = Field(description="Memory that DuckDB may use.")
    threads: int = Field(description="Threads that DuckDB may use.")
    max_quarantined_share: float = Field(description="Share of bad rows that refuses a partition.")
    max_snapshot_age_days: int = Field(description="Days that a lost snapshot is bridged.")
    keep_publications: int = Field(description="Publications that are kept.")
    max_feed_age_days: int = Field(description="Age up to which a feed is fresh.")
    max_publication_age_days: int = Field(description="Age up to which the publication is fresh.")
    closed_before: str = Field(default="", description="As-of days before it are closed; empty: none are.")
    thresholds: dict[str, str] = Field(description="What the dbt models read, by environment variable.")
    rules: dict[str, str] = Field(description="What decides a day's rows besides its inputs.")
    check_thresholds: dict[str, float] = Field(
        default_factory=dict, description="From where on anomaly checks fail, by name; the others as they are built in."
    )
    control_totals_block: bool = Field(default=False, description="Whether a differing control total holds data back.")
    git_revision: str = Field(default="", description="Revision of the code that builds, where it is known.")

    def open_window(self, first: date, last: date, *, reopen: bool) -> tuple[date, date]:
        """The days of first..last that may be built: without those of a closed period, unless it is reopened.

        Raises:
            dagster.Failure: all of them are closed.
        """
        if reopen or not self.closed_before or first >= date.fromisoformat(self.closed_before):
            return first, last
        if last < date.fromisoformat(self.closed_before):
            message = f"{first}…{last} is closed (PORTFOLIO_CLOSED_BEFORE={self.closed_before}); --reopen builds it"
            raise dg.Failure(message, allow_retries=False)
        return date.fromisoformat(self.closed_before), last

    @property
    def freshness_limits(self) -> FreshnessLimits:
        """The ages up to which data is fresh."""
        return FreshnessLimits(self.max_feed_age_days, self.max_publication_age_days)

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that dbt builds in."""
        return Path(self.home) / "warehouse.duckdb"

    @property
    def serving(self) -> Path:
        """The folder that readers read."""
        return Path(self.home) / "serving"

    @property
    def lake(self) -> Lake:
        """The lake of accepted and quarantined rows."""
        return Lake(Path(self.home) / "lake")

    @property
    def landing_folder(self) -> LandingFolder:
        """The landing partitions."""
        return LandingFolder(Path(self.landing))

    def ledger(self) -> Ledger:
        """A connection to the ledger; close it."""
        return Ledger(Path(self.home) / "ledger.sqlite")

    def ingest_rules(self) -> IngestRules:
        """What decides a partition's fate."""
        key = self.hash_key.encode() or load_or_create_key(Path(self.home) / "hash.key")
        return IngestRules(
            holder_key=key,
            max_quarantined_share=self.max_quarantined_share,
            memory_limit=self.memory_limit,
            threads=self.threads,
        )

    def anomaly_thresholds(self) -> Thresholds:
        """From where on anomaly checks fail."""
        whole = ("min_days", "min_rows")
        return Thresholds(
            **{name: int(value) if name in whole else value for name, value in self.check_thresholds.items()}  # type: ignore[arg-type]
        )

    @property
    def control_totals_severity(self) -> Severity:
        """What a differing control total does."""
        return Severity.ERROR if self.control_totals_block else Severity.WARN

    def dbt_environment(self) -> dict[str, str]:
        """The environment variables that the dbt project reads, but for the window."""
        return {
            "PORTFOLIO_WAREHOUSE": str(self.warehouse_path),
            "PORTFOLIO_MEMORY_LIMIT": self.memory_limit,
            "PORTFOLIO_THREADS": str(self.threads),
            "PORTFOLIO_TEMP_DIRECTORY": str(Path(self.home) / "tmp"),
            **self.thresholds,
        }

    @contextmanager
    def writing(self, context: dg.AssetExecutionContext) -> Iterator[None]:
        """Hold the home folder's one writer's place; a run elsewhere is waited for."""
        with exclusive(Path(self.home) / "pipeline.lock", context.log.info):
            yield


class Progress:
    """Told how far the work is; this one is silent, the command line's draws bars."""

    def start(self, task: str, total: int) -> None:
        """Begin a task of `total` steps."""

    def advance(self, task: str, step: str = "") -> None:
        """One step of the task is done."""

    def note(self, message: str) -> None:
        """Something that whoever waits should know, in one line."""
