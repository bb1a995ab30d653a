"""Usage into landing: nothing lost, nothing doubled, however often a day is read and whoever was killed."""

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.landing.folder import LandingFolder
from sources.webex.counting import Usage
from sources.webex.usage import Flush
from sources.webex.usage_landing import land_usage
from sources.webex.usage_state import Kind

from .virtual_time import Clock

DAY, RUN = date(2026, 3, 9), date(2026, 3, 10)
HEADER = "partner_id,customer_id,subscription_id,product,user_id,activity_count\n"


def land(folder: Path, read: dict[tuple[str, str], int], run: date = RUN, *, even_empty: bool = True) -> int:
    """Usage by subscription and user."""
    counts = {("c", subscription, "calling", user): count for (subscription, user), count in read.items()}
    return land_usage(LandingFolder(folder), DAY, run, "p", counts, even_empty=even_empty)


def landed(folder: Path) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for file in sorted((folder / "license_usage" / str(DAY)).glob("*.csv")):
        with file.open() as stream:
            for row in csv.DictReader(stream):
                found[row["subscription_id"], row["user_id"]] += int(row["activity_count"])
    return found


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "license_usage" / str(DAY)).iterdir())


def test_what_is_new_is_another_file(tmp_path: Path) -> None:
    assert land(tmp_path, {("S", "u"): 2}) == 2
    assert land(tmp_path, {("S", "u"): 3, ("S", "v"): 1}, RUN + timedelta(days=1)) == 2
    assert files(tmp_path) == ["webex-2026-03-10.csv", "webex-2026-03-11.csv"]
    second = tmp_path / "license_usage" / str(DAY) / "webex-2026-03-11.csv"
    assert second.read_text() == f"{HEADER}p,c,S,calling,u,1\np,c,S,calling,v,1\n"
    assert landed(tmp_path) == {("S", "u"): 3, ("S", "v"): 1}


def test_a_run_that_is_killed_and_run_again_leaves_the_same_file(tmp_path: Path) -> None:
    land(tmp_path / "a", {("S", "u"): 2})
    land(tmp_path / "a", {("S", "u"): 2, ("S", "v"): 1})
    land(tmp_path / "b", {("S", "u"): 2, ("S", "v"): 1})
    contents = [
        (tmp_path / name / "license_usage" / str(DAY) / "webex-2026-03-10.csv").read_bytes() for name in ("a", "b")
    ]
    assert contents[0] == contents[1]


def test_a_licence_that_moved_to_another_subscription_is_not_counted_again(tmp_path: Path) -> None:
    land(tmp_path, {("S", "u"): 3})
    assert land(tmp_path, {("T", "u"): 4}, RUN + timedelta(days=1)) == 1
    assert landed(tmp_path) == {("S", "u"): 3, ("T", "u"): 1}


def test_files_of_others_count_for_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "license_usage" / str(DAY)
    folder.mkdir(parents=True)
    for name in ("crm.csv", "webex-export.csv"):
        (folder / name).write_text(f"{HEADER}p,c,S,calling,u,7\n")
    assert land(tmp_path, {("S", "u"): 2}) == 2
    assert files(tmp_path) == ["crm.csv", "webex-2026-03-10.csv", "webex-export.csv"]


def test_another_partner_s_usage_is_not_ours(tmp_path: Path) -> None:
    land_usage(LandingFolder(tmp_path), DAY, RUN, "other", {("c", "S", "calling", "u"): 5}, even_empty=True)
    assert land(tmp_path, {("S", "u"): 2}, RUN + timedelta(days=1)) == 2


@pytest.mark.parametrize("even_empty", [True, False])
def test_a_day_without_usage_is_a_header_where_that_is_wanted(tmp_path: Path, even_empty: bool) -> None:
    assert land(tmp_path, {}, even_empty=even_empty) == 0
    folder = tmp_path / "license_usage" / str(DAY)
    assert folder.exists() == even_empty
    if even_empty:
        assert (folder / "webex-2026-03-10.csv").read_text() == HEADER


def test_nothing_new_leaves_the_partition_alone(tmp_path: Path) -> None:
    land(tmp_path, {("S", "u"): 2})
    before = LandingFolder(tmp_path).partition("license_usage", DAY)
    land(tmp_path, {("S", "u"): 1}, RUN + timedelta(days=1))
    after = LandingFolder(tmp_path).partition("license_usage", DAY)
    assert before is not None
    assert after is not None
    assert before.signature() == after.signature()


READ = st.dictionaries(st.tuples(st.sampled_from("ST"), st.sampled_from("uv")), st.integers(1, 5), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(READ, min_size=1, max_size=4))
def test_in_the_end_a_person_has_the_most_that_was_ever_read(
    tmp_path_factory: pytest.TempPathFactory, reads: list[dict[tuple[str, str], int]]
) -> None:
    folder = tmp_path_factory.mktemp("landing")
    most: Counter[str] = Counter()
    for number, read in enumerate(reads):
        land(folder, read, RUN + timedelta(days=number // 2))
        of_person: Counter[str] = Counter()
        for (_, user), count in read.items():
            of_person[user] += count
        most |= of_person
    found: Counter[str] = Counter()
    for (_, user), count in landed(folder).items():
        found[user] += count
    assert found == most


def test_rows_of_others_in_the_run_s_file_stay(tmp_path: Path) -> None:
    """Another partner's, whose Webex was read on the same day, and other customers'."""
    land(tmp_path, {("S", "u"): 2})
    land_usage(LandingFolder(tmp_path), DAY, RUN, "q", {("c", "S", "calling", "u"): 5}, even_empty=False)
    land_usage(LandingFolder(tmp_path), DAY, RUN, "p", {("b", 'S,"1"', "calling", "u"): 1}, even_empty=False)
    land(tmp_path, {("S", "u"): 3})
    written = (tmp_path / "license_usage" / str(DAY) / "webex-2026-03-10.csv").read_text()
    assert written == f'{HEADER}p,b,"S,""1""",calling,u,1\np,c,S,calling,u,3\nq,c,S,calling,u,5\n'


def test_what_is_counted_is_landed_by_number_and_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Landing takes a small share of the time, also where a day's files have become large."""
    clock, landings = Clock(), list[tuple[float, int]]()
    monkeypatch.setattr("sources.webex.usage.time", clock)
    took = 30.0

    def landing(rows: object, done: list[tuple[Kind, date, str]]) -> None:
        landings.append((clock.now - 1000, len(done)))
        clock.now += took

    flush = Flush(landing)
    for _ in range(70):
        clock.now += 10
        flush.add("o", "calls", [DAY], Usage())
    assert landings == [(60, 6), (390, 30), (720, 30)]
    monkeypatch.setattr(Flush, "MOST_ROWS", 3)
    flush.add("o", "calls", [DAY], Usage(Counter({(DAY, "S", "calling", str(user)): 1 for user in range(3)})))
    assert landings[3:] == [(790, 5)]
    flush.land()
    assert len(landings) == 4  # nothing was left
