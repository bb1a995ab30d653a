"""A landing folder, a lake and a ledger in a temporary folder, with short ways to fill and read them."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.ingest.ingestion import IngestOutcome, ingest_partition, needs_ingest
from assets.ingest.rules import IngestRules
from expectations.contract import CUSTOMERS, LICENSE_USAGE, Dataset
from sources.landing.folder import LandingFolder
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

DAY = date(2026, 3, 1)

CUSTOMER_HEADER = "partner_id,customer_id,customer_name,country_code,created_on"

USAGE_HEADER = "partner_id,customer_id,subscription_id,product,user_id,activity_count"


@dataclass
class Home:
    """A landing folder, a lake and a ledger, and short ways to fill and read them."""

    root: Path
    ledger: Ledger
    rules: IngestRules = field(default_factory=lambda: IngestRules(0.05, "500MB", 1, holder_key=b"k" * 32))

    @property
    def landing(self) -> LandingFolder:
        return LandingFolder(self.root / "landing")

    @property
    def lake(self) -> Lake:
        return Lake(self.root / "home" / "lake")

    def folder(self, dataset: Dataset = CUSTOMERS) -> Path:
        folder = self.root / "landing" / dataset.name / DAY.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def land(self, *ids: str, name: str = "a.csv", header: str = CUSTOMER_HEADER) -> Path:
        path = self.folder() / name
        path.write_text("\n".join([header, *(f"p,{customer},n,," for customer in ids)]) + "\n")
        return path

    def land_usage(self, *rows: str) -> Path:
        path = self.folder(LICENSE_USAGE) / "a.csv"
        path.write_text("\n".join([USAGE_HEADER, *rows]) + "\n")
        return path

    def ingest(self, dataset: Dataset = CUSTOMERS, *, reread: bool = False) -> IngestOutcome:
        outcome = ingest_partition(self.landing, self.lake, self.ledger, dataset, DAY, self.rules, reread=reread)
        assert not self.needs(dataset)  # done is done
        assert outcome.record == self.ledger.partition(dataset.name, DAY)
        assert outcome.refusal == self.ledger.refusal(dataset.name, DAY)
        return outcome

    def needs(self, dataset: Dataset = CUSTOMERS) -> bool:
        return needs_ingest(self.landing, self.lake, self.ledger, dataset, DAY, self.rules)

    def ids(self) -> list[str]:
        return [row[1] for row in self.stored(CUSTOMERS)]

    def stored(self, dataset: Dataset) -> list[tuple[object, ...]]:
        with duckdb.connect() as con:
            days = [DAY] if self.ledger.partition(dataset.name, DAY) else []
            self.lake.create_views(con, {dataset.name: days})
            return con.execute(f"select * from raw.{dataset.name}").fetchall()

    def quarantined(self, dataset: Dataset = CUSTOMERS) -> list[tuple[object, ...]]:
        with duckdb.connect() as con:
            path = str(self.lake.quarantine_path(dataset, DAY))
            return con.execute("select file, record_number, reasons, raw_row from read_parquet(?)", [path]).fetchall()


def forbid_reading(monkeypatch: pytest.MonkeyPatch, *, hashing: bool) -> None:
    def read(*_: object) -> None:
        raise AssertionError("the files were read")

    monkeypatch.setattr("assets.ingest.storing.read_file", read)
    if hashing:
        monkeypatch.setattr("assets.ingest.decision.file_digest", read)
