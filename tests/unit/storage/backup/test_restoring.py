"""Putting a backup in place: whole and verified, or not at all; and what a backup that somebody prepared can't do."""

import json
import os
import shutil
from dataclasses import replace

import pytest

from storage.backup.folder import Backup, find_backup
from storage.backup.manifest import manifest_text, read_manifest
from storage.backup.restoring import clear_half_restored, refuse_filled, refuse_half_restored, restore_files
from storage.files.atomic import StorageError
from storage.home import Home

from .small_home import DATABASES, FILES, LAKE, LANDED, MARCH, back_up, below, described, rows_of, write_home
from .steps import disarm, full_disk, killed_at_each, with_step


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home folder, and a backup of it, which tests copy before they change it."""
    folder = tmp_path_factory.mktemp("made")
    before = os.umask(0o077)
    home = write_home(folder / "home")
    path = back_up(home, folder / "backups").path
    os.umask(before)
    return path


@pytest.fixture
def backup(made, tmp_path):
    return find_backup(shutil.copytree(made, tmp_path / "backups" / made.name).parent)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "restored").mkdir()
    return Home(tmp_path / "restored")


def restore(home, backup, finish=lambda staged: None):
    refuse_filled(home, backup)
    restore_files(home, backup, finish)


def assert_restored(home):
    found = below(home.path)
    assert {name: content for name, content in found.items() if name not in DATABASES} == FILES
    assert set(found) == set(FILES) | DATABASES
    assert rows_of(home.path / "dagster/history/runs.db") == [(7,)]


def test_it_is_what_was_backed_up(home, backup):
    finished = []
    restore(home, backup, lambda staged: finished.append(below(staged.path)))
    assert_restored(home)
    assert finished == [below(home.path)]
    assert (home.path / LANDED).stat().st_mtime_ns == MARCH
    assert not (home.path / LAKE).samefile(backup.path / LAKE)
    refuse_half_restored(home)


def test_what_is_made_before_the_end_is_moved_too(home, backup):
    restore(home, backup, lambda staged: staged.warehouse.write_bytes(b"marts"))
    assert home.warehouse.read_bytes() == b"marts"


@pytest.mark.parametrize("path", sorted({*FILES, *DATABASES}))
def test_a_changed_a_cut_and_a_missing_file_are_named_and_nothing_is_restored(home, backup, path):
    file = backup.path / path
    content = file.read_bytes()
    for change in (content[:-1] + bytes([content[-1] ^ 1]), content[:-1], content + b"x" * 3_000_000, None):
        file.unlink()
        if change is not None:
            file.write_bytes(change)
        else:
            assert not file.exists()
        with pytest.raises(StorageError, match=f"{path} is not as it was backed up; nothing was restored"):
            restore(home, backup)
        assert list(home.path.iterdir()) == []
        file.touch()


@pytest.mark.parametrize("what", ["file", "folder", "pipe", "socket"])
def test_links_out_of_the_backup_lead_nowhere(home, backup, tmp_path, what):
    """What they lead to has the very content that the manifest states."""
    outside = tmp_path / "outside"
    shutil.copytree(backup.path, outside)
    file = backup.path / LANDED
    if what == "folder":
        shutil.rmtree(backup.path / "landing")
        (backup.path / "landing").symlink_to(outside / "landing")
    else:
        file.unlink()
    if what == "file":
        file.symlink_to(outside / LANDED)
    elif what == "pipe":
        os.mkfifo(file)
    elif what == "socket":
        os.mknod(file, 0o600 | 0o140000)
    with pytest.raises(StorageError, match="is not as it was backed up"):
        restore(home, backup)
    assert list(home.path.iterdir()) == []


HOSTILE = [
    "../x",
    "/etc/passwd",
    "lake/../../x",
    "lake//x",
    "lake/./x",
    "x",
    "dbt/manifest.json",
    "lake",
    "",
    "lake/\0x",
    "lake/\ud800",
    7,
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_path_that_leads_elsewhere_makes_it_an_altered_one(backup, path):
    files = (*backup.manifest.files, replace(backup.manifest.files[0], path=path))
    (backup.path / "backup.json").write_text(manifest_text(replace(backup.manifest, files=files)))
    with pytest.raises(StorageError, match=r"backup\.json is not as it was backed up"):
        read_manifest(backup.path)


@pytest.mark.parametrize("mtime_ns", [10**40, -(10**40), 2**63 * 10**9, -(2**63) * 10**9 - 1])
def test_a_time_that_no_system_knows_makes_it_an_altered_one(backup, mtime_ns):
    files = (*backup.manifest.files[1:], replace(backup.manifest.files[0], mtime_ns=mtime_ns))
    (backup.path / "backup.json").write_text(manifest_text(replace(backup.manifest, files=files)))
    with pytest.raises(StorageError, match=r"backup\.json is not as it was backed up"):
        read_manifest(backup.path)


@pytest.mark.parametrize("mtime_ns", [2**63 * 10**9 - 1, -(2**63) * 10**9, -1])
def test_any_other_time_is_restored(home, backup, mtime_ns):
    files = tuple(replace(file, mtime_ns=mtime_ns) for file in backup.manifest.files)
    restore(home, Backup(backup.path, replace(backup.manifest, files=files)))
    assert_restored(home)


@pytest.mark.parametrize(
    "changes",
    [
        {"publication_id": "../../x"},
        {"key_fingerprint": "a b"},
        {"home": 7},
        {"ledger_version": "7"},
        {"program": None},
    ],
)
def test_a_field_that_is_another_makes_it_an_altered_one(backup, changes):
    (backup.path / "backup.json").write_text(manifest_text(replace(backup.manifest, **changes)))
    with pytest.raises(StorageError, match="is not as it was backed up"):
        read_manifest(backup.path)


def test_every_changed_byte_of_the_manifest_is_seen(backup):
    path = backup.path / "backup.json"
    text = path.read_bytes()
    for place in range(0, len(text), 7):
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        path.write_bytes(changed)
        try:
            assert json.loads(changed) == json.loads(text)  # a blank for another, or a digit that changes no number
        except (ValueError, AssertionError):
            with pytest.raises(StorageError):
                read_manifest(backup.path)


@pytest.mark.parametrize("text", ["", "[]", "7", "{}", '{"format": 1}', '{"format": "1"}', "[" * 100_000])
def test_a_manifest_of_another_kind_is_an_altered_one(backup, text):
    (backup.path / "backup.json").write_text(text)
    with pytest.raises(StorageError, match="is not as it was backed up"):
        read_manifest(backup.path)


def test_a_newer_one_is_refused(backup):
    (backup.path / "backup.json").write_text('{"format": 2, "of": "which nothing is known here"}')
    with pytest.raises(StorageError, match="was made by a newer version of partner-portfolio; upgrade"):
        read_manifest(backup.path)


def test_an_unfinished_one_is_none(backup, tmp_path):
    (backup.path / "backup.json").unlink()
    for folder in (backup.path, backup.path.parent):
        with pytest.raises(StorageError, match="holds no finished backup"):
            find_backup(folder)
    with pytest.raises(StorageError, match="nowhere does not exist"):
        find_backup(tmp_path / "nowhere")


def test_the_newest_of_one_home_is_taken_and_of_several_none(backup):
    folder = backup.path.parent
    later = shutil.copytree(backup.path, folder / "29990101T000000000000Z-0123abcd")
    assert find_backup(folder).path == later
    (later / "backup.json").write_text(manifest_text(described(Home(folder / "other"))))
    with pytest.raises(StorageError, match="holds backups of several home folders: name one"):
        find_backup(folder)
    assert find_backup(backup.path).path == backup.path


@pytest.mark.parametrize("name", ["ledger.sqlite", "lake", "dagster", "anything", "serving"])
def test_a_home_folder_in_use_is_refused(home, backup, name):
    (home.path / name).mkdir()
    with pytest.raises(StorageError, match=f"is in use: there is {name} in it"):
        refuse_filled(home, backup)


def test_a_key_settings_and_landing_files_that_were_put_back_are_left(home, backup):
    home.hash_key.write_bytes(b"put back")
    home.settings_file.write_text("PORTFOLIO_NAME=north\n")
    home.pipeline_lock.touch()
    (home.path / "lost+found").mkdir()
    home.landing.mkdir()
    restore(home, backup)
    assert home.hash_key.read_bytes() == b"put back"
    assert home.settings_file.read_text() == "PORTFOLIO_NAME=north\n"
    assert (home.path / LANDED).read_bytes() == FILES[LANDED]


def test_landing_files_are_not_mixed(home, backup):
    (home.landing / "customers").mkdir(parents=True)
    with pytest.raises(StorageError, match="there is landing in it"):
        refuse_filled(home, backup)
    without = tuple(file for file in backup.manifest.files if not file.path.startswith("landing/"))
    only = Backup(backup.path, replace(backup.manifest, files=without))
    restore(home, only)
    assert [path.name for path in home.landing.iterdir()] == ["customers"]


def test_killed_at_each_step_the_next_one_restores(home, backup):
    steps = 0
    for _ in killed_at_each(lambda: restore(home, backup), home.path):
        steps += 1
        if any(home.path.glob("[!.]*")):
            try:
                refuse_filled(home, backup)  # half moved: the same command goes on
                clear_half_restored(home)
            except StorageError:
                assert_restored(home)  # it was at its end
        shutil.rmtree(home.path)
        home.path.mkdir()
    assert steps > 2 * len(FILES)
    assert_restored(home)


def test_half_moved_is_refused_and_done_again(home, backup):
    with_step(home.path / LAKE.split("/")[0], 1, full_disk)  # as the first folder is moved into place
    with pytest.raises(StorageError, match="the disk is full"):
        restore(home, backup)
    disarm()
    with pytest.raises(StorageError, match="was not restored to its end: run the same"):
        refuse_half_restored(home)
    restore(home, backup)
    assert_restored(home)


def test_a_full_disk_at_any_step_leaves_the_home_folder_empty_or_to_be_restored_again(home, backup):
    taken, step, failed = (lambda: True), 0, 0
    while taken():
        step += 1
        taken = with_step(home.restoring / "files", step, full_disk)
        try:
            restore(home, backup)
        except StorageError as error:
            failed += 1
            assert "the disk is full" in str(error) and "\n" not in str(error)
            if not (home.restoring / "moved.json").exists():
                assert list(home.path.iterdir()) == []
        else:  # a folder that is there already need not be made
            assert_restored(home)
        finally:
            disarm()
        shutil.rmtree(home.path)
        home.path.mkdir()
    assert failed > 2 * len(FILES)
