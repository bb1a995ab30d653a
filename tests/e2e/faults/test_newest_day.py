"""A refused newest day leaves the publication as it was, to the byte; a repaired one is published."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ...reference.contract import LICENSE_ASSIGNMENTS, Dataset
from ...reference.marts import reference_build
from ..comparing import assert_marts_equal
from ..homes import fingerprint, ledger_rows, published_file
from ..running import assert_one_error_line, materialize
from .catalogue import NAMED
from .fault import Fault, loaded
from .feed import good, with_csv
from .landing import FIRST, deliver, write_good

LAST = FIRST + timedelta(days=1)


@dataclass(frozen=True)
class Published:
    """A publication of two good days."""

    landing: Path
    home: Path

    def run(self) -> tuple[int, str]:
        """Materialise the newest day; the exit code, and what was said of a failure."""
        finished = materialize(self.landing, self.home, LAST, LAST)
        if finished.returncode:
            assert_one_error_line(finished)
        return finished.returncode, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("newest")
    made = Published(folder / "landing", folder / "home")
    write_good(made.landing, FIRST, LAST)
    assert materialize(made.landing, made.home, FIRST, LAST).returncode == 0
    yield made


@pytest.mark.parametrize(
    "name", ["truncated gzip", "column renamed", "swapped dates", "pipe", "structures for text", "products capitalised"]
)
def test_a_refused_newest_day_changes_nothing(published: Published, name: str) -> None:
    fault = NAMED[name]
    before, held = fingerprint(published.home), held_partitions(published.home)
    deliver(published.landing, fault, LAST)
    code, said = published.run()
    assert code == 1
    assert f"refused: {fault.dataset.name} {LAST}: " in said and fault.cause in said
    assert "nothing was published" in said
    assert fingerprint(published.home) == before
    assert held_partitions(published.home) == held, "the lake keeps what it held"
    deliver(published.landing, whole(fault.dataset), LAST)


def test_sums_beyond_64_bits_are_not_published_wrong(published: Published) -> None:
    """Each row meets the contract; their total fits no mart."""
    before = fingerprint(published.home)
    huge = {number: {"total_licenses": str(2**63 - 1)} for number in (1, 2)}
    deliver(published.landing, loaded("huge totals", LICENSE_ASSIGNMENTS, with_csv(LICENSE_ASSIGNMENTS, huge)), LAST)
    code, said = published.run()
    assert code == 1, said
    assert re.search(rf"model \w+: column total_licenses is beyond bigint on {LAST}", said)
    assert fingerprint(published.home) == before
    deliver(published.landing, whole(LICENSE_ASSIGNMENTS), LAST)


def test_huge_numbers_are_published_to_the_last_digit(published: Published) -> None:
    """Here and not among the other faults: the snapshot after such a day has lost nearly all licences."""
    huge = {1: {"total_licenses": str(10**17), "assigned_licenses": str(10**16)}}
    deliver(published.landing, loaded("huge numbers", LICENSE_ASSIGNMENTS, with_csv(LICENSE_ASSIGNMENTS, huge)), LAST)
    code, said = published.run()
    assert code == 0, said
    assert_marts_equal(published_file(published.home), reference_build(published.landing, FIRST, LAST).marts)
    deliver(published.landing, whole(LICENSE_ASSIGNMENTS), LAST)


def test_a_repaired_day_is_published(published: Published) -> None:
    deliver(published.landing, NAMED["column renamed"], LAST)
    assert published.run()[0] == 1
    repaired = NAMED["one partner missing"]
    deliver(published.landing, repaired, LAST)
    code, said = published.run()
    assert code == 0, said
    assert_marts_equal(published_file(published.home), reference_build(published.landing, FIRST, LAST).marts)
    deliver(published.landing, whole(repaired.dataset), LAST)


def held_partitions(home: Path) -> list[tuple[object, ...]]:
    """The ledger's partitions, but for the stat facts of landing files (third column): rewriting them changes those."""
    return [(*row[:2], *row[3:]) for row in ledger_rows(home)]


def whole(dataset: Dataset) -> Fault:
    """No fault at all: a good day."""
    return loaded("nothing", dataset, good(dataset))
