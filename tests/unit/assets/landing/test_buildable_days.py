"""Landing checks: which as-of days a folder can build, and what keeps the others from it."""

from datetime import date
from pathlib import Path

from assets.landing.report import Verdict
from expectations.results import Severity
from tests.unit.assets.landing.checked import DAY, GOOD, LATER, NEXT, checked, of, write, write_good


def test_gaps_and_datasets_that_are_missing(tmp_path: Path) -> None:
    for day in (DAY, LATER):
        write(tmp_path, "customers", day, *GOOD["customers"])
    report = checked(tmp_path)
    assert dict(report.missing())["customers"] == [NEXT, date(2026, 3, 3)]
    assert len(dict(report.missing())["license_usage"]) == 4
    assert report.as_of_days is not None
    assert report.as_of_days.buildable == ()
    assert report.as_of_days.not_buildable[DAY] == (
        "no subscriptions or license_assignments snapshot in 2026-02-26…2026-03-01"
    )
    only = checked(tmp_path, datasets=("customers",), first=LATER)
    assert only.verdict is Verdict.CLEAN
    assert only.as_of_days is None
    assert [found.name for found in only.datasets] == ["customers"]


def test_a_folder_of_which_no_day_can_be_built_is_not_fit_to_load(tmp_path: Path) -> None:
    write_good(tmp_path, DAY, NEXT)
    for day in (DAY, NEXT):
        (tmp_path / "customers" / day.isoformat() / "a.csv").unlink()
    report = checked(tmp_path)
    assert report.verdict is Verdict.REFUSED
    assert not any(found.refused for found in report.datasets)
    assert report.as_of_days is not None
    assert (report.as_of_days.buildable, set(report.as_of_days.not_buildable)) == ((), {DAY, NEXT})


def test_usage_alone_builds_no_day(tmp_path: Path) -> None:
    write(tmp_path, "license_usage", DAY, *GOOD["license_usage"])
    report = checked(tmp_path)
    assert report.verdict is Verdict.REFUSED
    assert report.as_of_days is not None
    assert (report.as_of_days.buildable, dict(report.as_of_days.not_buildable)) == ((), {})


def test_usage_before_the_first_snapshot_is_looked_back_on_and_no_day_to_build(tmp_path: Path) -> None:
    write(tmp_path, "license_usage", date(2026, 2, 27), *GOOD["license_usage"])
    write_good(tmp_path, DAY)
    report = checked(tmp_path)
    assert report.as_of_days is not None
    assert (report.as_of_days.buildable, dict(report.as_of_days.not_buildable)) == ((DAY,), {})


def test_days_that_a_load_does_not_build_by_itself(tmp_path: Path) -> None:
    write_good(tmp_path, DAY, NEXT, LATER)
    for limits, buildable, causes in (
        ({"first_date": NEXT}, (NEXT, date(2026, 3, 3), LATER), {}),
        (
            {"closed_before": LATER},
            (LATER,),
            dict.fromkeys((DAY, NEXT, date(2026, 3, 3)), "before 2026-03-04, PORTFOLIO_CLOSED_BEFORE"),
        ),
        ({"first_date": date(2026, 3, 5)}, (), {}),
    ):
        found = checked(tmp_path, **limits)
        assert found.as_of_days is not None
        assert (found.as_of_days.buildable, dict(found.as_of_days.not_buildable)) == (buildable, causes)
        assert (found.verdict is Verdict.REFUSED) is (not buildable)


def test_the_days_asked_for_see_what_they_look_back_on(tmp_path: Path) -> None:
    write_good(tmp_path, DAY, NEXT)
    write(tmp_path, "customers", NEXT, "p,c1", header="partner_id,customer_id")  # refused, and the newest of LATER
    write(tmp_path, "license_usage", NEXT, "p", header="partner_id")  # refused, and blocks no later day
    bridged = checked(tmp_path, first=date(2026, 3, 3), last=LATER)
    assert bridged.as_of_days is not None
    assert dict(bridged.as_of_days.not_buildable) == dict.fromkeys(
        (date(2026, 3, 3), LATER), "customers 2026-03-02 would be refused"
    )
    assert bridged.verdict is Verdict.REFUSED
    assert [found.partitions for found in bridged.datasets] == [[]] * 6
    write(tmp_path, "customers", NEXT, *GOOD["customers"])
    bridged = checked(tmp_path, first=date(2026, 3, 3), last=LATER)
    assert bridged.as_of_days is not None
    assert bridged.as_of_days.buildable == (date(2026, 3, 3), LATER)
    assert [part.day for part in of(bridged, "license_usage").refused_before] == [NEXT]
    assert bridged.verdict is Verdict.REMARKS


def test_a_day_asked_for_is_compared_with_the_days_before(tmp_path: Path) -> None:
    days = [date(2026, 3, number) for number in range(1, 7)]
    write_good(tmp_path, *days)
    for day in days[:-1]:
        write(tmp_path, "customers", day, *GOOD["customers"], *(f"p,d{number},Dent,," for number in range(3)))
    report = checked(tmp_path, first=days[-1])
    assert [(result.check_name, result.first_date) for result in report.checks if result.blocks] == [
        ("customers_lost", days[-1])  # three of five
    ]
    assert report.as_of_days is not None
    assert report.as_of_days.not_buildable == {
        days[-1]: "customers 2026-03-06 (check customers_lost failed) would be refused"
    }


def test_a_control_total_that_blocks_takes_its_day(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    header = "dataset,partner_id,rows,total_licenses,assigned_licenses"
    write(tmp_path, "control_totals", DAY, "customers,p,3,,", header=header)
    report = checked(tmp_path, control_severity=Severity.ERROR)
    assert report.as_of_days is not None
    assert report.as_of_days.not_buildable == {
        DAY: "customers 2026-03-01 (check control_totals failed) would be refused"
    }
