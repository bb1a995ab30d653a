"""The simulator: what it writes meets the raw contract, is reproducible, and fills every section of the dashboard.

The rules below are restated from the contract's text and the metric definitions; nothing is taken from the code.
"""

import csv
import errno
import gzip
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from cli.simulate import simulate as simulate_command
from sources.simulator import SimulationError, simulate

COLUMNS = {
    "customers": ["partner_id", "customer_id", "customer_name", "country_code", "created_on"],
    "subscriptions": [
        "partner_id", "customer_id", "subscription_id", "is_trial", "status", "start_date", "end_date", "auto_renew",
    ],
    "license_assignments": [
        "partner_id", "customer_id", "subscription_id", "product", "license_code", "license_name", "total_licenses",
        "assigned_licenses",
    ],
    "license_usage": ["partner_id", "customer_id", "subscription_id", "product", "user_id", "activity_count"],
}  # fmt: skip
KEYS = {
    "customers": ["partner_id", "customer_id"],
    "subscriptions": ["partner_id", "subscription_id"],
    "license_assignments": ["partner_id", "subscription_id", "product", "license_code"],
    "license_usage": ["partner_id", "subscription_id", "product", "user_id"],
}
NULLABLE = {"country_code", "created_on", "end_date", "license_name"}
PRODUCTS = {"meetings", "calling", "messaging", "call_on_webex", "contact_center", "devices", "other"}
STATUSES = {"active", "suspended", "cancelled", "expired", "pending"}

Row = dict[str, str]
SPRING = (date(2026, 3, 2), date(2026, 3, 15))  # two whole weeks, Monday to Sunday, without a holiday


