"""Backing up and restoring as commands do: where the hash key goes, who waits, and what is refused."""

import os
import stat
from dataclasses import replace

import pytest

from assets.resources import Progress
from contracts.version import program_version
from pipelines.commands.backup import BackupRequest, back_up
from pipelines.commands.restore import restore
from pipelines.private_home import keep_private
from pipelines.settings import load_settings
from storage.backup.manifest import manifest_text, read_manifest
from storage.files.atomic import StorageError
from storage.files.locks import exclusive
from storage.files.schemas import version_of
from storage.ledger.ledger import VERSION, Ledger
from storage.ledger.open_erasures import begin

KEY = b"0123456789abcdef" * 2


class Noted(Progress):
    def __init__(self):
        self.notes = []

    def note(self, message):
        self.notes.append(message)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path):
    found = load_settings(home=tmp_path / "home")
    keep_private(found)
    with Ledger(found.folders.ledger):
        pass
    found.folders.hash_key.write_bytes(KEY)
    found.folders.alerts.touch()
    return found


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def empty(tmp_path):
    return load_settings(home=tmp_path / "empty")


def made(settings, folder, **request):
    return back_up(settings, BackupRequest(folder, **request), Progress())


def holds_key(folder):
    return any(KEY in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_key_is_kept_apart(settings, folder, tmp_path, empty):
    file = tmp_path / "apart" / "key"
    assert f"in {file}" in made(settings, folder, key_file=file).key
    assert file.read_bytes() == KEY and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not holds_key(folder)
    made(settings, folder, key_file=file)
    file.write_bytes(b"x" * 32)
    with pytest.raises(StorageError, match="holds something else than this hash key"):
        made(settings, folder, key_file=file)
    with pytest.raises(StorageError, match="this hash key is not the one of"):
        restore(empty, folder, file, Progress())
    file.write_bytes(KEY)
    restore(empty, folder, file, Progress())
    assert empty.folders.hash_key.read_bytes() == KEY
    assert stat.S_IMODE(empty.folders.hash_key.stat().st_mode) == 0o600


def test_a_key_file_that_others_could_read_is_made_its_owners_and_that_is_said(settings, folder, tmp_path):
    file = tmp_path / "key"
    file.write_bytes(KEY)
    file.chmod(0o644)
    assert made(settings, folder, key_file=file).notes == [f"key file: {file} had mode 0644, and has 0600 now"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made(settings, folder, key_file=file).notes == []


@pytest.mark.parametrize("name", ["link", "link/key"])
def test_a_key_file_behind_a_link_that_leads_nowhere_is_one_line(settings, folder, tmp_path, name):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="link is a link that leads nowhere; name another file"):
        made(settings, folder, key_file=tmp_path / name)
    assert not folder.exists() and not (tmp_path / "nowhere").exists()


def test_a_key_file_that_is_no_file_holds_nobody_up(settings, folder, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(StorageError, match="holds something else than this hash key"):
            made(settings, folder, key_file=place)


def test_a_home_folder_that_is_a_link_is_restored_for_its_owner_alone(settings, folder, tmp_path):
    made(settings, folder, with_key=True)
    (tmp_path / "real").mkdir()
    (tmp_path / "real").chmod(0o755)
    (tmp_path / "link").symlink_to("real")
    restore(load_settings(home=tmp_path / "link"), folder, None, Progress())
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o700


def test_without_a_word_on_the_key_nothing_is_restored(settings, folder, empty, tmp_path):
    assert "not in the backup" in made(settings, folder).key
    with pytest.raises(StorageError, match="name it with --key-file, or set PORTFOLIO_HASH_KEY, or say --without-key"):
        restore(empty, folder, None, Progress())
    with pytest.raises(StorageError, match=r"key file .*nowhere does not exist"):
        restore(empty, folder, tmp_path / "nowhere", Progress())
    assert not empty.folders.ledger.exists()
    assert restore(empty, folder, None, Progress(), without_key=True).key_is_lost
    assert not empty.folders.hash_key.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"k", "is no hash key; name the file that `portfolio backup --key-file` wrote"),
        (b"x" * 32, "this hash key is not the one of"),
        (None, "does not exist; name the file"),
    ],
)
def test_a_wrong_key_file_is_only_a_wrong_name_and_leaves_no_folder(settings, folder, empty, tmp_path, content, said):
    made(settings, folder)
    file = tmp_path / "wrong"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StorageError, match=said) as refused:
        restore(empty, folder, file, Progress())
    assert "delete" not in str(refused.value) and "\n" not in str(refused.value)
    assert not empty.home.exists()
    empty.home.mkdir()
    with pytest.raises(StorageError, match=said):
        restore(empty, folder, file, Progress())


