"""Landing checks: hand-written folders, and what is said of them; in the end nothing is left."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.landing.checking import CheckRequest, check_landing
from assets.landing.report import Verdict
from expectations.accounts import FileRows
from expectations.results import CheckResult
from sources.landing.folder import LandingFolder
from tests.reference.portfolios import write_portfolio
from tests.reference.raw import LOADED, MISSING, REFUSED, Landing
from tests.unit.assets.landing.checked import DAY, GOOD, NEWEST, NEXT, Silent, checked, failed, of, write, write_good


def test_a_clean_folder(tmp_path: Path, temporary: Path) -> None:
    landing = tmp_path / "landing"
    write_good(landing, DAY, NEXT)
    report = checked(landing)
    assert report.verdict is Verdict.CLEAN
    assert (report.first, report.last) == (DAY, NEXT)
    absent = dict.fromkeys(("contract_lines", "accounts"), FileRows(0, 0, 0, 0))
    assert {found.name: found.rows for found in report.datasets} == dict.fromkeys(GOOD, FileRows(4, 4, 0, 0)) | absent
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


def test_terms_and_accounts_of_nobody(tmp_path: Path) -> None:
    write_good(tmp_path, DAY)
    lines = (
        "p,c1,s1,meetings,EE,EUR,12.50,9,30,named_user,,",
        "p,c7,s1,meetings,STD,EUR,,,,,,",
        "p,c1,s8,calling,EE,EUR,,,,,,",
    )
    write(tmp_path, "contract_lines", DAY, *lines)
    write(tmp_path, "accounts", DAY, "p,c1,Kim Doe,,", "p,c7,,,")
    report = checked(tmp_path)
    assert failed(report) == [
        ("raw/contract_lines", "contract_lines_refer_to_customers", "customer_id not in customers: 1 (rows: 1)"),
        (
            "raw/contract_lines",
            "contract_lines_refer_to_license_assignments",
            "subscription_id, product, license_code not in license_assignments: 2 (rows: 2)",
        ),
        ("raw/accounts", "accounts_refer_to_customers", "customer_id not in customers: 1 (rows: 1)"),
    ]
    assert report.failed[1].sample == (
        {"partner_id": "p", "subscription_id": "s1", "product": "meetings", "license_code": "STD"},
        {"partner_id": "p", "subscription_id": "s8", "product": "calling", "license_code": "EE"},
    )
    assert report.verdict is Verdict.REMARKS


def test_a_refused_optional_partition_keeps_no_day_from_being_built(tmp_path: Path) -> None:
    write_good(tmp_path, DAY, NEXT)
    write(tmp_path, "contract_lines", DAY, "p,c1,s1,meetings,EE,eur,,,,,,")
    report = checked(tmp_path)
    (terms,) = [dataset for dataset in report.datasets if dataset.name == "contract_lines"]
    assert (terms.reasons, [part.day for part in terms.refused]) == ({"bad_currency": 1}, [DAY])
    assert terms.samples[0].why == ("currency 'eur' is no currency: three capital letters A-Z are expected",)
    assert report.as_of_days is not None and report.as_of_days.buildable == (DAY, NEXT)
    assert list(report.missing()) == [("contract_lines", [NEXT])]
    assert list(checked(tmp_path, first=NEXT).missing()) == [("contract_lines", [NEXT])]  # the first one was before


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
