"""The contract's rules for rows, partitions and blocked days."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from ...reference.contract import CUSTOMERS, LICENSE_USAGE, SUBSCRIPTIONS
from ...reference.metrics import is_blocked
from ...reference.raw import LOADED, MISSING, REFUSED, Landing, Partition, Quarantined, read_partition

DAY = date(2024, 3, 1)
CUSTOMER_HEADER = "partner_id,customer_id,customer_name,country_code,created_on"
USAGE_HEADER = "partner_id,customer_id,subscription_id,product,user_id,activity_count"


def land(landing: Path, dataset: str, day: date, *lines: str, name: str = "export.csv") -> None:
    folder = landing / dataset / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def customers(landing: Path, *lines: str) -> Partition:
    land(landing, "customers", DAY, CUSTOMER_HEADER, *lines)
    return read_partition(landing, CUSTOMERS, DAY)


def good_customers(count: int) -> list[str]:
    return [f"p,c{number},Name,," for number in range(count)]


def test_the_last_of_equal_rows_stays_before_keys_are_compared(tmp_path: Path) -> None:
    partition = customers(tmp_path, "p,c,First,,", "p,c,Second,,", "p,c,First, ,")
    assert [row["customer_name"] for row in partition.rows] == ["First"]
    assert partition.rows_duplicate == 1
    assert partition.quarantined == [Quarantined("export.csv", 2, frozenset({"duplicate_key"}))]


def test_usage_rows_of_one_key_add_up_over_files(tmp_path: Path) -> None:
    land(tmp_path, "license_usage", DAY, USAGE_HEADER, "p,c,s,meetings,u,2", "p,c,s,meetings,u,2")
    land(tmp_path, "license_usage", DAY, USAGE_HEADER, "p,c,s,meetings,u,3", name="late.csv")
    partition = read_partition(tmp_path, LICENSE_USAGE, DAY)
    assert [row["activity_count"] for row in partition.rows] == [7]
    assert (partition.rows_read, partition.rows_accepted, partition.rows_duplicate) == (3, 3, 0)


@pytest.mark.parametrize(
    ("good", "bad", "state"), [(76, 4, LOADED), (75, 4, REFUSED), (1, 3, LOADED), (1, 4, REFUSED), (0, 1, REFUSED)]
)
def test_the_breaker_trips_above_five_percent_and_three_rows(tmp_path: Path, good: int, bad: int, state: str) -> None:
    assert customers(tmp_path, *good_customers(good), *["p,,Nobody,,"] * bad).state == state


def test_duplicate_keys_do_not_trip_the_breaker(tmp_path: Path) -> None:
    assert customers(tmp_path, "p,c,One,,", "p,c,Two,,", "p,c,Three,,").state == LOADED


def test_a_snapshot_without_rows_is_refused_and_an_empty_usage_day_is_loaded(tmp_path: Path) -> None:
    assert customers(tmp_path).state == REFUSED
    land(tmp_path, "license_usage", DAY, USAGE_HEADER)
    assert read_partition(tmp_path, LICENSE_USAGE, DAY).state == LOADED


def test_every_reason_that_applies_is_named(tmp_path: Path) -> None:
    header = ",".join([*(column.name for column in SUBSCRIPTIONS.columns), "snapshot_date"])
    land(
        tmp_path,
        "subscriptions",
        DAY,
        header,
        "p,,s,yes,Active,2024-03-02,2024-03-01,0,2024-03-02",
        "p,c,s,yes",
        "p,c,s,1,active,2024-03-02,,0,",
    )
    reasons = [row.reasons for row in read_partition(tmp_path, SUBSCRIPTIONS, DAY).quarantined]
    assert reasons == [
        {"missing_required", "bad_type", "unknown_status", "end_before_start", "wrong_partition_date"},
        {"wrong_field_count"},
    ]


@pytest.mark.parametrize(
    "header",
    [
        "partner_id,customer_id,country_code",
        "Partner_ID,customer_id,customer_name",
        "partner_id,customer_id,customer_name,partner_id",
        '"partner_id,customer_id,customer_name',
    ],
)
def test_a_file_that_lacks_a_column_refuses_the_partition(tmp_path: Path, header: str) -> None:
    land(tmp_path, "customers", DAY, CUSTOMER_HEADER, *good_customers(3))
    land(tmp_path, "customers", DAY, header, name="late.csv")
    partition = read_partition(tmp_path, CUSTOMERS, DAY)
    assert (partition.state, partition.rows) == (REFUSED, [])
    assert partition.error is not None and partition.error.startswith("late.csv: ")


def test_ignored_files_make_no_partition(tmp_path: Path) -> None:
    land(tmp_path, "customers", DAY, CUSTOMER_HEADER, name="_part.csv")
    land(tmp_path, "customers", DAY, CUSTOMER_HEADER, name="export.txt")
    land(tmp_path, "customers", DAY, CUSTOMER_HEADER, name="~$export.csv")
    partition = read_partition(tmp_path, CUSTOMERS, DAY)
    assert (partition.state, partition.ignored_files) == (MISSING, ["_part.csv", "export.txt", "~$export.csv"])


def test_endings_count_in_any_case(tmp_path: Path) -> None:
    land(tmp_path, "customers", DAY, CUSTOMER_HEADER, *good_customers(2), name="EXPORT.CSV")
    partition = read_partition(tmp_path, CUSTOMERS, DAY)
    assert (partition.state, partition.files, partition.rows_read) == (LOADED, ["EXPORT.CSV"], 2)


def test_a_refused_snapshot_blocks_until_a_newer_partition_or_its_age(tmp_path: Path) -> None:
    customers(tmp_path)
    blocked = [is_blocked(Landing(tmp_path), DAY + timedelta(days=age)) for age in range(-1, 5)]
    assert blocked == [False, True, True, True, True, False]
    land(tmp_path, "customers", DAY + timedelta(days=2), CUSTOMER_HEADER, *good_customers(1))
    blocked = [is_blocked(Landing(tmp_path), DAY + timedelta(days=age)) for age in range(-1, 5)]
    assert blocked == [False, True, True, False, False, False]


def test_refused_usage_blocks_its_own_day_only(tmp_path: Path) -> None:
    land(tmp_path, "license_usage", DAY, USAGE_HEADER, *["p,c,s,meetings,u,0"] * 4)
    landing = Landing(tmp_path)
    assert landing.partition(LICENSE_USAGE, DAY).quarantined[0].reasons == {"negative_count"}
    assert [is_blocked(landing, DAY + timedelta(days=age)) for age in (-1, 0, 1)] == [False, True, False]
