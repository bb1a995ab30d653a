"""Homes whose snapshots were pruned by a version that looked back ten days, not a year."""

import shutil
from datetime import date
from pathlib import Path

from storage.ledger.ledger import Ledger
from storage.ledger.pruning import advance

SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def prune_snapshots(home: Path, kept_from: date) -> None:
    """Take the snapshots before a day out of ledger and lake, as `portfolio prune` of that version did."""
    with Ledger(home / "ledger.sqlite") as ledger:
        advance(ledger, dict.fromkeys(SNAPSHOTS, kept_from))
    for dataset in SNAPSHOTS:
        for folder in (home / "lake" / dataset).iterdir():
            if date.fromisoformat(folder.name.removeprefix("snapshot_date=")) < kept_from:
                shutil.rmtree(folder)
