"""Files of services on disk: written whole, and never over what somebody edited."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.services.service import Request, Service, ServiceError, at_root, check_words
from pipelines.services.units import possible_files, settings_text, unit_files
from storage.files.atomic import StorageError, remove, replacing
from storage.files.names import shown

_MARK = re.compile(r"# Written by `portfolio service install`; sha256 of what follows: ([0-9a-f]{64})\n")

_USER = re.compile(r"^User=(.+)$", re.MULTILINE)
_KEPT = re.compile(r"^ExecStart=.* --keep (\d+)( --key-file )?", re.MULTILINE)


@dataclass(frozen=True)
class Done:
    """What became of one file."""

    what: Literal["written", "updated", "unchanged", "kept", "removed"]
    path: Path


def marked(text: str) -> str:
    """A file's text with a first line that tells later whether somebody edited it."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"# Written by `portfolio service install`; sha256 of what follows: {digest}\n{text}"


def is_ours(text: str) -> bool:
    """Whether a file is as it was installed, by whatever version."""
    found = _MARK.match(text)
    return found is not None and hashlib.sha256(text[found.end() :].encode()).hexdigest() == found[1]


def planned(service: Service) -> Mapping[Path, str]:
    """What an installation writes, by the path on this machine; settings only where there are none."""
    request = service.request
    found = {at_root(request, path): marked(text) for path, text in unit_files(service).items()}
    env_file = at_root(request, service.env_file)
    return found if os.path.lexists(env_file) else {**found, env_file: settings_text(service)}


def install(service: Service, *, overwrite: bool) -> list[Done]:
    """Write units and, the first time, settings; what an earlier installation has and this one not goes.

    Raises:
        ServiceError: a file that is to be written or removed was edited, or is somebody else's; or units would go,
            keep less or run as another user; nothing was changed.
        StorageError: a file can't be written. Those before are; the same command goes on.
    """
    plan = planned(service)
    env_file = at_root(service.request, service.env_file)
    known = [at_root(service.request, path) for path in possible_files(service.request)]
    before = {path: _text(path) for path in {*plan, *known} if os.path.lexists(path)}
    if not overwrite:
        _refuse_edited(path for path, text in before.items() if text != plan.get(path) and not is_ours(text))
        _refuse_loss(plan, before)
    done = []
    for path, text in plan.items():
        if before.get(path) == text:
            done.append(Done("unchanged", path))
            continue
        _write(path, text, 0o600 if path == env_file else 0o644)
        done.append(Done("updated" if path in before else "written", path))
    if env_file not in plan:
        done.append(Done("kept", env_file))
    return done + _removed(path for path in known if path in before and path not in plan)


def uninstall(request: Request, *, overwrite: bool) -> list[Done]:
    """Remove units, and what made user and folders; settings and home folder stay.

    Raises:
        ServiceError: one of them was edited; nothing was changed.
        StorageError: a file can't be removed.
    """
    check_words(request)
    found = [path for path in (at_root(request, one) for one in possible_files(request)) if os.path.lexists(path)]
    if not overwrite:
        _refuse_edited(path for path in found if not is_ours(_text(path)))
    return _removed(found)


def _refuse_edited(paths: Iterable[Path]) -> None:
    edited = sorted(paths)
    if edited:
        more = f" (and {len(edited) - 1} more)" if len(edited) > 1 else ""
        raise ServiceError(
            f"{shown(edited[0])}{more} was edited, or is not of `portfolio service`: put changes into a drop-in"
            " (systemctl edit), or give --overwrite"
        )


def _refuse_loss(plan: Mapping[Path, str], before: Mapping[Path, str]) -> None:
    """Options left out by mistake, as in an upgrade, must end no backups, remove none and take no user away."""
    gone = sorted(before.keys() - plan.keys())
    if gone:
        more = f" (and {len(gone) - 1} more)" if len(gone) > 1 else ""
        raise ServiceError(
            f"{shown(gone[0])}{more} would be removed: give the options of before, --backup or --metrics among them,"
            " or --overwrite"
        )
    for path in sorted(before):
        was, will = _USER.search(before[path]), _USER.search(plan[path])
        if was and will and was[1] != will[1]:
            raise ServiceError(f"{shown(path)} runs as {shown(was[1])}: give --run-as {shown(was[1])}, or --overwrite")
        was, will = _KEPT.search(before[path]), _KEPT.search(plan[path])
        if was and will and int(will[1]) < int(was[1]):
            raise ServiceError(
                f"{shown(path)} keeps {was[1]} backups, and would remove all but {will[1]}: give --keep {was[1]}, or"
                " --overwrite"
            )
        if was and will and was[2] and not will[2]:
            raise ServiceError(f"{shown(path)} keeps the hash key apart: give --key-file, or --overwrite")


def _removed(paths: Iterable[Path]) -> list[Done]:
    done = []
    for path in paths:
        remove(path)
        done.append(Done("removed", path))
    return done


def _text(path: Path) -> str:
    """A file's text; of what is no file, as a unit that was masked, nothing that is ours."""
    if path.is_symlink() or not path.is_file():
        return ""
    return path.read_text(encoding="utf-8", errors="replace")


def _write(path: Path, text: str, mode: int) -> None:
    if path.is_dir() and not path.is_symlink():
        raise StorageError(f"{shown(path)} cannot be written: it is a folder")
    _make_folders(path.parent)
    with replacing(path) as beside:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        beside.chmod(mode)


def _make_folders(folder: Path) -> None:
    """Folders that systemd and everybody may look into, whatever the umask."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        try:
            missing.mkdir()
            missing.chmod(0o755)
        except OSError as error:
            raise StorageError(f"{shown(missing)} cannot be made: {error.strerror}") from error
