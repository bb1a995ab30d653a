"""What there is in a simulated Webex, and what is odd about it."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sources.simulator import days, simulate
from sources.simulator.webex.answers import Answers
from sources.simulator.webex.codes import CODES, UNKNOWN_CODE, Counted
from sources.simulator.webex.events import Diary
from sources.simulator.webex.ids import decoded, encoded
from sources.simulator.webex.landing import write_contract_file, write_snapshots, write_usage
from sources.simulator.webex.licences import Licence
from sources.simulator.webex.world import World

from ..simulated import COLUMNS, KEYS, read
from .conftest import FIRST, LAST

TODAY = date(2026, 3, 6)
DATASETS = ("customers", "subscriptions", "license_assignments", "license_usage")


def licences(world: World, chosen: Callable[[Licence], bool] = lambda _: True) -> list[Licence]:
    """The licences of today that are chosen."""
    number = days.number(TODAY)
    listed = [item for org in world.organisations_on(TODAY) for item in org.licences_on(number)]
    return [item for item in listed if chosen(item)]


def several(values: Iterable[object]) -> list[object]:
    """Those that come more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def test_an_id_is_base64_of_its_kind_without_padding() -> None:
    org = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
    assert encoded("ORGANIZATION", org) == (
        "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE"
    )
    assert decoded(encoded("PEOPLE", org), "PEOPLE") == org
    assert decoded(encoded("PEOPLE", org), "ORGANIZATION") is None
    assert decoded("no id at all", "PEOPLE") is None


def test_the_same_arguments_give_the_same_world(world: World) -> None:
    again = World(FIRST, LAST, customers=30, seats=900, seed=5)
    assert again.organisations.keys() == world.organisations.keys()
    assert {name: item.licences for name, item in again.organisations.items()} == {
        name: item.licences for name, item in world.organisations.items()
    }
    number = days.number(TODAY)
    one, other = Diary(world), Diary(again)
    events = [one.on(org, number) for org in world.organisations.values()]
    assert [other.on(org, number) for org in again.organisations.values()] == events
    assert sum(len(item.meetings) for item in events) > 50
    assert sum(len(item.legs) for item in events) > 50


def test_the_licences_are_the_simulator_s(world: World, tmp_path: Path) -> None:
    """The parts of a line add up to what the landing folder of the same seed has."""
    simulate(tmp_path, TODAY, TODAY, customers=30, seats=900, seed=5)
    expected = Counter[tuple[str, str, str]]()
    for row in read(tmp_path, "license_assignments", TODAY):
        key = (row["customer_id"], row["subscription_id"], row["license_code"])
        expected[key] += int(row["assigned_licenses"])
    found = Counter[tuple[str, str, str]]()
    known = {code for _, _, code in expected}
    for item in licences(world, lambda item: item.subscription_id is not None and item.code in known):
        counts = item.counts[days.number(TODAY)]
        found[item.organisation, str(item.subscription_id), item.code] += counts.consumed
    assert found == expected


def test_every_recorded_code_is_there(world: World) -> None:
    larger = World(TODAY, TODAY, customers=150, seed=5)
    codes = {item.code for item in larger.licences.values()}
    assert codes == {*CODES, UNKNOWN_CODE}
    names = {(item.code, item.name) for item in larger.licences.values()}
    assert len([name for code, name in names if code == "EE"]) == 2, "names don't vary"


def test_people_of_an_odd_world(world: World) -> None:
    number = days.number(TODAY)
    seats: dict[tuple[str | None, str], set[str | None]] = {}
    for item in licences(world, lambda item: item.code in ("EE", "BCSTD")):
        for holder in item.listed(number):
            person = world.organisations[item.organisation].person(holder)
            seats.setdefault((item.site, person.uuid), set()).add(item.subscription_id)
    assert [seat for seat, subscriptions in seats.items() if len(subscriptions) > 1], "nobody holds two subscriptions"
    listed = [len(item.listed(number)) for item in licences(world)]
    assert listed != [len(item.holders(number)) for item in licences(world)], "all holders are listed"
    assert any(item.counts[number].total is None for item in licences(world))
    two = [(item.subscription_id, item.code) for item in licences(world, lambda item: item.code == "EE")]
    by_site = [
        (*pair, item.site) for pair, item in zip(two, licences(world, lambda item: item.code == "EE"), strict=True)
    ]
    assert several(by_site), "no subscription has two lines of a code on one site"
    assert len(several(two)) > len(several(by_site)), "no subscription has a code on two sites"


