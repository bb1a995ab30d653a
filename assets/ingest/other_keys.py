"""Usage that was loaded under another hash key than the one in force: nobody can be looked for in it."""

from datetime import date

from assets.ingest.rules import fingerprint_in
from expectations.contract import LICENSE_USAGE
from storage.lake.hashing import key_fingerprint
from storage.lake.lake import Lake
from storage.ledger.ledger import Ledger


def days_under_other_keys(
    lake: Lake, ledger: Ledger, key: bytes | None, first: date | None = None, last: date | None = None
) -> list[date]:
    """The days of first..last, in order, whose usage the lake holds under another key than the one in force, if any."""
    fingerprint = key_fingerprint(key) if key is not None else None
    return [
        record.partition_date
        for record in ledger.partitions(LICENSE_USAGE.name, first, last)
        if fingerprint_in(record.landing_signature) != fingerprint
        and record.rows_accepted + record.rows_quarantined
        and lake.accepted_path(LICENSE_USAGE, record.partition_date).exists()
    ]
