"""Landing checks: hand-written folders, and what is said of them; in the end nothing is left."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.landing.checking import CheckRequest, check_landing
from assets.landing.report import DatasetReport, LandingReport, Verdict
from expectations.accounts import FileRows
from expectations.contract import DATASETS
from expectations.results import CheckResult, Severity
from sources.landing.folder import LandingFolder
from tests.reference.portfolios import write_portfolio
from tests.reference.raw import LOADED, MISSING, REFUSED, Landing

DAY, NEXT, LATER = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 4)
NEWEST = date(2026, 3, 31)
GOOD = {
    "customers": ["p,c1,Acme,DE,2020-01-01", "p,c2,Bolt,,"],
    "subscriptions": ["p,c1,s1,false,active,2026-01-01,,true", "p,c2,s2,true,active,2026-01-01,2026-12-31,false"],
    "license_assignments": ["p,c1,s1,meetings,EE,,10,4", "p,c2,s2,calling,CC,,5,6"],
    "license_usage": ["p,c1,s1,meetings,ann,1", "p,c2,s2,calling,bob,2"],
}


class Silent:
    """Nobody watches."""

    def start(self, task: str, total: int) -> None:
        """Begin."""

    def advance(self, task: str, step: str = "") -> None:
        """Go on."""


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary files are in."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def write(landing: Path, dataset: str, day: date, *rows: str, name: str = "a.csv", header: str = "") -> Path:
    folder = landing / dataset / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join([header or ",".join(DATASETS[dataset].column_names), *rows]) + "\n")
    return path


def write_good(landing: Path, *days: date) -> None:
    for day in days:
        for dataset, rows in GOOD.items():
            write(landing, dataset, day, *rows)


def checked(landing: Path, **request: object) -> LandingReport:
    limits = {"newest": NEWEST, "max_quarantined_share": 0.5, "max_snapshot_age_days": 3} | request
    return check_landing(LandingFolder(landing), CheckRequest(**limits), Silent())  # type: ignore[arg-type]


def of(report: LandingReport, dataset: str) -> DatasetReport:
    return next(found for found in report.datasets if found.name == dataset)


def failed(report: LandingReport) -> list[tuple[str, str, str]]:
    return [(result.asset, result.check_name, result.message) for result in report.failed]


def test_a_clean_folder(tmp_path: Path, temporary: Path) -> None:
    landing = tmp_path / "landing"
    write_good(landing, DAY, NEXT)
    report = checked(landing)
    assert report.verdict is Verdict.CLEAN
    assert (report.first, report.last) == (DAY, NEXT)
    assert {found.name: found.rows for found in report.datasets} == dict.fromkeys(GOOD, FileRows(4, 4, 0, 0))
    assert report.as_of_days is not None
    assert (report.as_of_days.buildable, dict(report.as_of_days.not_buildable)) == ((DAY, NEXT), {})
    assert {result.check_name for result in report.checks} >= {"rows_add_up", "licenses_arrived", "contract"}
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["landing"]


def test_broken_rows_are_shown_and_who_they_name_is_not(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    write(
        tmp_path,
        "license_usage",
        DAY,
        "p,c1,s1,meetings,ann@example.org,1",
        "p,c1,s1,meetings,ann@example.org,0",
        "p,c1,s1,meetings,bob@example.org",
        "p,c1,s1,meetings, ,many",
        "p,c1,s1,meetings,cat@example.org,2",
        "p,c1,s1,meetings,cat@example.org,2",
    )
    report = checked(tmp_path)
    usage = of(report, "license_usage")
    assert usage.rows == FileRows(6, 3, 3, 0)
    assert usage.reasons == {"wrong_field_count": 1, "missing_required": 1, "bad_type": 1, "negative_count": 1}
    samples = {sample.record: (sample.reasons, sample.values) for sample in usage.samples}
    row = {"partner_id": "p", "customer_id": "c1", "subscription_id": "s1", "product": "meetings"}
    assert samples == {
        2: (("negative_count",), row | {"user_id": "•••", "activity_count": "0"}),
        3: (("wrong_field_count",), ["•••"] * 5),
        4: (("missing_required", "bad_type"), row | {"user_id": " ", "activity_count": "many"}),
    }
    assert report.verdict is Verdict.REMARKS


def test_refused_partitions_show_their_rows_too(tmp_path: Path) -> None:
    write_good(tmp_path, DAY, NEXT)
    write(tmp_path, "customers", DAY, "p,c1,Acme,DE,", "p,,Bolt,,", "p,,Coil,,", "p,c4,Dent,,soon")
    write(tmp_path, "customers", NEXT, "p,c1", header="partner_id,customer_id")
    report = checked(tmp_path, max_quarantined_rows=2)
    customers = of(report, "customers")
    assert report.verdict is Verdict.REFUSED
    assert [partition.cause for partition in customers.refused] == [
        "3 of 4 rows (75.0 %) break the contract, more than the 50 % allowed: missing_required 2, bad_type 1",
        "a.csv: lacks the required columns customer_name",
    ]
    assert (customers.rows, customers.rows_refused) == (FileRows(0, 0, 0, 0), 4)
    assert [partition.files[0].rows for partition in customers.partitions] == [FileRows(4, 1, 3, 0), None]
    assert [sample.record for sample in customers.samples] == [2, 3, 4]
    assert customers.samples[2].why == (
        "created_on 'soon' is no date: a day of the calendar, as YYYY-MM-DD, is expected",
    )
    assert report.as_of_days is not None
    assert report.as_of_days.not_buildable == {
        DAY: "customers 2026-03-01 would be refused",
        NEXT: "customers 2026-03-02 would be refused",
    }


def test_references_that_lead_nowhere(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    write(tmp_path, "subscriptions", DAY, *GOOD["subscriptions"], "p,c7,s7,true,active,2026-01-01,,false")
    write(
        tmp_path,
        "license_assignments",
        DAY,
        *GOOD["license_assignments"],
        *(f"p,c1,s8,meetings,{n},,1,1" for n in "ab"),
    )
    write(tmp_path, "license_usage", DAY, *GOOD["license_usage"], "q,c1,s9,meetings,ann,1")  # q has no snapshot
    report = checked(tmp_path)
    assert failed(report) == [
        ("raw/subscriptions", "subscriptions_refer_to_customers", "customer_id not in customers: 1 (rows: 1)"),
        (
            "raw/license_assignments",
            "license_assignments_refer_to_subscriptions",
            "subscription_id not in subscriptions: 1 (rows: 2)",
        ),
    ]
    assert report.failed[0].sample == ({"partner_id": "p", "customer_id": "c7"},)
    assert report.verdict is Verdict.REMARKS


def test_a_subscription_id_that_another_customer_took_over(tmp_path: Path) -> None:
    write_good(tmp_path, DAY, NEXT)
    write(tmp_path, "subscriptions", NEXT, "p,c2,s1,false,active,2026-03-02,,true", GOOD["subscriptions"][1])
    write(tmp_path, "license_assignments", NEXT, "p,c2,s1,meetings,EE,,10,4", GOOD["license_assignments"][1])
    write(tmp_path, "license_usage", NEXT, "p,c2,s1,meetings,cid,1")
    report = checked(tmp_path)
    assert failed(report) == [
        (
            "raw/subscriptions",
            "subscriptions_keep_their_customer",
            "used by another customer's holders in the 90 days before: 1",
        )
    ]
    assert [result.first_date for result in report.failed] == [NEXT]
    assert report.failed[0].sample == (
        {"partner_id": "p", "subscription_id": "s1", "customer_id": "c2", "used_by_customer_id": "c1"},
    )
    assert report.verdict is Verdict.REMARKS


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
    assert [found.partitions for found in bridged.datasets] == [[]] * 4
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


def test_unexpected_columns_and_what_is_not_read(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    header = "partner_id,customer_id,customer_name,Country_Code"
    write(tmp_path, "customers", DAY, "p,c1,Acme,DE", "p,c2,Bolt,", header=header)
    (tmp_path / "customers" / "2026-03-01" / "_SUCCESS").touch()
    (tmp_path / "customers" / "2026-03-01" / "a.xlsx").touch()
    (tmp_path / "customers" / "2026-13-01").mkdir()
    (tmp_path / "customers" / "2019-01-01").mkdir()
    (tmp_path / "customers" / "2099-01-01").mkdir()
    (tmp_path / "license_usage" / "2026-03-02").mkdir()
    (tmp_path / "license_usage" / "2026-03-03").touch()
    (tmp_path / "License-Usage").mkdir()
    (tmp_path / "readme.txt").touch()
    report = checked(tmp_path)
    assert of(report, "customers").unexpected_columns == {"Country_Code": [DAY]}
    assert {path.path: path.why.partition(",")[0] for path in report.unread} == {
        "License-Usage": "no dataset has this name; is it license_usage?",
        "customers/2019-01-01": "before 2019-10-01",
        "customers/2026-03-01/_SUCCESS": "its name begins with . or _",
        "customers/2026-03-01/a.xlsx": "its name does not end with .csv",
        "customers/2026-13-01": "its name is no day of the calendar",
        "customers/2099-01-01": "in the future (UTC)",
        "license_usage/2026-03-02": "holds no file that ends with .csv",
        "license_usage/2026-03-03": "a file",
        "readme.txt": "a file beside the dataset folders",
    }
    assert report.verdict is Verdict.REMARKS


def test_a_file_whose_maker_says_that_it_is_no_data_is_no_remark(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    (tmp_path / "customers" / "2026-03-01" / "_SUCCESS").touch()
    (tmp_path / "customers" / "2026-03-01" / "~$export.csv").touch()
    (tmp_path / "~$notes.xlsx").touch()
    report = checked(tmp_path)
    assert [path.deliberate for path in report.unread] == [True] * 3
    assert report.verdict is Verdict.CLEAN


def test_an_empty_folder_is_nothing_to_load(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = checked(tmp_path / "empty")
    assert (report.first, report.last, report.verdict) == (None, None, Verdict.REFUSED)


def test_control_totals_are_compared(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    folder = tmp_path / "control_totals" / DAY.isoformat()
    folder.mkdir(parents=True)
    (folder / "totals.csv").write_text(
        "partner_id,dataset,rows,total_licenses,assigned_licenses\n"
        "p,customers,2,,\np,license_assignments,2,15,11\np,license_usage,5,,\n"
    )
    report = checked(tmp_path)
    assert failed(report) == [
        ("raw/license_assignments", "control_totals", "11 assigned licences stated, 10 accepted"),
        ("raw/license_usage", "control_totals", "5 rows stated, 2 delivered"),
    ]


def test_an_interrupt_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    landing = tmp_path / "landing"
    write_good(landing, DAY)

    class Interrupted(Silent):
        def start(self, task: str, total: int) -> None:
            if task == "checks":
                assert list(temporary.iterdir())  # the work has begun
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_landing(LandingFolder(landing), CheckRequest(NEWEST, 0.05, 3), Interrupted())
    assert list(temporary.iterdir()) == []


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_any_portfolio_is_judged_as_a_second_reading_judges_it(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_portfolio(seed, Path(folder))
        naive = Landing(Path(folder))
        report = checked(Path(folder), max_quarantined_share=0.05, newest=date(2099, 1, 1))
        assert report.first is not None and report.last is not None
        for dataset in report.datasets:
            refused = {partition.day for partition in dataset.refused}
            by_day = {partition.day: partition for partition in dataset.partitions}
            for expected in naive.partitions(report.first, report.last):
                if expected.dataset != dataset.name:
                    continue
                state = REFUSED if expected.day in refused else LOADED if expected.day in by_day else MISSING
                assert state == expected.state, (dataset.name, expected.day)
                if state == LOADED:
                    bad = len(expected.quarantined)
                    rows = FileRows(expected.rows_read, expected.rows_accepted, bad, expected.rows_duplicate)
                    assert by_day[expected.day].rows == rows
        assert not [result for result in report.checks if result.blocks and is_reconciliation(result)]


def is_reconciliation(result: CheckResult) -> bool:
    return result.check_name in ("rows_add_up", "licenses_arrived")
