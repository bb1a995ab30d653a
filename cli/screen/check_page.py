"""A landing report as one HTML file that needs nothing else, and as JSON."""

import json
from html import escape
from typing import Any

from assets.landing.report import DatasetReport, LandingReport, PartitionReport
from cli.screen.check_sections import VERDICTS, Section, range_of, sections
from expectations.accounts import FileRows
from expectations.results import CheckResult

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem }
.verdict { border-left: .4rem solid; padding: .4rem .8rem; font-weight: 600 }
.clean { border-color: #1a7f37 } .remarks { border-color: #bf8700 } .refused { border-color: #cf222e }
small, .more { color: #59636e; font-weight: 400 } .scroll { overflow-x: auto }
table { border-collapse: collapse } th, td { text-align: left; padding: .2rem .9rem .2rem 0; vertical-align: top }
th { font-weight: 600; border-bottom: 1px solid #d1d9e0 } td { border-bottom: 1px solid #eff2f5 }
.number { text-align: right; font-variant-numeric: tabular-nums }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3 }
th, td { border-color: #30363d } small, .more { color: #9198a1 } }
"""


def as_html(report: LandingReport) -> str:
    """The report as a page."""
    parts = [
        f'<p class="verdict {report.verdict.value}">{escape(VERDICTS[report.verdict])}</p>',
        *(_section(section) for section in sections(report)),
        _partitions(report),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Landing check: {report.verdict.value}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Landing check</h1>\n<p>{_text(str(report.landing))}, {escape(range_of(report))}</p>\n{body}\n"
        "</body>\n</html>\n"
    )


def as_json(report: LandingReport, exit_code: int) -> str:
    """The report as a JSON object; every count is in input rows."""
    days = report.as_of_days
    document: dict[str, Any] = {
        "landing": str(report.landing),
        "first_day": _day(report.first),
        "last_day": _day(report.last),
        "verdict": report.verdict.value,
        "exit_code": exit_code,
        "datasets": {dataset.name: _dataset(report, dataset) for dataset in report.datasets},
        "unread": [{"path": path.path, "why": path.why, "deliberate": path.deliberate} for path in report.unread],
        "checks": [_check(result) for result in report.checks],
        "provisional_as_of_date": _day(report.today),
        "as_of_days": None
        if days is None
        else {
            "buildable": [day.isoformat() for day in days.buildable],
            "not_buildable": {day.isoformat(): cause for day, cause in days.not_buildable.items()},
        },
    }
    return json.dumps(document, indent=2) + "\n"  # in ASCII: a file name's stray byte or a lone surrogate is no matter


def _dataset(report: LandingReport, dataset: DatasetReport) -> dict[str, Any]:
    return {
        "rows": _rows(dataset.rows),
        "rows_refused": dataset.rows_refused,
        "missing_days": [day.isoformat() for day in dict(report.missing()).get(dataset.name, ())],
        "reasons": dataset.reasons,
        "unexpected_columns": {
            column: [day.isoformat() for day in days] for column, days in dataset.unexpected_columns.items()
        },
        "samples": [
            {
                "day": sample.day.isoformat(),
                "file": sample.file,
                "record": sample.record,
                "reasons": list(sample.reasons),
                "values": sample.values,
                "why": list(sample.why),
            }
            for sample in dataset.samples
        ],
        "partitions": [_partition(partition) for partition in dataset.partitions],
        "refused_before": [_partition(partition) for partition in dataset.refused_before],
    }


def _partition(partition: PartitionReport) -> dict[str, Any]:
    return {
        "day": partition.day.isoformat(),
        "state": "refused" if partition.cause else "accepted",
        "cause": partition.cause or None,
        "reasons": dict(partition.reasons),
        "files": [
            {
                "name": file.name,
                "problem": file.problem or None,
                "rows": None if file.rows is None else _rows(file.rows),
            }
            for file in partition.files
        ],
    }


def _rows(rows: FileRows) -> dict[str, int]:
    return {"read": rows.read, "accepted": rows.accepted, "quarantined": rows.quarantined, "duplicate": rows.duplicate}


def _check(result: CheckResult) -> dict[str, Any]:
    return {
        "asset": result.asset,
        "check": result.check_name,
        "first_day": result.first_date.isoformat(),
        "last_day": result.last_date.isoformat(),
        "severity": result.severity.value,
        "passed": result.passed,
        "message": result.message,
        "failures": result.failures,
        "partner_id": result.partner_id,
        "sample": [dict(row) for row in result.sample],
    }


def _day(day: object) -> str | None:
    return None if day is None else str(day)


def _section(section: Section) -> str:
    more = f'<p class="more">and {section.left_out:,} more</p>' if section.left_out else ""
    about = f" <small>{_text(section.explanation)}</small>" if section.explanation else ""
    return f"<h2>{escape(section.title)}{about}</h2>\n{_table(section)}{more}"


def _partitions(report: LandingReport) -> str:
    """Every partition, folded away: a page may hold years."""
    columns = ("Dataset", "Day", "File", "Read", "Accepted", "Quarantined", "Duplicates", "Problem")
    rows = []
    for dataset in report.datasets:
        for partition in dataset.partitions:
            for file in partition.files:
                counts = [f"{count:,}" for count in _rows(file.rows).values()] if file.rows else [""] * 4
                rows.append([dataset.name, str(partition.day), file.name, *counts, file.problem or partition.cause])
    if not rows:
        return ""
    section = Section("Files", "", columns, rows, frozenset(columns[3:7]))
    return f"<details>\n<summary>Every file ({len(rows):,})</summary>\n{_table(section)}</details>"


def _table(section: Section) -> str:
    kinds = [' class="number"' if column in section.numbers else "" for column in section.columns]
    head = "".join(f"<th{kind}>{escape(column)}</th>" for column, kind in zip(section.columns, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{_text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>\n"
        for row in section.rows
    )
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n'


def _text(text: str) -> str:
    """Text that HTML can hold: delivered values may have anything in them."""
    return escape("".join(letter if letter.isprintable() else "�" for letter in text))
