"""The landing folder: which partitions and files there are."""

import os
from datetime import date
from pathlib import Path

import pytest

from sources.landing.folder import LandingError, LandingFolder

DAY = date(2026, 3, 1)


def land(root: Path, *names: str, day: str = "2026-03-01") -> Path:
    folder = root / "customers" / day
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("x")
    return folder


def test_files_come_in_name_order_and_the_rest_is_ignored(tmp_path: Path) -> None:
    folder = land(tmp_path, "b.csv", "a.parquet", "c.csv.gz", ".d.csv", "_e.csv", "f.txt", "g.zip", "h.gz", "~$i.csv")
    partition = LandingFolder(tmp_path).partition("customers", DAY)
    assert partition is not None
    assert partition.files == (folder / "a.parquet", folder / "b.csv", folder / "c.csv.gz")
    assert partition.ignored == (".d.csv", "_e.csv", "f.txt", "g.zip", "h.gz", "~$i.csv")


def test_endings_count_in_any_case(tmp_path: Path) -> None:
    names = ("A.CSV", "B.Csv.Gz", "C.PARQUET", "d.csv.GZ", "e.cSv")
    folder = land(tmp_path, *names, ".F.CSV", "_G.CSV", "~$H.CSV", "I.CSVX", "J.CSV.GZ.BAK", "K.XLSX", "L.GZ", "CSV")
    partition = LandingFolder(tmp_path).partition("customers", DAY)
    assert partition is not None
    assert partition.files == tuple(folder / name for name in names)
    assert LandingFolder(tmp_path).days("customers") == [DAY]


def test_the_signature_of_what_version_1_read_is_as_it_was(tmp_path: Path) -> None:
    folder = land(tmp_path, "a.csv", "b.parquet", "_SUCCESS", "notes.txt")
    partition = LandingFolder(tmp_path).partition("customers", DAY)
    facts = {name: (folder / name).stat() for name in ("a.csv", "b.parquet")}
    lines = [f"{name} {s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}" for name, s in facts.items()]
    assert partition is not None
    assert partition.signature() == "\n".join([*lines, "ignored _SUCCESS", "ignored notes.txt"])


def test_a_folder_without_a_data_file_is_missing(tmp_path: Path) -> None:
    land(tmp_path, "_SUCCESS")
    landing = LandingFolder(tmp_path)
    assert landing.partition("customers", DAY) is None
    assert landing.partition("customers", date(2026, 3, 2)) is None
    assert landing.partition("subscriptions", DAY) is None


def test_days_are_the_folders_with_a_data_file_and_a_real_date(tmp_path: Path) -> None:
    for day in ("2026-03-02", "2026-03-01", "20260303", "2026-02-30", "2026-3-4", "other", "2026-03-05\n"):
        land(tmp_path, "a.csv", day=day)
    land(tmp_path, ".a.csv", day="2026-03-06")
    (tmp_path / "customers" / "2026-03-07").write_text("a file, not a folder")
    landing = LandingFolder(tmp_path)
    assert landing.days("customers") == [date(2026, 3, 1), date(2026, 3, 2)]
    assert landing.days("subscriptions") == []
    assert landing.first_day("customers") == date(2026, 3, 1)
    assert landing.first_day("subscriptions") is None


def test_of_many_days_and_files_the_first_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in ("2026-03-02", "2026-03-03"):
        land(tmp_path, "a.csv", day=day)
    land(tmp_path, ".unfinished.csv", day="2026-03-01")
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder.name) or scandir(folder))
    assert LandingFolder(tmp_path).first_day("customers") == date(2026, 3, 2)
    assert listed == ["2026-03-01", "2026-03-02"]


def test_a_day_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    land(tmp_path, "a.csv")
    monkeypatch.setattr(os, "scandir", denied)
    for asked in (LandingFolder(tmp_path).days, LandingFolder(tmp_path).first_day):
        with pytest.raises(LandingError, match=r"^landing folder .* cannot be listed: Permission denied$"):
            asked("customers")


def test_a_folder_that_cannot_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    landing = LandingFolder(tmp_path)
    asked = [
        landing.check,
        lambda: landing.days("customers"),
        lambda: landing.first_day("customers"),
        lambda: landing.partition("customers", date(2026, 3, 1)),
    ]
    land(tmp_path, "a.csv")
    for name in ("is_dir", "exists"):  # as they are where a folder above may not be entered
        monkeypatch.setattr(Path, name, denied)
    for ask in asked:
        with pytest.raises(LandingError, match=r"^landing folder .* cannot be listed: Permission denied$"):
            ask()


def test_check_names_what_is_wrong_with_the_folder(tmp_path: Path) -> None:
    LandingFolder(tmp_path).check()
    with pytest.raises(LandingError, match="does not exist"):
        LandingFolder(tmp_path / "nowhere").check()
    (tmp_path / "file").write_text("")
    with pytest.raises(LandingError, match="is not a folder"):
        LandingFolder(tmp_path / "file").check()


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: object) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", denied)
    with pytest.raises(LandingError, match=r"^landing folder .* cannot be listed: Permission denied$"):
        LandingFolder(tmp_path).check()


def test_the_signature_shows_every_touch(tmp_path: Path) -> None:
    folder = land(tmp_path, "a.csv")
    landing = LandingFolder(tmp_path)

    def signature() -> str:
        partition = landing.partition("customers", DAY)
        assert partition is not None
        return partition.signature()

    seen = [signature()]
    assert signature() == seen[0]
    facts = (folder / "a.csv").stat()
    (folder / "new").write_text("y")
    os.utime(folder / "new", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (folder / "new").replace(folder / "a.csv")  # same name, size and modification time
    seen.append(signature())
    land(tmp_path, "b.csv")
    seen.append(signature())
    land(tmp_path, "notes.txt")
    seen.append(signature())
    (folder / "b.csv").unlink()
    (folder / "b.csv").symlink_to(folder / "gone")
    seen.append(signature())
    assert len(set(seen)) == len(seen)
