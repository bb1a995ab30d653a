"""Every fault at a partner of five customers and at one of two thousand: `check` and `materialize` say the same.

A landing folder a size, one command each. The faults are those of forty rows; which of them withhold their partition at
another size is stated by hand.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

from ...reference.contract import LICENSE_USAGE, SNAPSHOTS
from ...reference.marts import reference_build
from ...reference.raw import REFUSED, Landing, days
from ..comparing import assert_marts_equal
from ..homes import published_days, published_file
from ..running import materialize
from .catalogue import faults_of_size
from .feed import of_size
from .landing import FIRST, Placed, deliver, placed, write_good

Partition = tuple[str, date]
FEW, MANY = 5, 2000
NOT_WITHHELD = {
    # Four bad rows of forty are 10 %; of two thousand they are few, and of five the first of them alone is there.
    "four bad rows of forty": {FEW, MANY},
    # Two of five are gone, and a loss counts from three on.
    "half the customers missing": {FEW},
}
CHECK_REFUSES, WITHOUT_BLOCKED_DAYS = 1, 3


@dataclass(frozen=True)
class Told:
    """What a command says of partitions that do not count, and of days that are not built."""

    refused: Mapping[Partition, str]
    held: Mapping[Partition, frozenset[str]]
    not_built: frozenset[date]


@dataclass(frozen=True)
class Sized:
    """The faults at a size, and what the two commands made of them."""

    size: int
    landing: Path
    home: Path
    places: list[Placed]
    last: date
    materialize_code: int
    check_code: int
    materialized: Told
    checked: Told
    causes: Mapping[date, str]
    """What the check says of each day that could not be built."""

    def withheld(self) -> set[Partition]:
        """The partitions that may not count, by hand."""
        return {
            (place.fault.dataset.name, place.day)
            for place in self.places
            if place.fault.withheld and self.size not in NOT_WITHHELD.get(place.fault.name, set())
        }


@pytest.fixture(scope="module", params=[FEW, MANY])
def sized(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sized:
    folder = tmp_path_factory.mktemp(f"of{request.param}")
    landing, home = folder / "landing", folder / "home"
    places = placed(faults_of_size(request.param))
    last = max(place.day for place in places)
    with of_size(request.param):
        write_good(landing, FIRST, last)
        for place in places:
            deliver(landing, place.fault, place.day)
    built = materialize(landing, home, FIRST, last)
    options = ["check", str(landing), "--from", str(FIRST), "--to", str(last), "--format", "json"]
    checked = CliRunner().invoke(app, options)
    report = json.loads(checked.stdout)
    said = told_by_materialize(home, set(days(FIRST, last)) - published_days(home))
    causes = {date.fromisoformat(day): cause for day, cause in report["as_of_days"]["not_buildable"].items()}
    return Sized(
        request.param,
        landing,
        home,
        places,
        last,
        built.returncode,
        checked.exit_code,
        said,
        told_by_check(report),
        causes,
    )


def told_by_materialize(home: Path, not_built: set[date]) -> Told:
    """From the ledger, out of which the report is written: that joins lines that are alike."""
    with closing(sqlite3.connect(home / "ledger.sqlite")) as ledger:
        refused = ledger.execute("select dataset, partition_date, cause from refusals").fetchall()
        failed = ledger.execute(
            "select asset, first_date, check_name from check_results where not passed and severity = 'error'"
        ).fetchall()
    causes = {(dataset, date.fromisoformat(day)): cause for dataset, day, cause in refused}
    return Told(causes, by_partition(failed), frozenset(not_built))


def told_by_check(report: Mapping[str, Any]) -> Told:
    """From the report as JSON."""
    refused = {
        (name, date.fromisoformat(partition["day"])): partition["cause"]
        for name, dataset in report["datasets"].items()
        for partition in [*dataset["refused_before"], *dataset["partitions"]]
        if partition["state"] == "refused"
    }
    failed = [
        (check["asset"], check["first_day"], check["check"])
        for check in report["checks"]
        if check["severity"] == "error" and not check["passed"]
    ]
    not_built = frozenset(map(date.fromisoformat, report["as_of_days"]["not_buildable"]))
    return Told(refused, by_partition(failed), not_built)


def by_partition(failed: Iterable[tuple[str, str, str]]) -> dict[Partition, frozenset[str]]:
    """The names of the checks that hold a partition, by partition."""
    found: dict[Partition, set[str]] = {}
    for asset, day, check in failed:
        found.setdefault((asset.removeprefix("raw/"), date.fromisoformat(day)), set()).add(check)
    return {partition: frozenset(checks) for partition, checks in found.items()}


def test_both_name_the_same_partitions_with_the_same_causes(sized: Sized) -> None:
    assert sized.materialized.refused == sized.checked.refused
    assert sized.materialized.held == sized.checked.held
    assert {*sized.checked.refused, *sized.checked.held} == sized.withheld()


def test_both_name_the_same_days(sized: Sized) -> None:
    assert sized.materialized.not_built == sized.checked.not_built
    needed = {dataset.name for dataset in (*SNAPSHOTS, LICENSE_USAGE)}
    assert sized.checked.not_built == {day for name, day in sized.withheld() if name in needed - {LICENSE_USAGE.name}}
    for day, cause in sized.causes.items():
        named = set(re.findall(r"(\w+) ([\d-]{10})", cause))
        blocking = {(name, withheld) for name, withheld in sized.withheld() if name in needed}
        assert named == {(name, str(withheld)) for name, withheld in blocking if withheld == day}


def test_neither_says_that_all_is_well(sized: Sized) -> None:
    assert (sized.materialize_code, sized.check_code) == (WITHOUT_BLOCKED_DAYS, CHECK_REFUSES)


def test_what_is_published_is_right(sized: Sized) -> None:
    if sized.size == MANY:  # by naive means that takes minutes
        assert published_days(sized.home) == set(days(FIRST, sized.last)) - sized.checked.not_built
        return
    source = Landing(sized.landing)
    for place in sized.places:
        if (place.fault.dataset.name, place.day) in sized.checked.held:
            partition = source.partition(place.fault.dataset, place.day)
            partition.state, partition.rows = REFUSED, []
    expected = reference_build(source, FIRST, sized.last)
    assert_marts_equal(published_file(sized.home), expected.marts)