def test_a_key_in_the_backup_or_put_back_by_hand_is_used(settings, folder, empty, tmp_path):
    assert "in the backup" in made(settings, folder, with_key=True).key
    assert holds_key(folder)
    assert not restore(empty, folder, None, Progress()).key_is_lost
    assert empty.folders.hash_key.read_bytes() == KEY
    other = load_settings(home=tmp_path / "other")
    other.home.mkdir()
    other.folders.hash_key.write_bytes(KEY)
    restore(other, folder, None, Progress())
    third = load_settings(home=tmp_path / "third", hash_key="another key of a setting")
    with pytest.raises(StorageError, match="this hash key is not the one of"):
        restore(third, folder, None, Progress())


def test_a_key_of_the_settings_stays_with_them(settings, folder, tmp_path):
    own = load_settings(home=settings.home, hash_key="a key of the settings")
    assert "PORTFOLIO_HASH_KEY" in made(own, folder).key
    assert not holds_key(folder)
    with pytest.raises(StorageError, match="the hash key is PORTFOLIO_HASH_KEY"):
        made(own, folder, key_file=tmp_path / "key")
    own = load_settings(home=tmp_path / "again", hash_key="a key of the settings")
    assert not restore(own, folder, None, Progress()).key_is_lost


@pytest.mark.parametrize(("place", "key"), [("home/backups", None), ("home", None), ("b", "b/key"), ("b", "home/key")])
def test_places_that_would_be_lost_together_are_refused(settings, tmp_path, place, key):
    with pytest.raises(StorageError, match="lies in"):
        made(settings, tmp_path / place, key_file=tmp_path / key if key else None)
    assert not (tmp_path / "b").exists() and not (settings.home / "backups").exists()


def test_older_ones_go(settings, folder):
    for _ in range(3):
        made(settings, folder)
    assert made(settings, folder, keep=2).removed == 2
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("lock", ["command_lock", "pipeline_lock"])
def test_it_waits_for_a_run_and_says_so(settings, folder, lock):
    progress = Noted()

    class ReachedError(Exception):
        pass

    def stop(message):
        progress.notes.append(message)
        raise ReachedError

    progress.note = stop
    with exclusive(getattr(settings.folders, lock)), pytest.raises(ReachedError):
        back_up(settings, BackupRequest(folder), progress)
    assert len(progress.notes) == 1 and "waiting for another run that is writing" in progress.notes[0]
    assert not folder.exists()


def test_a_home_folder_that_another_command_holds_is_in_use(settings, folder, empty):
    made(settings, folder, with_key=True)
    with exclusive(empty.folders.pipeline_lock), pytest.raises(StorageError, match="is in use by another command"):
        restore(empty, folder, None, Progress())
    restore(empty, folder, None, Progress())


def test_a_ledger_of_a_newer_version_is_refused(settings, folder, empty):
    path = made(settings, folder, with_key=True).written.path
    # It may also hold files that this version does not know.
    unknown = replace(read_manifest(path).files[0], path="new.sqlite")
    manifest = replace(read_manifest(path), ledger_version=VERSION + 1, program="9.8.7")
    manifest = replace(manifest, files=(*manifest.files, unknown))
    (path / "backup.json").write_text(manifest_text(manifest))
    with pytest.raises(
        StorageError, match="made by a newer version of partner-portfolio; upgrade to restore it"
    ) as found:
        restore(empty, folder, None, Progress())
    assert f"(it is of 9.8.7, and this is {program_version()})" in str(found.value)
    assert not empty.home.exists()


def test_what_an_earlier_version_made_is_backed_up_as_it_is_and_upgraded_where_it_is_restored(settings, folder, empty):
    with Ledger(settings.folders.ledger) as ledger:
        for table in ("schema_versions", "usage_windows", "provisional_days"):
            ledger.connection.execute(f"drop table {table}")
        ledger.connection.execute("pragma user_version = 6")
    path = made(settings, folder, with_key=True).written.path
    assert read_manifest(path).ledger_version == 6
    assert version_of(settings.folders.ledger) == version_of(path / "ledger.sqlite") == 6
    restored = restore(empty, folder, None, Progress())
    assert restored.upgraded == ["ledger.sqlite: schema 6 -> 8"]
    assert version_of(empty.folders.ledger) == VERSION
    assert restore_again_says_nothing(folder, empty)


def restore_again_says_nothing(folder, empty):
    """Whether the restored home folder, backed up and restored once more, is of this version."""
    made(empty, folder, with_key=True, keep=1)
    newest = sorted(path for path in folder.iterdir() if read_manifest(path).home == str(empty.home))[-1]
    third = load_settings(home=empty.home.with_name("third"))
    return restore(third, newest, None, Progress()).upgraded == []


def test_an_erasure_that_was_under_way_is_said(settings, folder, empty):
    with Ledger(settings.folders.ledger) as ledger:
        begin(ledger, "user 7 of every partner", {"token": "erased-1"})
    made(settings, folder, with_key=True)
    assert restore(empty, folder, None, Progress()).erasing


def test_a_home_folder_that_is_half_restored_is_not_written_to(settings):
    settings.folders.restoring.mkdir()
    (settings.folders.restoring / "moved.json").write_text("[]")
    with pytest.raises(StorageError, match="was not restored to its end: run the same `portfolio restore`"):
        keep_private(settings)
