"""What became of a partition's rows, file by file and partner by partner: what reconciliation compares with.

Rows read come from the readers, the verdicts from the row checks: the two are counted apart, so that they can
disagree.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from expectations.contract import LICENSE_ASSIGNMENTS, Dataset

if TYPE_CHECKING:  # Arrow, which they need, is a fifth of the imports of a command that only reads the ledger
    from expectations.delivery import DeliveredFile
    from expectations.quarantine import CheckedPartition

Licenses = dict[str, dict[str, tuple[int, int]]]
"""Total and assigned licences, by partner and product."""


@dataclass(frozen=True)
class FileRows:
    """A landing file's rows."""

    read: int
    accepted: int
    quarantined: int
    duplicate: int


@dataclass(frozen=True)
class Accounts:
    """A partition's rows and licences, as they were counted when it was read."""

    files: dict[str, FileRows] = field(default_factory=dict)
    merged: int = 0
    """Accepted rows that were added to another row of their key: the lake holds that many rows fewer."""
    delivered: dict[str, int] = field(default_factory=dict)
    """Rows that name a partner, whatever became of them, per partner_id; partners without an accepted row are left
    out, since what stands in a broken row's partner_id may be anything."""
    licenses: Licenses = field(default_factory=dict)
    """Of the accepted rows; empty but for license_assignments."""


def take_accounts(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, files: Sequence["DeliveredFile"], checked: "CheckedPartition"
) -> Accounts:
    """Count the rows of a partition that `con` has just checked."""
    licenses = sum_licenses(con, checked.accepted_sql) if dataset is LICENSE_ASSIGNMENTS else {}
    if len(files) == 1 and checked.counts.rows_accepted == checked.counts.rows_read:  # nothing to tell apart
        rows = FileRows(files[0].rows_read, checked.counts.rows_accepted, 0, 0)
        return Accounts({files[0].name: rows}, checked.merged, dict(checked.counts.partners), licenses)
    from expectations.row_checks import FILE_NUMBER

    accepted, quarantined, duplicate = Counter[int](), Counter[int](), Counter[int]()
    delivered = Counter[str]()
    for number, partner, good, bad, repeated in con.execute(f"""
        select {FILE_NUMBER}, partner_id, count(case when reasons = 0 then 1 end),
            count(case when reasons > 0 then 1 end), count(case when reasons < 0 then 1 end)
        from {checked.judged} group by {FILE_NUMBER}, partner_id
    """).fetchall():
        accepted[number] += good
        quarantined[number] += bad
        duplicate[number] += repeated
        if partner is not None:
            delivered[partner] += good + bad + repeated
    return Accounts(
        files={
            file.name: FileRows(
                file.rows_read, accepted[number], quarantined[number] + file.malformed.num_rows, duplicate[number]
            )
            for number, file in enumerate(files)
        },
        merged=checked.merged,
        delivered={partner: delivered[partner] for partner in checked.counts.partners},
        licenses=licenses,
    )


def sum_licenses(con: duckdb.DuckDBPyConnection, rows: str) -> Licenses:
    """The licences of the rows that a statement selects (partner_id, product, total_licenses, assigned_licenses)."""
    licenses: Licenses = {}
    for partner, product, total, assigned in con.execute(f"""
        select partner_id, product, sum(total_licenses), sum(assigned_licenses) from ({rows})
        group by partner_id, product order by partner_id, product
    """).fetchall():
        licenses.setdefault(partner, {})[product] = (int(total), int(assigned))
    return licenses
