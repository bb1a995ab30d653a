"""Records of loaded partitions, as far as tests care for them."""

from datetime import UTC, datetime, timedelta

from planning.records import PartitionRecord


def record(dataset, when, content, partners=("p",)):
    return PartitionRecord(
        dataset=dataset,
        partition_date=when,
        landing_signature="",
        landing_hash=content,
        content_hash=content,
        files=1,
        rows_read=1,
        rows_accepted=1,
        rows_quarantined=0,
        rows_duplicate=0,
        ingested_at=datetime.now(UTC),
        partners=dict.fromkeys(partners, 1),
    )


def loaded(dataset, day, **partners):
    return PartitionRecord(
        dataset=dataset,
        partition_date=day,
        landing_signature="",
        landing_hash="",
        content_hash="",
        files=1,
        rows_read=sum(partners.values()),
        rows_accepted=sum(partners.values()),
        rows_quarantined=0,
        rows_duplicate=0,
        ingested_at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(days=1),
        partners=partners,
    )
