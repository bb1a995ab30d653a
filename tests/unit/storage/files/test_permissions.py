"""A home folder is its owner's, and the serving folder also a group's where one is named; whatever the umask."""

import os
import stat

import pytest

from storage.files import umask
from storage.files.atomic import StorageError
from storage.files.permissions import secure_home, share
from storage.files.umask import users_umask, write_privately

GROUP = os.getgid()


@pytest.fixture(autouse=True)
def own_umask(monkeypatch):
    monkeypatch.setattr(umask, "_users_umask", [])
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path):
    """A home as it was made until now: readable for everybody, with a landing folder in it that others deliver to."""
    home = tmp_path / "home"
    for file in (
        "ledger.sqlite",
        "lake/customers/snapshot_date=2026-03-01/part-0.parquet",
        "dagster/history/runs.db",
        "dbt/runs/a/dbt.log",
        "tmp/spilled",
        "serving/portfolio.duckdb",
        "serving/portfolio.current.json",
        "serving/publications/p/portfolio.duckdb",
        "serving/publications/p/parquet/m/2026-03.parquet",
        "landing/customers/2026-03-01/a.csv",
    ):
        path = home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (home / "serving" / "parquet").symlink_to("publications/p/parquet")
    return home


def modes(home):
    """The modes below a folder, by what has them: folders or files, in serving, in landing, or elsewhere."""
    found = {}
    for path in (home, *home.rglob("*")):
        if path.is_symlink():
            continue
        part = "home" if path == home else path.relative_to(home).parts[0]
        part = part if part in ("home", "serving", "landing") else "else"
        found.setdefault((part, "folder" if path.is_dir() else "file"), set()).add(stat.S_IMODE(path.stat().st_mode))
    return found


LANDING = {("landing", "folder"): {0o755}, ("landing", "file"): {0o644}}
PRIVATE = LANDING | {
    ("home", "folder"): {0o700},
    ("else", "folder"): {0o700},
    ("else", "file"): {0o600},
    ("serving", "folder"): {0o700},
    ("serving", "file"): {0o600},
}
SHARED = PRIVATE | {
    ("home", "folder"): {0o710},
    ("serving", "folder"): {0o2750},
    ("serving", "file"): {0o640},
}


def secure(home, group=None):
    secure_home(home, home / "serving", home / "landing", group)


def test_an_existing_home_is_tightened(home):
    secure(home)
    assert modes(home) == PRIVATE


def test_a_group_may_read_the_serving_folder_alone(home):
    secure(home, GROUP)
    assert modes(home) == SHARED
    secure(home)
    assert modes(home) == PRIVATE
    secure(home, GROUP)
    assert modes(home) == SHARED


def test_a_new_home(tmp_path):
    home = tmp_path / "srv" / "home"
    secure(home, GROUP)
    assert modes(home) == {("home", "folder"): {0o710}, ("serving", "folder"): {0o2750}}
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o755, "what lies above is not the pipeline's"


def test_what_is_right_is_not_gone_through_again(home, monkeypatch):
    secure(home, GROUP)
    monkeypatch.setattr(os, "walk", lambda folder: pytest.fail("gone through"))
    secure(home, GROUP)


@pytest.mark.parametrize("group", [None, GROUP])
def test_what_is_published_gets_the_rights_of_the_serving_folder(home, group):
    secure(home, group)
    os.umask(0o077)
    new = home / "serving" / "publications" / ".q"
    (new / "parquet" / "m").mkdir(parents=True)
    (new / "portfolio.duckdb").touch()
    (new / "parquet" / "m" / "2026-03.parquet").touch()
    share(new, home / "serving")
    assert modes(home) == (PRIVATE if group is None else SHARED)


def test_a_group_that_cannot_be_given_is_one_line(home, monkeypatch):
    def refuse(*_args):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(StorageError, match=r"cannot be given to the group .*PORTFOLIO_READERS_GROUP.*not permitted"):
        secure(home, GROUP)


@pytest.mark.parametrize("given", [0o022, 0o000, 0o027])
def test_files_are_private_but_for_what_the_user_asked_for_elsewhere(tmp_path, given):
    os.umask(given)
    write_privately()
    write_privately()
    (tmp_path / "private").touch()
    with users_umask():
        (tmp_path / "asked for").touch()
    (tmp_path / "folder").mkdir()
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert found == {"private": 0o600, "asked for": 0o666 & ~given, "folder": 0o700}


@pytest.mark.parametrize(("group", "mode"), [(None, 0o700), (GROUP, 0o710)])
def test_a_home_folder_that_is_a_link_is_the_one_it_leads_to(home, tmp_path, group, mode):
    (tmp_path / "link").symlink_to(home)
    link = tmp_path / "link"
    secure_home(link, link / "serving", link / "landing", group)
    assert stat.S_IMODE(home.stat().st_mode) == mode
    assert stat.S_IMODE((home / "ledger.sqlite").stat().st_mode) == 0o600
    assert modes(home).items() >= LANDING.items()
