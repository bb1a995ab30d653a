"""Landing partitions are written whole or not at all."""

from datetime import date
from pathlib import Path

import pytest

from sources.landing.folder import LandingFolder
from sources.landing.writing import replacing_in_partition, replacing_partition

DAY = date(2026, 3, 1)


def write(landing: Path, **files: str) -> None:
    with replacing_partition(landing, "customers", DAY) as folder:
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text)
            assert LandingFolder(landing).days("customers") in ([], [DAY])


def names(landing: Path) -> list[str]:
    return sorted(str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file())


def test_a_partition_appears_when_it_is_finished(tmp_path: Path) -> None:
    with replacing_partition(tmp_path / "landing", "customers", DAY) as folder:
        (folder / "a.csv").write_text("1")
        assert LandingFolder(tmp_path / "landing").days("customers") == []
    assert names(tmp_path / "landing") == [f"customers/{DAY}/a.csv"]


def test_another_one_takes_its_place_with_all_its_files(tmp_path: Path) -> None:
    write(tmp_path, a="1", b="2")
    write(tmp_path, a="3")
    assert names(tmp_path) == [f"customers/{DAY}/a.csv"]
    assert (tmp_path / "customers" / str(DAY) / "a.csv").read_text() == "3"


def test_one_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    write(tmp_path, a="1")
    with pytest.raises(ZeroDivisionError), replacing_partition(tmp_path, "customers", DAY) as folder:
        (folder / "a.csv").write_text("half")
        1 / 0  # noqa: B018
    assert names(tmp_path) == [f"customers/{DAY}/a.csv"]
    assert (tmp_path / "customers" / str(DAY) / "a.csv").read_text() == "1"


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    for kind in ("unfinished", "replaced"):
        leftover = tmp_path / "customers" / f"_{DAY}.{kind}"
        leftover.mkdir(parents=True)
        (leftover / "old.csv").write_text("0")
    write(tmp_path, a="1")
    assert names(tmp_path) == [f"customers/{DAY}/a.csv"]


def test_what_a_killed_process_had_set_aside_is_back_where_its_replacement_fails(tmp_path: Path) -> None:
    write(tmp_path, a="1")
    (tmp_path / "customers" / str(DAY)).rename(tmp_path / "customers" / f"_{DAY}.replaced")
    with pytest.raises(ZeroDivisionError), replacing_partition(tmp_path, "customers", DAY):
        1 / 0  # noqa: B018
    assert names(tmp_path) == [f"customers/{DAY}/a.csv"]


def test_a_file_of_a_partition_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    leftover = tmp_path / "customers" / f"_{DAY}.unfinished-file"
    leftover.parent.mkdir()
    leftover.write_text("what a killed process had written, and it was long")
    for text in ("1", "2"):
        with replacing_in_partition(tmp_path, "customers", DAY, "a.csv") as path:
            path.write_text(text)
            assert LandingFolder(tmp_path).days("customers") == ([] if text == "1" else [DAY])
        assert (tmp_path / "customers" / str(DAY) / "a.csv").read_text() == text
    (tmp_path / "customers" / str(DAY) / "b.csv").write_text("another's")
    with pytest.raises(EOFError), replacing_in_partition(tmp_path, "customers", DAY, "a.csv") as path:
        path.write_text("half of it")
        raise EOFError
    assert names(tmp_path) == [f"customers/{DAY}/a.csv", f"customers/{DAY}/b.csv"]
    assert (tmp_path / "customers" / str(DAY) / "a.csv").read_text() == "2"
