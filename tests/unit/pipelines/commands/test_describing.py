"""What a run says of missing partitions: of those that days need, and of optional ones."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.ingest.ingestion import ingest_partition
from expectations.contract import DATASETS
from pipelines.commands.describing import describe_inputs
from pipelines.definitions import workspace_of
from pipelines.settings import load_settings

DAY = date(2026, 3, 20)
ROWS = {"customers": "p,c,Ltd,,", "accounts": "p,c,Kim Doe,,"}


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def missing(root: Path, dataset: str, landed: list[date], ingested: list[date]) -> list[date]:
    """The days that are said to be missing by a run of one day."""
    (root / "home").mkdir()
    workspace = workspace_of(
        load_settings(home=root / "home", landing=root / "landing", hash_key="a key of sixteen letters")
    )
    for day in landed:
        file = root / "landing" / dataset / str(day) / "a.csv"
        file.parent.mkdir(parents=True)
        file.write_text(f"{','.join(DATASETS[dataset].column_names)}\n{ROWS[dataset]}\n")
    with workspace.ledger() as ledger:
        for day in ingested:
            ingest_partition(
                *(workspace.landing_folder, workspace.lake, ledger, DATASETS[dataset], day, workspace.ingest_rules())
            )
        return list(describe_inputs(workspace, ledger, [DAY], DAY).missing.get(dataset, ()))


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ([], []),
        ([2], [1, 0]),  # nothing is said of the day before the first one
        ([0], []),
        ([3, 0], [2, 1]),
        ([30], [3, 2, 1, 0]),  # long before what the day sees: the feed has ended
    ],
)
def test_an_optional_dataset_is_missing_from_its_first_day_on(
    tmp_path: Path, delivered: list[int], expected: list[int]
) -> None:
    days = [ago(offset) for offset in delivered]
    assert missing(tmp_path, "accounts", days, days) == [ago(offset) for offset in expected]


def test_the_first_day_may_be_in_landing_alone(tmp_path: Path) -> None:
    assert missing(tmp_path, "accounts", [ago(30), ago(1)], [ago(1)]) == [ago(3), ago(2), ago(0)]


def test_a_dataset_that_days_need_is_missing_within_what_they_look_back_on(tmp_path: Path) -> None:
    assert missing(tmp_path, "customers", [ago(30), ago(1)], [ago(30), ago(1)]) == [ago(0)]


def test_what_lies_between_two_windows_was_not_asked_for_and_is_not_missing(tmp_path: Path) -> None:
    """A day looks at snapshots of 0, 6 and 7 days ago, each with three days before it to bridge: 4 and 5 are none."""
    there = [ago(offset) for offset in (10, 7, 3, 0)]
    assert missing(tmp_path, "customers", [ago(5), ago(4), *there], there) == [ago(days) for days in (9, 8, 6, 2, 1)]
