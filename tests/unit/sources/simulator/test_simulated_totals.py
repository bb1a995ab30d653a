"""Simulated control totals, against the simulated files, counted row by row."""

import csv
from datetime import date
from pathlib import Path

from sources.simulator import simulate


def test_control_totals_state_what_the_files_hold(tmp_path: Path) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=12, seed=3, partners=3, with_control_totals=True)
    files = {path.parts[-3]: path for path in tmp_path.rglob("*.csv")}
    delivered = {"customers", "subscriptions", "license_assignments", "license_usage", "contract_lines", "accounts"}
    assert set(files) == {*delivered, "control_totals"}
    expected = {}
    for name in sorted(set(files) - {"control_totals"}):
        with files[name].open(newline="") as file:
            for row in csv.DictReader(file):
                rows, total, assigned = expected.get((row["partner_id"], name), (0, 0, 0))
                more = int(row.get("total_licenses", 0)), int(row.get("assigned_licenses", 0))
                expected[row["partner_id"], name] = rows + 1, total + more[0], assigned + more[1]
    with files["control_totals"].open(newline="") as file:
        stated = {
            (row["partner_id"], row["dataset"]): tuple(
                int(row[column] or 0) for column in ("rows", "total_licenses", "assigned_licenses")
            )
            for row in csv.DictReader(file)
        }
    assert stated == expected
    assert len({partner for partner, _ in stated}) == 3
