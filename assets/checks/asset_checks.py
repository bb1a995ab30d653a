"""The checks of raw partitions as Dagster's asset checks: Great Expectations', reconciliation, control totals."""

from collections.abc import Iterator, Sequence

import dagster as dg

from assets.checks.reconciliation import checks_of
from expectations.contract import Dataset
from expectations.control_totals import COMPARED
from expectations.results import RAW, CheckResult, Severity
from expectations.suites.anomaly_suite import checks_for
from expectations.suites.contract_suite import CONTRACT_CHECK
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger
from storage.ledger.recorded_checks import RecordedResult

_NAMED = 20


def check_specs(dataset: Dataset, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of a raw asset. None is `blocking`, which would stop a whole range: the ledger holds single days."""
    described = {CONTRACT_CHECK: "Accepted rows meet the raw contract: types, nulls, values, minima, dates, key."}
    described |= {check.name: check.meaning for check in checks_for(dataset)}
    described |= checks_of(dataset)
    described[COMPARED] = "What arrived is what the source says that it delivered, where it says so (control_totals)."
    return [dg.AssetCheckSpec(name, asset=key, description=meaning) for name, meaning in described.items()]


def evaluations(
    ledger: Ledger, dataset: Dataset, key: dg.AssetKey, checked: Sequence[CheckResult]
) -> Iterator[dg.AssetCheckResult]:
    """One evaluation of each check for a run, however many partitions it checked: an event each would cost 1 ms.

    It says what holds of the newest partition, from the ledger, so that the status stands when an old day is run again;
    the run's own partitions that failed are named.
    """
    newest = max((record.partition_date for record in ledger.partitions(dataset.name)), default=None)
    asset = RAW + dataset.name
    known = [r for r in CheckResults(ledger).rows(newest, newest) if r.result.asset == asset] if newest else []
    for spec in check_specs(dataset, key):
        of_run = [result for result in checked if (result.asset, result.check_name) == (asset, spec.name)]
        failed = [found for found in known if found.result.check_name == spec.name and _counts(found)]
        blocks = any(found.result.severity is Severity.ERROR for found in failed)
        yield dg.AssetCheckResult(
            check_name=spec.name,
            passed=not failed,
            severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
            description=failed[0].result.message if failed else None,
            metadata={
                "partition": str(newest) if newest else "none",
                "failures": sum(found.result.failures for found in failed),
                "partitions_checked": len({result.first_date for result in of_run}),
                **_named([result for result in of_run if not result.passed]),
            },
        )


def _counts(found: RecordedResult) -> bool:
    return found.status == "failed" and found.result.severity is not Severity.INFO


def _named(failed: Sequence[CheckResult]) -> dict[str, dg.MetadataValue]:
    if not failed:
        return {}
    lines = [f"| {found.first_date} | {found.severity} | {found.message} |" for found in failed[:_NAMED]]
    more = [f"| … | | and {len(failed) - _NAMED} more |"] if len(failed) > _NAMED else []
    table = "\n".join(["| partition | severity | found |", "| --- | --- | --- |", *lines, *more])
    return {"failed_in_this_run": dg.MetadataValue.md(table)}
