"""What a source states about its delivery, against what arrived: the comparison, as check results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.accounts import Accounts
from expectations.contract import CONTROL_TOTALS, LICENSE_ASSIGNMENTS
from expectations.results import RAW, CheckResult, Severity

COMPARED = "control_totals"
"""The check that what arrived is what was stated."""
READ = "control_file"
"""The check that control files can be read."""
ASSET = RAW + CONTROL_TOTALS.name


@dataclass(frozen=True)
class Stated:
    """A row of a control file."""

    partner_id: str
    dataset: str
    rows: int
    total_licenses: int | None = None
    assigned_licenses: int | None = None


@dataclass(frozen=True)
class Arrived:
    """A partition that control totals are compared with: its accounts, or why it has none."""

    accounts: Accounts | None = None
    absent: str = ""
    """`missing` or `refused`; with neither and no accounts, nothing is known and nothing compared."""


def compare(day: date, stated: Sequence[Stated], arrived: dict[str, Arrived], severity: Severity) -> list[CheckResult]:
    """One result for each stated row of a day, by dataset and partner.

    Args:
        arrived: the day's partition of each dataset.
        severity: what a difference does.
    """
    results = []
    for row in sorted(stated, key=lambda row: (row.dataset, row.partner_id)):
        partition = arrived[row.dataset]
        if partition.accounts is None and not partition.absent:
            continue
        differences = list(_differences(row, partition.accounts or Accounts()))
        absent = f" (the partition is {partition.absent})" if differences and partition.absent else ""
        results.append(
            CheckResult(
                asset=RAW + row.dataset,
                check_name=COMPARED,
                first_date=day,
                last_date=day,
                severity=severity,
                passed=not differences,
                message="; ".join(differences) + absent,
                failures=len(differences),
                partner_id=row.partner_id,
            )
        )
    return results


def _differences(stated: Stated, accounts: Accounts) -> Iterator[str]:
    rows = accounts.delivered.get(stated.partner_id, 0)
    if rows != stated.rows:
        yield f"{stated.rows:,} rows stated, {rows:,} delivered"
    if stated.dataset != LICENSE_ASSIGNMENTS.name:
        return
    products = accounts.licenses.get(stated.partner_id, {}).values()
    sums = {
        "total": (stated.total_licenses, sum(total for total, _ in products)),
        "assigned": (stated.assigned_licenses, sum(assigned for _, assigned in products)),
    }
    for name, (said, accepted) in sums.items():
        if said is not None and said != accepted:
            yield f"{said:,} {name} licences stated, {accepted:,} accepted"
