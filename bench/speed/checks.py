"""What checking a large usage partition costs against ingesting it, imports apart."""

import shutil
from pathlib import Path

from assets.checks.partition_checks import CheckRun, check_partitions
from assets.ingest.rules import IngestRules
from expectations.contract import LICENSE_USAGE, MAX_QUARANTINED_SHARE
from expectations.gx import ephemeral_context
from expectations.suites.anomaly_suite import Thresholds
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger

from .measuring import in_turn, report
from .tiers import HASH_KEY, Tier, ingest

_ROWS = 400_000
"""Usage rows of a working day at the benchmark's largest tier, about."""


WEEK = Tier("checks", 2000, 1_000_000, 6)
"""A day of it is as large as one of the largest tier, which takes far longer to simulate."""


def bench_checks(tier: Tier, data: Path, runs: int) -> None:
    """One usage day of about 400,000 rows: ingested alone, and checked alone, profile, contract and history."""
    landing, day = _busiest_day(tier, data)
    home = data / "checks-home"
    shutil.rmtree(home, ignore_errors=True)
    ingest(landing, home)
    with Ledger(home / "ledger.sqlite") as ledger:
        (record,) = ledger.partitions(LICENSE_USAGE.name)
    ephemeral_context()  # the import, which a contender inherits

    def ingesting() -> None:
        shutil.rmtree(data / "checks-again", ignore_errors=True)
        ingest(landing, data / "checks-again")

    def checking() -> None:
        rules = IngestRules(MAX_QUARANTINED_SHARE, holder_key=HASH_KEY.encode())
        with Ledger(home / "ledger.sqlite") as ledger:
            for table in ("partition_checks", "partition_profiles", "check_results"):
                ledger.connection.execute(f"delete from {table}")
            checked = check_partitions(
                CheckRun(Lake(home / "lake"), ledger, LICENSE_USAGE, rules, Thresholds(), run_id="bench")
            )
        assert checked and all(result.passed for result in checked)  # noqa: S101  it must have done the work

    samples = in_turn({"ingestion": ingesting, "checks": checking}, runs)
    report(f"Checks of one usage partition, {day}, {record.rows_accepted:,} rows", samples, "ingestion")


def _busiest_day(tier: Tier, data: Path) -> tuple[Path, str]:
    """A landing folder with nothing but the tier's usage day whose files come closest to the wanted rows."""
    import pyarrow.parquet as pq

    days = sorted((tier.landing(data) / LICENSE_USAGE.name).iterdir())
    rows = {day: sum(pq.read_metadata(file).num_rows for file in day.glob("*.parquet")) for day in days}
    chosen = min(days, key=lambda day: abs(rows[day] - _ROWS))
    landing = data / "checks-landing"
    shutil.rmtree(landing, ignore_errors=True)
    shutil.copytree(chosen, landing / LICENSE_USAGE.name / chosen.name)
    return landing, chosen.name
