"""A landing report in sections of plain text: what the terminal and the page both show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assets.landing.report import LandingReport, SampleRow, Verdict
from cli.screen.causes import alike_days
from cli.screen.days import brief
from cli.screen.output import NOTHING, clean, written
from cli.screen.today import waiting_line
from expectations.results import CheckResult, Severity
from expectations.wording import LONGEST_NAME, shortened
from planning.look_back import required_snapshots

VERDICTS = {
    Verdict.CLEAN: "clean: everything would be loaded, and nothing needs attention",
    Verdict.REMARKS: "would be loaded; see the remarks",
    Verdict.REFUSED: "not fit to load: something would be refused or held, or no day could be built",
}
_MOST = 20
_MOST_VALUE = 60


@dataclass(frozen=True)
class Section:
    """A titled table; columns named in `numbers` hold figures."""

    title: str
    explanation: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[str] = frozenset()
    stacked: bool = False
    """Whether each row's last cell is long, and goes on a line of its own where lines are short."""
    left_out: int = 0
    """Rows that are not shown."""


def sections(report: LandingReport) -> Iterator[Section]:
    """The sections that have something to say, most important first."""
    found = (
        _datasets(report),
        _refusals(report),
        _reasons(report),
        _samples(report),
        _checks(report),
        _days(report),
        _columns(report),
        _unread(report),
    )
    yield from (section for section in found if section.rows)


def range_of(report: LandingReport) -> str:
    """The days that were looked at, in words."""
    if report.first is None:
        return "no partition"
    return f"{report.first} to {report.last}"


def _datasets(report: LandingReport) -> Section:
    rows = []
    for dataset in report.datasets:
        counts = dataset.rows
        figures = (
            len(dataset.partitions),
            sum(len(partition.files) for partition in dataset.partitions),
            counts.read + dataset.rows_refused,
            counts.accepted,
            counts.quarantined,
            counts.duplicate,
            dataset.rows_refused,
        )
        rows.append([dataset.name, *map(written, figures)])
    columns = ("Dataset", "Days", "Files", "Read", "Accepted", "Quarantined", "Repeated", "Refused")
    return Section("Datasets", "in rows", columns, rows, frozenset(columns[1:]))


def _refusals(report: LandingReport) -> Section:
    rows = []
    for dataset in report.datasets:
        problems = [
            (partition.day, problem)
            for partition in (*dataset.refused_before, *dataset.refused)
            for problem in ([file.problem for file in partition.files if file.problem] or [partition.cause])
        ]
        rows += [[dataset.name, days, cause] for days, cause in alike_days(problems)]
    return _capped("Refused partitions", "nothing of them would be loaded", ("Dataset", "Day", "Cause"), rows)


def _reasons(report: LandingReport) -> Section:
    rows = [
        [dataset.name, reason, written(count)]
        for dataset in report.datasets
        for reason, count in dataset.reasons.items()
    ]
    explanation = "rows per reason, those of refused partitions included"
    columns = ("Dataset", "Reason", "Rows")
    return Section("Rows that break the contract", explanation, columns, rows, frozenset({"Rows"}))


def _samples(report: LandingReport) -> Section:
    rows = [
        [
            f"{dataset.name}/{sample.day}/{clean(sample.file)}",
            written(sample.record),
            ", ".join(sample.reasons),
            clean("; ".join(sample.why)) or NOTHING,
            _values(sample),
        ]
        for dataset in report.datasets
        for sample in dataset.samples
    ]
    columns = ("File", "Record", "Reasons", "Why", "Row")
    explanation = "record 1 is the first after the header"
    return Section("Some of these rows", explanation, columns, rows, frozenset({"Record"}), stacked=True)


def _checks(report: LandingReport) -> Section:
    groups: dict[tuple[str, str, Severity], list[CheckResult]] = {}
    for result in report.checks:
        if not result.passed:
            groups.setdefault((result.asset, result.check_name, result.severity), []).append(result)
    effects = {Severity.ERROR: "blocks", Severity.WARN: "warns", Severity.INFO: "informs"}
    order = list(effects)
    rows = []
    for (asset, check, severity), results in sorted(groups.items(), key=lambda item: order.index(item[0][2])):
        first = results[0]
        named = first.partner_id is None or first.message.startswith(first.partner_id)
        partner = "" if named else f"partner {clean(first.partner_id)}: "
        values = [clean(_short(value)) for value in first.sample[0].values()] if first.sample else []
        example = f" ({', '.join(values)})" if values else ""
        said = f"{first.first_date}: {partner}{clean(shortened(first.message))}{example}"
        more = f"; and {len(results) - 1:,} more" if len(results) > 1 else ""
        rows.append([asset.rpartition("/")[2], check, effects[severity], said + more])
    passed = sum(result.passed for result in report.checks)
    return Section("Checks that failed", f"{passed:,} passed", ("Dataset", "Check", "Effect", "First"), rows)


def _days(report: LandingReport) -> Section:
    rows = [
        [name, f"missing: {brief(days)} ({len(days):,})"]
        if len(days) < _length(report)
        else [name, "no partition at all"]
        for name, days in report.missing()
    ]
    if report.as_of_days is not None and report.as_of_days.not_buildable:
        lost, built = report.as_of_days.not_buildable, report.as_of_days.buildable
        first = min(lost)
        rows.append(["as-of days", f"{len(built):,} can be built, {len(lost):,} can't: {brief(lost)}"])
        rows.append(["", f"{first}: {lost[first]}"])
    elif report.as_of_days is not None and not report.as_of_days.buildable:
        rows.append(["as-of days", "none can be built: there is no snapshot"])
    if report.today is not None:
        names = [
            dataset.name
            for dataset in report.datasets
            if dataset.name in required_snapshots()
            and any(partition.day == report.today for partition in dataset.partitions)
        ]
        rows.append(["today", waiting_line(names, report.today).removeprefix("today: ")])
    return Section("Days", f"of {range_of(report)}", ("Dataset", "What"), rows)


def _columns(report: LandingReport) -> Section:
    rows = [
        [dataset.name, clean(shortened(column, LONGEST_NAME)), brief(days)]
        for dataset in report.datasets
        for column, days in dataset.unexpected_columns.items()
    ]
    return _capped("Unexpected columns", "they are not read", ("Dataset", "Column", "Days"), rows)


def _unread(report: LandingReport) -> Section:
    rows = [[clean(path.path), path.why] for path in report.unread]
    return _capped("Not read", "files and folders", ("Path", "Why"), rows)


def _capped(title: str, explanation: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Section:
    return Section(title, explanation, columns, rows[:_MOST], left_out=max(len(rows) - _MOST, 0))


def _values(sample: SampleRow) -> str:
    if isinstance(sample.values, Mapping):
        return ", ".join(f"{name}={_short(value)}" for name, value in sample.values.items())
    return f"{len(sample.values)} fields: {', '.join(map(_short, sample.values))}"


def _short(value: str | None) -> str:
    if value is None:
        return NOTHING
    return clean(value if len(value) <= _MOST_VALUE else f"{value[:_MOST_VALUE]}…")


def _length(report: LandingReport) -> int:
    first, last = report.first or date.min, report.last or date.min
    return (last - first).days + 1
