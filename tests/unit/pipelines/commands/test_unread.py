"""What a run says of files and folders that nothing reads."""

from datetime import date

from pipelines.commands.unread import by_why, find_unread, naming_unread
from sources.landing.folder import LandingError, LandingFolder

DAY, OLD, TODAY = date(2026, 3, 1), date(2025, 1, 1), date(2026, 3, 2)


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_misspelt_folders_and_files_of_the_days_that_count(tmp_path):
    for name in (
        "Customers/2026-03-01/a.csv",
        "customers/2026-3-1/a.csv",
        "customers/2026-3-2/a.csv",
        "customers/2026-03-01/a.csv",
        "customers/2026-03-01/a.zip",
        "customers/2026-03-01/~$a.csv",
        "customers/2025-01-01/old.zip",
        "subscriptions/2026-03-01/b.xlsx",
        "subscriptions/2025-01-01/b.xlsx",
        "license_usage/2026-03-03/a.csv",
        ".git/config",
    ):
        touch(tmp_path / name)
    looked_at = {"customers": {DAY}, "subscriptions": {DAY}}
    found = find_unread(LandingFolder(tmp_path), TODAY, looked_at)
    assert [path.path for path in found if path.in_partition] == [
        "customers/2026-03-01/a.zip",
        "customers/2026-03-01/~$a.csv",
    ]
    outside = by_why([path for path in found if not path.in_partition])
    assert outside == {
        "no dataset has this name; is it customers?": ["Customers"],
        "its name is no day of the calendar, YYYY-MM-DD": ["customers/2026-3-1", "customers/2026-3-2"],
        "in the future (UTC)": ["license_usage/2026-03-03"],
        "holds no file that ends with .csv, .csv.gz or .parquet": ["subscriptions/2026-03-01"],
    }


def test_a_landing_folder_without_a_snapshot_names_what_lies_there(tmp_path):
    touch(tmp_path / "Subscription" / "2026-03-01" / "a.csv")
    error = naming_unread(LandingError("holds no snapshot"), find_unread(LandingFolder(tmp_path), TODAY, {}))
    assert str(error) == ("holds no snapshot; not read: Subscription (no dataset has this name; is it subscriptions?)")
    assert str(naming_unread(LandingError("holds no snapshot"), [])) == "holds no snapshot"


def test_a_folder_that_is_gone_holds_nothing(tmp_path):
    assert find_unread(LandingFolder(tmp_path / "gone"), TODAY, {}) == []
