"""Checks of lake partitions: each is profiled, held to the contract, and set against the days before it.

Plain functions over lake and ledger. They look for what was not checked yet as it is now, whatever changed it: new
landing files, an erasure, an acceptance, a threshold. Days are judged in rounds, since a day that fails no longer
counts as history for later ones; a verdict rests on earlier days alone, so the rounds end.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from expectations.contract import CONTRACT_VERSION, Dataset
from expectations.observations import LOST_KEYS, Observation, days_before, earlier_days, observe
from expectations.profiles import Lost, read_lost, read_profiles
from expectations.results import CheckResult
from expectations.suites.anomaly_suite import HISTORY_DAYS, Thresholds
from expectations.suites.contract_suite import needed_columns
from planning.records import PartitionRecord
from storage.lake.lake import Lake
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import held_partitions
from storage.ledger.ledger import Ledger
from storage.ledger.partition_profiles import CheckedInputs, PartitionProfiles, inputs_hash

BATCH_ROWS = 500_000
"""Rows that one validation holds in memory, unless a single partition has more."""
BATCH_DAYS = 120
"""Partitions that one query reads."""


@dataclass(frozen=True)
class CheckRun:
    """What the checks of one dataset work on and with."""

    lake: Lake
    ledger: Ledger
    dataset: Dataset
    rules: IngestRules
    """The resources that DuckDB may use."""
    thresholds: Thresholds
    run_id: str
    on_batch: Callable[[str], None] = lambda step: None
    """Told, in a few words, what was done."""


def check_partitions(run: CheckRun) -> list[CheckResult]:
    """Check the dataset's loaded partitions that were not yet, and record the results; returns the newest ones.

    Raises:
        StorageError: the ledger can't be written.
        ExpectationError: a rule could not be evaluated.
    """
    name = run.dataset.name
    records = {record.partition_date: record for record in run.ledger.loaded_partitions() if record.dataset == name}
    contents = {day: record.content_hash for day, record in records.items()}
    unprofiled = _differing(CheckedInputs(run.ledger).profiled(name), contents)
    contract = {day: f"{CONTRACT_VERSION} {content}" for day, content in contents.items()}
    unchecked = _differing(CheckedInputs(run.ledger).contract(name), contract)
    if not unprofiled and not unchecked and not _unjudged(run, contents):
        return []
    results: dict[tuple[str, date], list[CheckResult]] = {}
    with open_workbench(run.lake, run.rules) as con:
        for days in _batches([records[day] for day in unprofiled], rows=None):
            profiles = read_profiles(con, run.dataset, _rows(run, days))
            PartitionProfiles(run.ledger).record(name, {day: contents[day] for day in days}, profiles)
        for days in _batches([records[day] for day in unchecked], rows=BATCH_ROWS):
            _keep(results, _check_contract(run, con, days, contents))
            CheckedInputs(run.ledger).set_contract(name, {day: contract[day] for day in days})
            run.on_batch(f"contract {days[0]}…{days[-1]}")
        while pending := _unjudged(run, contents):
            _keep(results, _judge(run, con, pending, contents))
    return [result for found in results.values() for result in found]


def accepted_rows(run: CheckRun, con: duckdb.DuckDBPyConnection, days: Sequence[date]) -> pa.Table:
    """The lake's rows of some partitions, in the columns that the contract's suite needs."""
    return con.execute(f"select {', '.join(needed_columns(run.dataset))} from {_rows(run, days)}").to_arrow_table()


def observations_of(
    run: CheckRun, con: duckdb.DuckDBPyConnection, days: Sequence[date], contents: Mapping[date, str]
) -> list[Observation]:
    """What there is to judge of some days, which are in order, with what counts as history now.

    Args:
        contents: the content hash of every loaded partition of the dataset, by day.
    """
    usable = _usable(run, contents)
    first = days[0] - timedelta(days=HISTORY_DAYS)
    profiles = PartitionProfiles(run.ledger).read(run.dataset.name, first, days[-1])
    lost: dict[tuple[date, str], Lost] = {}
    if key := LOST_KEYS.get(run.dataset.name):
        pairs = list(days_before(days, profiles, usable))
        for start in range(0, len(days), BATCH_DAYS):
            of_batch = [pair for pair in pairs if pair[0] in days[start : start + BATCH_DAYS]]
            compared = sorted({day for later, _, earlier in of_batch for day in (later, earlier)})
            lost |= read_lost(con, _rows(run, compared), key, of_batch)
    return observe(run.dataset, days, profiles, usable, lost)


def _check_contract(
    run: CheckRun, con: duckdb.DuckDBPyConnection, days: Sequence[date], contents: Mapping[date, str]
) -> list[CheckResult]:
    from expectations.validation import validate_accepted

    return _record(run, validate_accepted(run.dataset, accepted_rows(run, con, days), days), contents)


def _judge(
    run: CheckRun, con: duckdb.DuckDBPyConnection, pending: Mapping[date, str], contents: Mapping[date, str]
) -> list[CheckResult]:
    """One round: the anomaly checks of the pending days, with what counts as history now."""
    from expectations.anomalies import validate_anomalies

    days = sorted(pending)
    observations = observations_of(run, con, days, contents)
    results = _record(run, validate_anomalies(run.dataset, days, observations, run.thresholds), contents)
    CheckedInputs(run.ledger).set_anomalies(run.dataset.name, pending)
    run.on_batch(f"history {days[0]}…{days[-1]}")
    return results


def _record(run: CheckRun, results: list[CheckResult], contents: Mapping[date, str]) -> list[CheckResult]:
    hashes = {(run.dataset.name, result.first_date): contents[result.first_date] for result in results}
    CheckResults(run.ledger).record(results, run.run_id, content_hashes=hashes)
    return results


def _unjudged(run: CheckRun, contents: Mapping[date, str]) -> dict[date, str]:
    """The days whose anomaly checks looked at something else than what holds now, each with the hash of that."""
    usable, rules, done = _usable(run, contents), repr(run.thresholds), CheckedInputs(run.ledger)
    judged = done.anomalies(run.dataset.name)
    now = {day: inputs_hash(day, contents, earlier_days(day, usable), rules) for day in contents}
    return {day: text for day, text in now.items() if judged.get(day) != text}


def _usable(run: CheckRun, contents: Mapping[date, str]) -> list[date]:
    """The days that count as history, in order: those that no failed check holds."""
    held = {day for dataset, day in held_partitions(run.ledger) if dataset == run.dataset.name}
    return sorted(contents.keys() - held)


def _rows(run: CheckRun, days: Sequence[date]) -> str:
    return f"({run.lake.rows_sql(run.dataset, days)})"


def _batches(records: Iterable[PartitionRecord], rows: int | None) -> Iterator[list[date]]:
    """The records' days in groups of at most `BATCH_DAYS`, and of at most so many rows."""
    batch: list[date] = []
    held = 0
    for record in records:
        too_many = rows is not None and held + record.rows_accepted > rows
        if batch and (too_many or len(batch) == BATCH_DAYS):
            yield batch
            batch, held = [], 0
        batch.append(record.partition_date)
        held += record.rows_accepted
    if batch:
        yield batch


def _differing(done: Mapping[date, str], now: Mapping[date, str]) -> list[date]:
    return [day for day, text in now.items() if done.get(day) != text]


def _keep(results: dict[tuple[str, date], list[CheckResult]], found: Iterable[CheckResult]) -> None:
    """A later round's results stand in place of an earlier one's."""
    newest: dict[tuple[str, date], list[CheckResult]] = {}
    for result in found:
        newest.setdefault((result.check_name, result.first_date), []).append(result)
    results |= newest