def read(landing: Path, dataset: str, day: date) -> list[Row]:
    with (landing / dataset / day.isoformat() / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def days_between(first: date, last: date, step: int = 1) -> Iterator[date]:
    for offset in range(0, (last - first).days + 1, step):
        yield first + timedelta(days=offset)


def files_of(landing: Path) -> dict[str, bytes]:
    return {str(file.relative_to(landing)): file.read_bytes() for file in sorted(landing.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty customers of two partners over two weeks."""
    landing = tmp_path_factory.mktemp("spring")
    simulate(landing, *SPRING, customers=60, seed=11, partners=2)
    return landing


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> dict[date, list[Row]]:
    """The subscriptions of sixty small customers, day by day over two years."""
    landing = tmp_path_factory.mktemp("years")
    first, last = date(2024, 1, 1), date(2025, 12, 31)
    simulate(landing, first, last, customers=60, seed=5, seats=400)
    return {day: read(landing, "subscriptions", day) for day in days_between(first, last)}


def test_every_file_is_where_the_layout_says(spring: Path) -> None:
    expected = {f"{dataset}/{day.isoformat()}/{dataset}.csv" for dataset in COLUMNS for day in days_between(*SPRING)}
    assert set(files_of(spring)) == expected
    assert {path.name for dataset in COLUMNS for path in (spring / dataset).iterdir()} == {
        day.isoformat() for day in days_between(*SPRING)
    }


@pytest.mark.parametrize("dataset", COLUMNS)
def test_every_row_meets_the_raw_contract(spring: Path, dataset: str) -> None:
    for day in days_between(*SPRING):
        with (spring / dataset / day.isoformat() / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
            header, *records = list(csv.reader(file, strict=True))
        assert header == COLUMNS[dataset]
        assert records
        assert {len(record) for record in records} == {len(header)}
        rows = [dict(zip(header, record, strict=True)) for record in records]
        assert len({tuple(row[name] for name in KEYS[dataset]) for row in rows}) == len(rows)
        for row in rows:
            assert_meets_contract(row)


def assert_meets_contract(row: Row) -> None:
    assert all(value.strip() for name, value in row.items() if name not in NULLABLE), row
    for name in ("created_on", "start_date", "end_date"):
        if row.get(name):
            assert date.fromisoformat(row[name]).isoformat() == row[name]
    for name in ("is_trial", "auto_renew"):
        assert row.get(name, "true") in ("true", "false")
    for name, least in (("total_licenses", 0), ("assigned_licenses", 0), ("activity_count", 1)):
        if name in row:
            assert re.fullmatch("[0-9]+", row[name])
            assert int(row[name]) >= least
    assert row.get("status", "active") in STATUSES
    assert row.get("product", "other") in PRODUCTS
    if row.get("country_code"):
        assert re.fullmatch("[A-Z]{2}", row["country_code"])
    if row.get("end_date"):
        assert row["start_date"] <= row["end_date"]


def test_rows_refer_to_rows_of_the_same_day(spring: Path) -> None:
    for day in days_between(*SPRING):
        customers = {(row["partner_id"], row["customer_id"]) for row in read(spring, "customers", day)}
        subscriptions = {
            row["subscription_id"]: (row["partner_id"], row["customer_id"])
            for row in read(spring, "subscriptions", day)
        }
        assert set(subscriptions.values()) <= customers
        lines = read(spring, "license_assignments", day)
        for row in lines + read(spring, "license_usage", day):
            assert subscriptions[row["subscription_id"]] == (row["partner_id"], row["customer_id"])
        assert {row["subscription_id"] for row in lines} == set(subscriptions)


def test_holders_are_the_assigned_licences_of_subscriptions_in_use(spring: Path) -> None:
    for day in days_between(*SPRING):
        assigned: Counter[tuple[str, str]] = Counter()
        for row in read(spring, "license_assignments", day):
            assigned[row["subscription_id"], row["product"]] += int(row["assigned_licenses"])
        in_use = {
            row["subscription_id"]
            for row in read(spring, "subscriptions", day)
            if row["status"] == "active" and row["start_date"] <= day.isoformat() <= (row["end_date"] or "9999")
        }
        holders = Counter((row["subscription_id"], row["product"]) for row in read(spring, "license_usage", day))
        assert all(count <= assigned[key] for key, count in holders.items())
        assert {subscription for subscription, _ in holders} <= in_use


def test_holders_are_a_stable_population(spring: Path) -> None:
    """In two weeks, hardly more people are seen than licences are assigned: the same ones come back."""
    last = SPRING[1]
    assigned = sum(
        int(row["assigned_licenses"])
        for row in read(spring, "license_assignments", last)
        if row["product"] == "meetings"
    )
    seen = {
        (row["subscription_id"], row["user_id"])
        for day in days_between(*SPRING)
        for row in read(spring, "license_usage", day)
        if row["product"] == "meetings"
    }
    assert 0.6 * assigned < len(seen) < 1.05 * assigned


def test_weekends_are_quiet(spring: Path) -> None:
    by_weekday = defaultdict(list)
    for day in days_between(*SPRING):
        by_weekday[day.weekday() >= 5].append(len(read(spring, "license_usage", day)))
    assert mean(by_weekday[True]) < 0.2 * mean(by_weekday[False])
    assert max(by_weekday[True]) < min(by_weekday[False])


def test_holidays_are_quiet(tmp_path: Path) -> None:
    simulate(tmp_path, date(2025, 12, 23), date(2025, 12, 25), customers=40, seed=3)  # Tuesday to Thursday
    tuesday, _, christmas = (
        len(read(tmp_path, "license_usage", day)) for day in days_between(date(2025, 12, 23), date(2025, 12, 25))
    )
    assert christmas < 0.2 * tuesday


def test_partners_share_the_customers(spring: Path) -> None:
    counts = Counter(row["partner_id"] for row in read(spring, "customers", SPRING[0]))
    assert len(counts) == 2
    assert 54 <= sum(counts.values()) <= 62
    assert min(counts.values()) >= 25


def test_names_need_quoting_and_unicode(spring: Path) -> None:
    names = [row["customer_name"] for row in read(spring, "customers", SPRING[0])]
    assert all(any(character in name for name in names) for character in ',"&')
    assert any(not name.isascii() for name in names)


def test_both_products_and_others_exist(spring: Path) -> None:
    products = Counter(row["product"] for row in read(spring, "license_assignments", SPRING[0]))
    assert set(products) == PRODUCTS - {"other"}
    assert min(products["meetings"], products["calling"]) >= 10
    assert "call_on_webex" in {row["product"] for row in read(spring, "license_usage", SPRING[0])}


def test_customer_sizes_are_skewed(spring: Path) -> None:
    sizes: Counter[str] = Counter()
    for row in read(spring, "license_assignments", SPRING[0]):
        sizes[row["customer_id"]] += int(row["total_licenses"])
    assert mean(sizes.values()) > 1.4 * median(sizes.values())


def sections_on(subscriptions: list[Row], lines: list[Row], day: date) -> Counter[str]:
    """How many positions each dashboard section has, by the metric definitions (peers: all bands of a product)."""
    counts: Counter[str] = Counter()
    scope = {
        row["subscription_id"]: row
        for row in subscriptions
        if row["status"] in ("active", "suspended")
        and row["start_date"] <= day.isoformat() <= (row["end_date"] or "9999")
    }
    positions: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in lines:
        if row["product"] in ("meetings", "calling") and row["subscription_id"] in scope:
            positions[row["product"], row["subscription_id"]][0] += int(row["total_licenses"])
            positions[row["product"], row["subscription_id"]][1] += int(row["assigned_licenses"])
    for (_, subscription_id), (total, assigned) in positions.items():
        row = scope[subscription_id]
        ends_soon = bool(row["end_date"]) and (date.fromisoformat(row["end_date"]) - day).days <= 90
        renews = row["auto_renew"] == "true" and row["is_trial"] == "false"
        counts["recently_added"] += (day - date.fromisoformat(row["start_date"])).days <= 90
        counts["renewing"] += ends_soon and renews
        counts["expiring"] += ends_soon and not renews
        counts["over_limit"] += assigned > total
    for product in ("meetings", "calling"):
        ratios = [assigned / total for (name, _), (total, assigned) in positions.items() if name == product]
        quarter, middle, _ = quantiles(ratios, n=4, method="inclusive")
        counts["low_assignment"] += sum(ratio <= quarter and middle - ratio >= 0.1 for ratio in ratios)
    return counts


@pytest.mark.parametrize("seed", [1, 2, 42])
@pytest.mark.parametrize("first", [date(2020, 2, 1), date(2024, 8, 1), date(2026, 1, 1)])
def test_every_section_has_rows(tmp_path: Path, seed: int, first: date) -> None:
    last = first + timedelta(days=30)
    simulate(tmp_path, first, last, customers=60, seed=seed)
    for day in days_between(first, last, step=10):
        counts = sections_on(read(tmp_path, "subscriptions", day), read(tmp_path, "license_assignments", day), day)
        sections = ("recently_added", "expiring", "renewing", "low_assignment", "over_limit")
        assert all(counts[section] >= 3 for section in sections), (day, counts)


def test_assignment_ramps_up_after_the_start(tmp_path: Path) -> None:
    first, last = date(2026, 1, 1), date(2026, 4, 30)
    simulate(tmp_path, first, last, customers=60, seed=8)
    started = {
        row["subscription_id"]: date.fromisoformat(row["start_date"])
        for row in read(tmp_path, "subscriptions", last)
        if "2026-01-02" <= row["start_date"] <= "2026-02-28" and row["status"] == "active"
    }
    early = late = 0
    for subscription_id, start in started.items():
        for day, is_early in ((start, True), (last, False)):
            for row in read(tmp_path, "license_assignments", day):
                if row["subscription_id"] == subscription_id:
                    early += int(row["assigned_licenses"]) * is_early
                    late += int(row["assigned_licenses"]) * (not is_early)
    assert started
    assert early < 0.75 * late


def test_trials_convert_extend_and_lapse(years: dict[date, list[Row]]) -> None:
    ends: dict[str, set[str]] = defaultdict(set)
    starts: dict[str, set[str]] = defaultdict(set)
    owner: dict[str, str] = {}
    last_day_valid: dict[str, date] = {}
    paid_starts: dict[str, set[date]] = defaultdict(set)
    for day, rows in years.items():
        for row in rows:
            if row["is_trial"] == "false":
                paid_starts[row["customer_id"]].add(date.fromisoformat(row["start_date"]))
                assert re.fullmatch("Sub[0-9]{6,}", row["subscription_id"])
                continue
            assert row["subscription_id"].startswith("trialSub.")
            ends[row["subscription_id"]].add(row["end_date"])
            starts[row["subscription_id"]].add(row["start_date"])
            owner[row["subscription_id"]] = row["customer_id"]
            if row["status"] == "active":
                last_day_valid[row["subscription_id"]] = day
    over = {trial for trial, day in last_day_valid.items() if day < max(years) - timedelta(days=1)}
    converted = {trial for trial in over if last_day_valid[trial] + timedelta(days=1) in paid_starts[owner[trial]]}
    extended = {trial for trial in over if len(ends[trial]) > 1}
    assert all(len(days) == 1 for days in starts.values())
    assert len(converted) >= 10
    assert len(over - converted) >= 10
    assert len(extended) >= 5


def test_renewals_move_the_end_and_keep_the_start(years: dict[date, list[Row]]) -> None:
    ends: dict[str, list[str]] = defaultdict(list)
    starts: dict[str, set[str]] = defaultdict(set)
    flags: dict[str, set[str]] = defaultdict(set)
    statuses: Counter[str] = Counter()
    for rows in years.values():
        for row in rows:
            statuses[row["status"]] += 1
            if row["is_trial"] == "false":
                starts[row["subscription_id"]].add(row["start_date"])
                flags[row["subscription_id"]].add(row["auto_renew"])
                if row["end_date"] not in ends[row["subscription_id"]]:
                    ends[row["subscription_id"]].append(row["end_date"])
    assert all(len(days) == 1 for days in starts.values())
    assert all(days == sorted(days) for days in ends.values())
    assert sum(len(days) > 1 for days in ends.values()) >= 30
    assert sum(len(values) == 2 for values in flags.values()) >= 10
    assert any(days == [""] for days in ends.values())
    assert set(statuses) == STATUSES


def test_customers_come_and_go(tmp_path: Path) -> None:
    simulate(tmp_path, date(2025, 1, 1), date(2025, 12, 31), customers=60, seed=4, seats=300)
    january, december = (
        {row["customer_id"] for row in read(tmp_path, "customers", day)}
        for day in (date(2025, 1, 1), date(2025, 12, 31))
    )
    assert december - january
    assert january - december
    assert len(january & december) > 40


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, *SPRING, customers=12, seed=9, partners=2)
    simulate(tmp_path / "other", *SPRING, customers=12, seed=10, partners=2)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert files_of(tmp_path / "one") != files_of(tmp_path / "other")


def test_a_day_does_not_depend_on_the_range(tmp_path: Path) -> None:
    simulate(tmp_path / "long", date(2023, 1, 1), date(2026, 6, 30), customers=25, seed=9, seats=200)
    long = files_of(tmp_path / "long")
    for first, last in ((date(2023, 2, 20), date(2023, 2, 21)), (date(2025, 9, 1), date(2025, 9, 3))):
        short = files_of_range(tmp_path / f"{first}", first, last)
        assert short == {name: long[name] for name in short}


def files_of_range(landing: Path, first: date, last: date) -> dict[str, bytes]:
    simulate(landing, first, last, customers=25, seed=9, seats=200)
    return files_of(landing)


def test_the_formats_hold_the_same_rows(tmp_path: Path) -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 3)
    for file_format in ("csv", "csv.gz", "parquet"):
        simulate(tmp_path / file_format, first, last, customers=15, seed=6, file_format=file_format)
    plain, zipped, parquet = (files_of(tmp_path / name) for name in ("csv", "csv.gz", "parquet"))
    assert {f"{name}.gz" for name in plain} == set(zipped)
    for name, content in plain.items():
        assert gzip.decompress(zipped[f"{name}.gz"]) == content
        table = pq.read_table(tmp_path / "parquet" / name.replace(".csv", ".parquet"), partitioning=None)
        header, *records = list(csv.reader(content.decode().splitlines(), strict=True))
        assert table.column_names == header
        assert [[as_text(value) for value in row.values()] for row in table.to_pylist()] == records
    assert len(parquet) == len(plain)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_parquet_is_typed_and_its_text_is_plain(tmp_path: Path) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=15, seed=6, file_format="parquet")
    types = {
        field.name: str(field.type)
        for dataset in COLUMNS
        for field in pq.read_schema(tmp_path / dataset / day.isoformat() / f"{dataset}.parquet")
    }
    assert {types[name] for name in ("created_on", "start_date", "end_date")} == {"date32[day]"}
    assert {types[name] for name in ("total_licenses", "assigned_licenses", "activity_count")} == {"int64"}
    assert {types[name] for name in ("is_trial", "auto_renew")} == {"bool"}
    assert {types[name] for name in ("partner_id", "subscription_id", "product", "user_id")} == {"string"}


@pytest.mark.parametrize("seats", [3000, 30000])
def test_seats_scale_the_portfolio(tmp_path: Path, seats: int) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=300, seed=2, seats=seats)
    in_force = {row["subscription_id"] for row in read(tmp_path, "subscriptions", day) if row["status"] == "active"}
    bought = sum(
        int(row["total_licenses"])
        for row in read(tmp_path, "license_assignments", day)
        if row["product"] in ("meetings", "calling") and row["subscription_id"] in in_force
    )
    assert 0.75 * seats < bought < 1.25 * seats


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SimulationError, match="not empty"):
        simulate(tmp_path, *SPRING, customers=2, seed=1)
    assert list(files_of(tmp_path)) == ["notes.txt"]


def test_overwriting_replaces_the_days_of_the_range_alone(tmp_path: Path) -> None:
    landing, monday = tmp_path / "landing", date(2026, 3, 2)
    simulate(landing, monday, monday + timedelta(days=1), customers=3, seed=1)
    before = files_of(landing)
    leftover = landing / "customers" / "_2026-03-03.unfinished"
    leftover.mkdir()
    simulate(landing, monday + timedelta(days=1), monday + timedelta(days=2), customers=3, seed=2, overwrite=True)
    after = files_of(landing)
    assert not leftover.exists()
    for name, content in before.items():
        assert (after[name] == content) == ("2026-03-02" in name)
    assert any("2026-03-04" in name for name in after)


def test_a_failing_disk_leaves_the_partition_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=3, seed=1)
    before = files_of(tmp_path)

    def no_space(rows: object, stream: Any, options: object) -> None:
        stream.write(b"half a fi")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.csv.write_csv", no_space)
    with pytest.raises(OSError, match="No space left"):
        simulate(tmp_path, day, day, customers=3, seed=2, overwrite=True)
    assert files_of(tmp_path) == before


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(simulate_command)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_writes_and_says_what(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    result = run(str(landing), "--from", "2026-03-02", "--to", "2026-03-03", "--customers", "5", "--seed", "4")
    assert result.exit_code == 0, result.output
    rows = sum(len(read(landing, "license_usage", day)) for day in (date(2026, 3, 2), date(2026, 3, 3)))
    assert "2 days" in result.stdout
    assert f"{rows:,} usage rows" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2026-03-05", "--to", "2026-03-02"], "backwards"),
        (["--from", "2026-02-30", "--to", "2026-03-02"], "--from '2026-02-30' is no day of the calendar"),
        (["--from", "2026-03-01", "--to", "20260302"], "--to '20260302' is no day of the calendar"),
        (["--from", "2026-03-01", "--to", "2026-W10-1"], "--to '2026-W10-1' is no day of the calendar"),
        (["--from", "1999-03-01", "--to", "2026-03-02"], "outside 2018-01-01 to 2099-12-31"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--format", "xlsx"], "unknown format 'xlsx'"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--customers", "0"], "at least one customer"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--seed", "-1"], "negative"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--seats", "5"], "too few"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(tmp_path: Path, options: list[str], message: str) -> None:
    landing = tmp_path / "landing"
    result = run(str(landing), *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not landing.exists()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(str(tmp_path / "file" / "landing"), "--from", "2026-03-02", "--to", "2026-03-02", "--customers", "2")
    assert result.exit_code == 1
    assert "can't write" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_command_needs_no_orchestrator(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from cli.simulate import simulate; "
        "early = 'numpy' in sys.modules; "
        f"simulate(Path({str(tmp_path / 'landing')!r}), '2026-03-02', '2026-03-02', customers=2); "
        "print(early, sorted({'dagster', 'dbt', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False []"
