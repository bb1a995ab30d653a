"""Control totals: reads what a source states about its delivery, and compares it with the accounts of what arrived."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import duckdb

from expectations.contract import CONTROL_TOTALS, DATASETS
from expectations.control_totals import ASSET, READ, Arrived, Stated, compare
from expectations.quarantine import check_partition
from expectations.results import CheckResult, Severity
from sources.files import LandingFolder, LandingPartition
from sources.reading import read_file
from storage.accounts import PartitionAccounts
from storage.ledger import Ledger

_SAMPLE = 5


def control_results(
    con: duckdb.DuckDBPyConnection,
    landing: LandingFolder,
    ledger: Ledger,
    days: Iterable[date],
    severity: Severity,
    datasets: Sequence[str] = tuple(DATASETS),
) -> Iterator[CheckResult]:
    """The comparison of each stated total of some days with what was ingested; nothing where nothing is stated.

    A file that can't be read, and a row that breaks the contract, is a failed check of the control feed alone.

    Args:
        con: a workbench.
        severity: what a difference does.
        datasets: those that are compared.

    Raises:
        LandingError: the folder can't be listed.
    """
    if not (landing.root / CONTROL_TOTALS.name).is_dir():
        return
    accounts = PartitionAccounts(ledger)
    for day in days:
        landed = landing.partition(CONTROL_TOTALS.name, day)
        if landed is None:
            continue
        stated, read = _read(con, landed)
        yield read
        arrived = {name: _arrived(ledger, accounts, name, day) for name in datasets}
        yield from compare(day, [row for row in stated if row.dataset in arrived], arrived, severity)


def _read(con: duckdb.DuckDBPyConnection, landed: LandingPartition) -> tuple[list[Stated], CheckResult]:
    """What a day's control files state, and whether they could be read."""
    files = [read_file(path, CONTROL_TOTALS) for path in landed.files]
    problems = [file.problem for file in files if file.problem is not None]
    delivered = [file.delivered for file in files if file.delivered is not None]
    stated: list[Stated] = []
    bad: list[tuple[str, int, list[str], str]] = []
    if delivered:
        checked = check_partition(con, CONTROL_TOTALS, landed.date, delivered)
        stated = [Stated(*row) for row in con.execute(checked.accepted_sql).fetchall()]
        if checked.quarantined_sql is not None:
            bad = con.execute(
                f"select file, record_number, reasons, raw_row from ({checked.quarantined_sql})"
            ).fetchall()
            problems.append(f"{len(bad)} rows break the contract: {', '.join(checked.counts.reasons)}")
    read = CheckResult(
        asset=ASSET,
        check_name=READ,
        first_date=landed.date,
        last_date=landed.date,
        severity=Severity.WARN,
        passed=not problems,
        message="; ".join(problems),
        failures=len(files) - len(delivered) + len(bad),
        sample=tuple(
            {"file": name, "record": str(number), "reasons": ", ".join(reasons), "row": row}
            for name, number, reasons, row in bad[:_SAMPLE]
        ),
    )
    return stated, read


def _arrived(ledger: Ledger, accounts: PartitionAccounts, dataset: str, day: date) -> Arrived:
    state = ledger.state(dataset, day)
    record = ledger.partition(dataset, day)
    if state != "loaded" or record is None:
        return Arrived(absent=state)
    return Arrived(accounts.of(record))
