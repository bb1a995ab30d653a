"""Usage under another hash key: nobody can be looked for in it, and its users count as other people."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assets.ingest.ingestion import ingest_partition
from assets.ingest.other_keys import days_under_other_keys
from assets.resources import Workspace
from cli.materialize import report_materialization
from expectations.contract import LICENSE_USAGE
from pipelines.commands.describing import describe_inputs
from pipelines.commands.erasure import OtherKeyError, UnknownSubjectError
from pipelines.commands.forget_holders import forget_holders
from pipelines.commands.materialize import Materialization
from pipelines.definitions import workspace_of
from pipelines.settings import Settings, load_settings

DAYS = [date(2026, 3, day) for day in (1, 2, 3)]
FIRST_KEY, SECOND_KEY = "the first of two keys", "the second of two keys"
HEADER = "partner_id,customer_id,subscription_id,product,user_id,activity_count\n"


def settings_of(root: Path, key: str | None) -> Settings:
    return load_settings(home=root / "home", landing=root / "landing", hash_key=key)


def load(workspace: Workspace, days: list[date]) -> None:
    with workspace.ledger() as ledger:
        for day in days:
            ingest_partition(
                *(workspace.landing_folder, workspace.lake, ledger, LICENSE_USAGE, day, workspace.ingest_rules())
            )


def delivered(root: Path, day: date) -> Path:
    return root / "landing" / "license_usage" / str(day) / "a.csv"


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    """Two days under the first key, whose landing files are gone, and one under the second."""
    (tmp_path / "home").mkdir()
    for day in DAYS:
        delivered(tmp_path, day).parent.mkdir(parents=True)
        delivered(tmp_path, day).write_text(HEADER + "p,c,s,meetings,jane,1\np,c,s,meetings,joe,1\n")
    load(workspace_of(settings_of(tmp_path, FIRST_KEY)), DAYS[:2])
    for day in DAYS[:2]:
        delivered(tmp_path, day).unlink()
    load(workspace_of(settings_of(tmp_path, SECOND_KEY)), DAYS[2:])
    return tmp_path


def everything(root: Path) -> dict[str, bytes]:
    """The files of lake and landing."""
    paths = [*(root / "home" / "lake").rglob("*"), *(root / "landing").rglob("*")]
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def forget(settings: Settings, *users: str) -> str:
    with pytest.raises((OtherKeyError, UnknownSubjectError)) as raised:
        forget_holders(settings, users, None, rewrite_landing=True, on_wait=print)
    return str(raised.value)


def test_a_user_is_not_said_to_be_gone_where_nobody_can_look(loaded: Path) -> None:
    before = everything(loaded)
    said = forget(settings_of(loaded, SECOND_KEY), "jane")
    assert said.startswith("usage of 2 days, the first 2026-03-01, was loaded under another hash key")
    assert "nothing was erased" in said
    assert "\n" not in said
    said = forget(settings_of(loaded, FIRST_KEY), "jane")
    assert said.startswith("usage of 1 day, the first 2026-03-03, was loaded under another hash key")
    assert everything(loaded) == before


def test_looking_makes_no_key(loaded: Path) -> None:
    said = forget(settings_of(loaded, None), "jane")
    assert said.startswith("usage of 3 days, the first 2026-03-01, ")
    assert not (loaded / "home" / "hash.key").exists()


def test_with_the_days_read_again_the_user_is_erased(loaded: Path) -> None:
    for day in DAYS[:2]:
        delivered(loaded, day).write_text(HEADER + "p,c,s,meetings,jane,1\n")
    settings = settings_of(loaded, SECOND_KEY)
    load(workspace_of(settings), DAYS)
    done = forget_holders(settings, ["jane"], None, rewrite_landing=True, on_wait=print)
    assert (done.partitions, len(done.landing_rewritten), done.landing_held) == (3, 3, [])
    assert forget(settings, "joe", "nobody").endswith(": nothing was erased")


def test_a_day_that_was_deleted_from_the_lake_hinders_nobody(loaded: Path) -> None:
    settings = settings_of(loaded, SECOND_KEY)
    workspace = workspace_of(settings)
    for day in DAYS[:2]:
        workspace.lake.accepted_path(LICENSE_USAGE, day).unlink()
    assert forget_holders(settings, ["jane"], None, rewrite_landing=True, on_wait=print).partitions == 1


def test_an_earlier_version_named_the_key_in_the_same_place(loaded: Path) -> None:
    workspace = workspace_of(settings_of(loaded, SECOND_KEY))
    with workspace.ledger() as ledger:
        for day in DAYS:
            record = ledger.partition(LICENSE_USAGE.name, day)
            assert record is not None
            key, facts = record.landing_signature.split(", ")[1], record.landing_signature.partition("\n")[2]
            ledger.record_loaded(replace(record, landing_signature=f"contract 1, {key}, share 0.05\n{facts}"))
        assert days_under_other_keys(workspace.lake, ledger, workspace.key_in_force()) == DAYS[:2]


@pytest.mark.parametrize(
    ("built", "told"),
    [
        ([DAYS[2]], "usage of 2 days was loaded under another hash key: its users count as other people"),
        ([date(2026, 5, 30)], "usage of 1 day was loaded under another hash key"),  # looks back to 2 March
        ([date(2026, 5, 31)], ""),
    ],
    ids=["both", "one", "none"],
)
def test_a_build_says_that_users_count_as_others(
    loaded: Path, built: list[date], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = workspace_of(settings_of(loaded, SECOND_KEY))
    with workspace.ledger() as ledger:
        inputs = describe_inputs(workspace, ledger, built, built[-1])
    report_materialization(Materialization(inputs=inputs), workspace.home)
    lines = [line for line in capsys.readouterr().out.splitlines() if "hash key" in line]
    assert [line[: len(told)] for line in lines] == ([told] if told else [])
