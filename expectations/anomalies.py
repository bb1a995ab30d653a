"""Great Expectations on observations: which partitions differ from what came before, and how much that matters."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from expectations.contract import Dataset
from expectations.gx import broken_rules
from expectations.observations import Observation
from expectations.results import RAW, WOULD_BLOCK, WOULD_WARN, CheckResult, Severity
from expectations.suites.anomaly_suite import (
    CHECKS,
    Thresholds,
    anomaly_suite,
    block_limit,
    blocking_column,
    checks_for,
)

if TYPE_CHECKING:
    import pandas as pd


def validate_anomalies(
    dataset: Dataset, days: Collection[date], observations: Sequence[Observation], thresholds: Thresholds
) -> list[CheckResult]:
    """Judge the observations of some days in one validation.

    Returns:
        For each day and check of the dataset one passed result, or a failed one for each partner that fails. Its
        severity is `ERROR` where the threshold that blocks is reached, `WARN` below, and `INFO` where there is too
        little to judge by: few days, or few rows and no loss that counts all the same.

    Raises:
        ExpectationError: a rule could not be evaluated.
    """
    broken = broken_rules(observation_frame(observations), anomaly_suite(thresholds)) if observations else []
    reached: dict[int, Severity] = {}
    for found in broken:
        blocks = found.rule.arguments["column"] in _BLOCKING_COLUMNS
        for position in found.positions or ():
            if blocks or position not in reached:
                reached[position] = Severity.ERROR if blocks else Severity.WARN
    failed: dict[tuple[date, str], list[CheckResult]] = defaultdict(list)
    for position, severity in sorted(reached.items()):
        observed = observations[position]
        failed[observed.day, observed.check].append(_failed(dataset, observed, severity, thresholds))
    return [
        result
        for day in sorted(days)
        for check in checks_for(dataset)
        for result in failed.get((day, check.name)) or [_passed(dataset, day, check.name, blocks=bool(check.block_at))]
    ]


def observation_frame(observations: Sequence[Observation]) -> "pd.DataFrame":
    """A row for each observation: its value in the column of its check, and in the one that blocks where it may."""
    import pandas as pd

    columns: dict[str, list[float | None]] = {}
    for check in CHECKS:
        columns[check.name] = [o.value if o.check == check.name else None for o in observations]
        if check.block_at is not None:
            columns[blocking_column(check.name)] = [
                o.blocking_value if o.check == check.name else None for o in observations
            ]
    return pd.DataFrame(columns, dtype="float64")


_BLOCKING_COLUMNS = frozenset(blocking_column(check.name) for check in CHECKS if check.block_at is not None)


def _passed(dataset: Dataset, day: date, check: str, *, blocks: bool) -> CheckResult:
    severity = Severity.ERROR if blocks else Severity.WARN
    return CheckResult(RAW + dataset.name, check, day, day, severity, passed=True)


def _failed(dataset: Dataset, observed: Observation, severity: Severity, thresholds: Thresholds) -> CheckResult:
    lacks = _lacks(observed, thresholds)
    informs = f" ({WOULD_BLOCK if severity is Severity.ERROR else WOULD_WARN}; {lacks})" if lacks else ""
    return CheckResult(
        asset=RAW + dataset.name,
        check_name=observed.check,
        first_date=observed.day,
        last_date=observed.day,
        severity=Severity.INFO if lacks else severity,
        passed=False,
        message=f"{observed.partner_id}: {observed.message}{informs}",
        failures=1,
        partner_id=observed.partner_id,
        sample=observed.sample,
    )


def _lacks(observed: Observation, thresholds: Thresholds) -> str:
    """What is too little to judge by, in a few words; empty where it is enough."""
    if observed.days < thresholds.min_days:
        return f"comparable days: {observed.days}, needed: {thresholds.min_days}"
    if observed.rows >= thresholds.min_rows:
        return ""
    limit, value = block_limit(observed.check, thresholds), observed.few_blocking_value
    if limit is not None and value is not None and value >= limit:
        return ""
    return f"rows to compare with: {observed.rows:,g}, needed: {thresholds.min_rows:,}"
