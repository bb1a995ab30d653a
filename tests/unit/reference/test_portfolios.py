"""The random portfolios hold what they promise: every situation occurs, and a seed always writes the same folder."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from ...reference.contract import DATASETS
from ...reference.marts import Build, reference_build
from ...reference.portfolios import write_portfolio
from ...reference.raw import LOADED, REFUSED, Landing, Partition

SEEDS = range(8)
REASONS = {
    "wrong_field_count",
    "missing_required",
    "bad_type",
    "negative_count",
    "out_of_range",
    "bad_currency",
    "unknown_buying_model",
    "unknown_status",
    "unknown_product",
    "end_before_start",
    "wrong_partition_date",
    "duplicate_key",
}


@pytest.fixture(scope="module")
def portfolios(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[list[Partition], Build]]:
    written = []
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"seed-{seed}")
        first, last = write_portfolio(seed, folder)
        landing = Landing(folder)
        build = reference_build(landing, first, last)
        written.append((list(landing.partitions(first - timedelta(days=100), last)), build))
    return written


def test_a_seed_always_writes_the_same_folder(tmp_path: Path) -> None:
    assert write_portfolio(3, tmp_path / "a") == write_portfolio(3, tmp_path / "b")
    one, two = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in "ab"
    )
    assert one == two


def test_rows_read_are_accepted_quarantined_or_duplicates(
    portfolios: list[tuple[list[Partition], Build]],
) -> None:
    for partitions, _ in portfolios:
        for p in partitions:
            assert p.rows_read == p.rows_accepted + len(p.quarantined) + p.rows_duplicate, p


def test_every_state_reason_and_format_occurs(portfolios: list[tuple[list[Partition], Build]]) -> None:
    seen = Counter((p.dataset, p.state) for partitions, _ in portfolios for p in partitions)
    assert all(seen[dataset.name, state] for dataset in DATASETS for state in (LOADED, REFUSED, "missing")), seen
    loaded = [p for partitions, _ in portfolios for p in partitions if p.state == LOADED]
    assert {reason for p in loaded for row in p.quarantined for reason in row.reasons} == REASONS
    assert any(len(row.reasons) > 1 for p in loaded for row in p.quarantined)
    assert any(p.dataset == "license_usage" and p.rows_read == 0 for p in loaded)
    assert any(len(p.files) > 1 for p in loaded)
    assert {Path(name).suffix.lower() for p in loaded for name in p.files} == {".csv", ".gz", ".parquet"}
    assert any(p.rows_duplicate for p in loaded)
    assert any(20 * _broken(p) == p.rows_read > 0 for p in loaded), "no partition at exactly 5 %"


def _broken(partition: Partition) -> int:
    return sum(row.reasons != {"duplicate_key"} for row in partition.quarantined)


def test_every_kind_of_day_and_row_occurs(portfolios: list[tuple[list[Partition], Build]]) -> None:
    builds = [build for _, build in portfolios]
    assert any(build.blocked_days for build in builds)
    assert any(build.days_without_snapshot for build in builds)
    assert any(build.exit_code == 0 for build in builds) and any(build.exit_code == 3 for build in builds)
    positions = [row for build in builds for row in build.marts["license_positions"]]
    for flag in ("is_recently_added", "is_expiring", "is_renewing", "is_over_limit", "is_low_assignment"):
        assert {row[flag] for row in positions} == {True, False}, flag
    assert {0, 89, 90, 91} <= {row["days_since_added"] for row in positions}
    assert {0, 1, 89, 90, 91, None} <= {row["days_until_end"] for row in positions}
    groups = {row["peer_group"] for row in positions}
    assert {None, "meetings 25-99", "meetings all", "calling all"} <= groups
    assert any(row["weekly_usage_change"] is None for row in positions)
    assert any(row["weekly_usage_change"] for row in positions)
    assert any(row["snapshot_date"] < row["as_of_date"] for row in positions)
    assert any(row["used_licenses_90d"] > row["used_licenses"] for row in positions)
    assert any(row["customer_name"] == row["customer_id"] for row in positions)
    assert any(row["is_trial"] and row["auto_renew"] and row["is_expiring"] for row in positions)
    assert any(row["assignment_ratio"] == row["peer_p25_ratio"] and row["is_low_assignment"] for row in positions)
