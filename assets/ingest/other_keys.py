"""Usage that was loaded under another hash key than the one in force: nobody can be looked for in it."""

from datetime import date

from assets.ingest.decision import fingerprint_in
from assets.resources import Workspace
from expectations.contract import LICENSE_USAGE
from storage.lake.hashing import key_fingerprint
from storage.ledger.ledger import Ledger


def days_under_other_keys(
    workspace: Workspace, ledger: Ledger, first: date | None = None, last: date | None = None
) -> list[date]:
    """The days of first..last, in order, whose usage the lake holds under another key; no key is made.

    Raises:
        StorageError: the key in force can't be read.
    """
    key = workspace.key_in_force()
    fingerprint = key_fingerprint(key) if key is not None else None
    return [
        record.partition_date
        for record in ledger.partitions(LICENSE_USAGE.name, first, last)
        if fingerprint_in(record.landing_signature) != fingerprint
        and record.rows_accepted + record.rows_quarantined
        and workspace.lake.accepted_path(LICENSE_USAGE, record.partition_date).exists()
    ]
