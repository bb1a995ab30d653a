"""Snapshots into landing: a day's three partitions, each once, written from what was read of the day."""

import csv
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from expectations.contract import CUSTOMERS, DATASETS, LICENSE_ASSIGNMENTS, SUBSCRIPTIONS
from sources.landing.folder import MAPPED, LandingFolder
from sources.landing.writing import replacing_partition
from sources.webex.codes import read_codes
from sources.webex.landed import first_days, newest_rows
from sources.webex.landing_files import SNAPSHOT_FILE
from sources.webex.options import WebexOptions
from sources.webex.progress import Progress
from sources.webex.snapshots import (
    Findings,
    Row,
    assignment_rows,
    customer_rows,
    customers_of_subscriptions,
    is_trial_by_id,
    subscription_rows,
)
from sources.webex.terms import read_terms

SNAPSHOTS = (CUSTOMERS.name, SUBSCRIPTIONS.name, LICENSE_ASSIGNMENTS.name)


def rows_to_land(
    landing: LandingFolder, progress: Progress, options: WebexOptions
) -> tuple[Mapping[str, Sequence[Row]], dict[str, Any]]:
    """The rows of each snapshot, and what is to be said of them."""
    findings, reads = Findings(), list(progress.reads.values())
    customers = customers_of_subscriptions(reads, findings)
    terms = read_terms(options.contract_file)
    guessed = [one for one in customers if one not in terms or terms[one].start_date is None]
    rows = {
        CUSTOMERS.name: customer_rows(progress.partner, reads),
        SUBSCRIPTIONS.name: subscription_rows(
            progress.partner,
            progress.day,
            customers,
            terms,
            lambda one: is_trial_by_id(one) or progress.trials.get(one, False),
            first_days(landing, progress.partner, guessed, progress.day),
            findings,
        ),
        LICENSE_ASSIGNMENTS.name: assignment_rows(
            progress.partner, reads, customers, read_codes(options.codes_file), findings
        ),
    }
    carried = newest_rows(landing, progress.partner, progress.carried, progress.day, SNAPSHOTS)
    for _, repeated in carried.values():
        for name, found in repeated.items():
            _repeat(DATASETS[name].key, rows[name], found)
    findings.not_in_webex -= {row["subscription_id"] for row in rows[SUBSCRIPTIONS.name]}
    return {name: _in_order(found) for name, found in rows.items()}, {
        "day": progress.day.isoformat(),
        "organisations": len(reads),
        "rows": {name: len(found) for name, found in rows.items()},
        "carried": {one: day.isoformat() for one, (day, _) in sorted(carried.items())},
        **{name: sorted(found) if isinstance(found, set) else found for name, found in asdict(findings).items()},
    }


def land_snapshot(landing: LandingFolder, day: date, dataset: str, rows: Sequence[Row]) -> None:
    """Write a snapshot's partition; what came through a mapping stays in it."""
    with (
        replacing_partition(landing.root, dataset, day, keeping=lambda name: name.startswith(MAPPED)) as folder,
        (folder / SNAPSHOT_FILE).open("w", encoding="utf-8", newline="") as stream,
    ):
        columns = DATASETS[dataset].column_names
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row[name] for name in columns] for row in rows)
        stream.flush()
        os.fsync(stream.fileno())


def is_own(landing: LandingFolder, day: date, dataset: str) -> bool:
    """Whether a partition is this source's alone, but for what came through a mapping."""
    return _others(landing, day, dataset) == [SNAPSHOT_FILE]


def is_free(landing: LandingFolder, day: date, dataset: str) -> bool:
    """Whether a partition has no file, but for what came through a mapping."""
    return not _others(landing, day, dataset)


def _others(landing: LandingFolder, day: date, dataset: str) -> list[str]:
    """Names of the files of a partition that came through no mapping."""
    partition = landing.partition(dataset, day)
    return [file.name for file in partition.files if not file.name.startswith(MAPPED)] if partition else []


def files_digest(options: WebexOptions) -> str:
    """What the partner's own files say: another digest where one of them changed."""
    found = hashlib.sha256()
    for file in (options.codes_file, options.contract_file):
        found.update(_content(file) if file is not None else b"")
        found.update(b"\0")
    return found.hexdigest()[:16]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _repeat(key: Sequence[str], rows: list[Row], repeated: Sequence[Row]) -> None:
    """Add rows whose key is not there yet."""
    present = {tuple(row[name] for name in key) for row in rows}
    rows += [row for row in repeated if tuple(row[name] for name in key) not in present]


def _in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [*row.values()])
