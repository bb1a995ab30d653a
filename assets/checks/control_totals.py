"""Control totals: reads what a source states about its delivery, and compares it with the accounts of what arrived."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import duckdb

from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from expectations.contract import CONTROL_TOTALS, DATASETS
from expectations.control_totals import ASSET, COMPARED, READ, Arrived, Stated, compare
from expectations.quarantine import check_partition
from expectations.results import RAW, CheckResult, Severity
from sources.landing.folder import LandingFolder, LandingPartition
from sources.readers.limits import ReadLimits
from sources.readers.reading import read_file
from storage.lake.lake import Lake
from storage.ledger.accounts import PartitionAccounts
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger

_SAMPLE = 5


def update_control_totals(
    landing: LandingFolder, lake: Lake, ledger: Ledger, rules: IngestRules, severity: Severity, run_id: str
) -> list[CheckResult]:
    """Compare every day that states totals and was not compared as it is now; record the results and return them.

    Raises:
        LandingError: the folder can't be listed.
        StorageError: the ledger can't be written.
    """
    results = CheckResults(ledger)
    done = results.checked_content(ASSET, READ)
    days = landing.days(CONTROL_TOTALS.name)
    states = {day: _inputs(landing, ledger, day, severity) for day in days}
    waiting = [day for day in days if done.get(day) != states[day]]
    gone = [day for day in done if day not in states]
    results.forget(ASSET, READ, gone)
    for name in DATASETS:
        results.forget(RAW + name, COMPARED, gone)
    if not waiting:
        return []
    with open_workbench(lake, rules) as con:
        found = list(control_results(con, landing, ledger, waiting, severity, limits=rules.limits))
    stated = {(result.asset, result.first_date) for result in found}
    hashes = {(CONTROL_TOTALS.name, day): states[day] for day in waiting}
    for name in DATASETS:
        results.forget(RAW + name, COMPARED, [day for day in waiting if (RAW + name, day) not in stated])
        records = (ledger.partition(name, day) for day in waiting)
        hashes |= {(name, record.partition_date): record.content_hash for record in records if record is not None}
    results.record(found, run_id, content_hashes=hashes)
    return found


def control_results(
    con: duckdb.DuckDBPyConnection,
    landing: LandingFolder,
    ledger: Ledger,
    days: Iterable[date],
    severity: Severity,
    datasets: Sequence[str] = tuple(DATASETS),
    limits: ReadLimits | None = None,
) -> Iterator[CheckResult]:
    """The comparison of each stated total of some days with what was ingested; nothing where nothing is stated.

    A file that can't be read, and a row that breaks the contract, is a failed check of the control feed alone.

    Args:
        con: a workbench.
        severity: what a difference does.
        datasets: those that are compared.
        limits: of the files that are read; the usual ones when None.

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
        stated, read = _read(con, landed, limits)
        yield read
        arrived = {name: _arrived(ledger, accounts, name, day) for name in datasets}
        yield from compare(day, [row for row in stated if row.dataset in arrived], arrived, severity)


def _read(
    con: duckdb.DuckDBPyConnection, landed: LandingPartition, limits: ReadLimits | None
) -> tuple[list[Stated], CheckResult]:
    """What a day's control files state, and whether they could be read."""
    files = [read_file(path, CONTROL_TOTALS, limits) for path in landed.files]
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


def _inputs(landing: LandingFolder, ledger: Ledger, day: date, severity: Severity) -> str:
    """What decides a day's comparison, as a hash: the control files' stat facts, and what was ingested."""
    landed = landing.partition(CONTROL_TOTALS.name, day)
    facts = [severity.value, landed.signature() if landed else ""]
    for name in DATASETS:
        record = ledger.partition(name, day)
        facts += [name, ledger.state(name, day), f"{record.landing_hash} {record.content_hash}" if record else ""]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _arrived(ledger: Ledger, accounts: PartitionAccounts, dataset: str, day: date) -> Arrived:
    state = ledger.state(dataset, day)
    record = ledger.partition(dataset, day)
    if state != "loaded" or record is None:
        return Arrived(absent=state)
    return Arrived(accounts.of(record))