def test_people_of_a_plain_world(plain_world: World) -> None:
    number = days.number(TODAY)
    seats = [
        (item.site, plain_world.organisations[item.organisation].person(holder).uuid)
        for item in licences(plain_world, lambda item: item.code in ("EE", "BCSTD"))
        for holder in item.listed(number)
    ]
    assert seats and not several(seats)
    for item in licences(plain_world):
        assert item.counts[number].total is not None
        if item.counted is Counted.PEOPLE:
            assert len(item.listed(number)) == item.counts[number].users


def test_each_line_has_an_id_of_its_own(world: World) -> None:
    larger = World(TODAY, TODAY, customers=300, seed=5)
    for one in (world, larger):
        assert not several(item.identity for org in one.organisations.values() for item in org.licences)


def test_workspaces_and_services_call_too(world: World) -> None:
    number, diary = days.number(TODAY), Diary(world)
    legs = [leg for org in world.organisations.values() for leg in diary.on(org, number).legs]
    kinds = {(leg.user_type, leg.direction) for leg in legs}
    assert kinds >= {("User", "ORIGINATING"), ("User", "TERMINATING"), ("Place", "ORIGINATING")}
    assert {kind for kind, _ in kinds} - {"User", "Place"}
    assert any(leg.is_repeated for leg in legs)
    assert any(leg.seen_from - leg.end > timedelta(hours=1) for leg in legs)
    assert max(leg.seen_from - leg.end for leg in legs) < timedelta(hours=24)
    assert not several(leg.report_id for leg in legs)
    meetings = [item for org in world.organisations.values() for item in diary.on(org, number).meetings]
    assert not several(item.identity for item in meetings)
    assert any(item.start.date() != item.end.date() for item in meetings)


def test_the_landing_folder_of_a_plain_world(plain_world: World, tmp_path: Path) -> None:
    answers = Answers(plain_world, Diary(plain_world))
    reads = [datetime(2026, 3, day, 6, tzinfo=UTC) for day in (6, 7, 8)]
    day = date(2026, 3, 5)
    write_snapshots(plain_world, answers, tmp_path, day)
    write_usage(answers, tmp_path, day, reads)
    rows = {dataset: read(tmp_path, dataset, day) for dataset in DATASETS}
    for dataset in DATASETS:
        assert rows[dataset], dataset
        assert list(rows[dataset][0]) == COLUMNS[dataset]
        assert not several(tuple(row[name] for name in KEYS[dataset]) for row in rows[dataset])
    assert {row["country_code"] for row in rows["customers"]} > {""}
    known = {row["subscription_id"] for row in rows["subscriptions"]}
    assert {row["subscription_id"] for row in rows["license_assignments"]} == known
    assert {row["subscription_id"] for row in rows["license_usage"]} <= known
    assert {row["product"] for row in rows["license_usage"]} == {"meetings", "calling"}
    assert any(":" in row["license_code"] for row in rows["license_assignments"])


def test_whoever_is_active_in_a_plain_world_holds_the_licence_on_every_day(plain_world: World) -> None:
    answers = Answers(plain_world, Diary(plain_world))
    found = [
        answers.license_usage(date(2026, 3, 4), [datetime(2026, 3, run, 23, tzinfo=UTC)]) for run in (6, 7, 8, 9)
    ]  # all records have come
    assert found[0] and found[1:] == [found[0]] * 3


@pytest.mark.parametrize("day", [TODAY])
def test_a_contract_file(plain_world: World, tmp_path: Path, day: date) -> None:
    answers = Answers(plain_world, Diary(plain_world))
    write_contract_file(tmp_path / "contract.csv", answers.contract(day))
    lines = (tmp_path / "contract.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "subscription_id,start_date,end_date,auto_renew,status"
    assert len(lines) == 1 + len(answers.subscriptions(day, {}, {}))
    assert any(",,true,active" in line or ",,false,active" in line for line in lines), "none is open-ended"
