"""Partitions as the ledger of a home folder holds them, and what a command says of them."""

from datetime import UTC, datetime

from planning.records import PartitionRecord
from sources.landing.folder import LandingFolder

SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def land(landing, dataset, day):
    folder = landing / dataset / str(day)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.csv").write_text("partner_id\n")
    return "rules\n" + LandingFolder(landing).partition(dataset, day).signature()


def load(ledger, landing, dataset, day, quarantined=0, partners=None):
    ledger.record_loaded(
        PartitionRecord(
            dataset=dataset,
            partition_date=day,
            landing_signature=land(landing, dataset, day),
            landing_hash="h",
            content_hash="c",
            files=1,
            rows_read=5 + quarantined,
            rows_accepted=5,
            rows_quarantined=quarantined,
            rows_duplicate=0,
            ingested_at=datetime.now(UTC),
            reasons={"bad_type": quarantined} if quarantined else {},
            partners=partners or {"acme": 5},
        )
    )


def rows(result):
    assert result.exit_code == 0, result.exception
    return {line.split()[0]: line.split()[1:] for line in result.output.splitlines() if line.strip()}
