"""The simulated portfolios that are measured, and homes whose lake holds them. All is made once and kept."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from assets.ingest.ingestion import ingest_partitions
from assets.ingest.rules import IngestRules
from expectations.contract import DATASETS, MAX_QUARANTINED_SHARE
from sources import simulator
from sources.landing.folder import LandingFolder
from sources.readers.limits import MEMORY_LIMIT
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

FIRST = date(2026, 1, 1)
HASH_KEY = "a-key-for-benchmarks-only"


@dataclass(frozen=True)
class Tier:
    """A simulated portfolio: its size, and the days that landing holds."""

    name: str
    customers: int
    seats: int | None
    days: int

    @property
    def last(self) -> date:
        """The newest day."""
        return FIRST + timedelta(days=self.days - 1)

    def landing(self, data: Path) -> Path:
        """The landing folder, simulated when it is not there yet."""
        folder = data / f"landing-{self.name}-{self.days}"
        if not folder.exists():
            beside = folder.with_suffix(".part")
            shutil.rmtree(beside, ignore_errors=True)
            simulator.simulate(
                beside,
                FIRST,
                self.last,
                customers=self.customers,
                seats=self.seats,
                seed=1,
                file_format="parquet",
                with_terms=False,  # figures of today and of before are of the same files
            )
            beside.rename(folder)
        return folder

    def loaded_home(self, data: Path) -> Path:
        """A home folder whose lake holds all of landing; copy it before a run changes it."""
        home = data / f"home-{self.name}-{self.days}"
        if not home.exists():
            beside = home.with_suffix(".part")
            shutil.rmtree(beside, ignore_errors=True)
            ingest(self.landing(data), beside)
            beside.rename(home)
        return home


TIERS = {
    "S": Tier("S", 60, None, 180),
    "M": Tier("M", 2000, 200_000, 180),
    "L": Tier("L", 2000, 1_000_000, 120),
    "XL": Tier("XL", 20_000, 10_000_000, 33),
}


def delivered(landing: Path) -> list[str]:
    """The datasets that a landing folder holds."""
    return [name for name in DATASETS if (landing / name).is_dir()]


def ingest(landing: Path, home: Path) -> None:
    """Ingest every landing partition, with all row checks, as the raw assets do, but without Dagster."""
    home.mkdir(parents=True)
    folder = LandingFolder(landing)
    rules = IngestRules(MAX_QUARANTINED_SHARE, holder_key=HASH_KEY.encode())
    partitions = [(dataset, day) for name, dataset in DATASETS.items() for day in folder.days(name)]
    ledger = Ledger(home / "ledger.sqlite")
    try:
        for outcome in ingest_partitions(folder, Lake(home / "lake"), ledger, partitions, rules):
            assert outcome.status == "loaded", outcome  # noqa: S101  a benchmark of refusals would be none
    finally:
        ledger.close()


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """A plain DuckDB in memory, with the pipeline's limits."""
    return duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill)})


def lake_files(home: Path, dataset: str) -> str:
    """SQL: the lake's rows of a dataset, the partition's date included."""
    column = DATASETS[dataset].date_column
    pattern = f"{home}/lake/{dataset}/*/*.parquet"
    return f"read_parquet('{pattern}', hive_partitioning = true, hive_types = {{'{column}': date}})"
