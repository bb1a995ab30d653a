"""A release, from the checks to the tag. Killed anywhere, the same call goes on: see docs/releasing.md."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from release import changelog
from release.building import build
from release.checkout import Checkout
from release.contents import check_sdist, check_wheel
from release.declared import check_version, with_version
from release.errors import ReleaseError
from release.placeholder import write_placeholder
from release.sbom import write_sbom

CHANGELOG, PROJECT, LOCK = "CHANGELOG.md", "pyproject.toml", "requirements-runtime.lock"


@dataclass(frozen=True)
class Plan:
    """What a release is made of, what it writes into the checkout, and the day that its changelog names (UTC)."""

    commit: str
    """The last commit when it was planned."""
    version: str
    day: date
    texts: dict[str, str]
    """What is written, by file name."""

    @property
    def tag(self) -> str:
        """The tag's name."""
        return f"v{self.version}"


def make(folder: Path, version: str, today: date, report: Callable[[str], None]) -> Path:
    """Build and check a version, commit it and tag it; nothing leaves the machine.

    Nothing in the checkout changes before all is built and checked.

    Args:
        folder: the checkout.
        version: of the release.
        today: its day (UTC), unless an interrupted call wrote another into the changelog.
        report: told each step's name as it begins.

    Returns:
        The folder with what was built.

    Raises:
        ReleaseError: what keeps the version from being released, or a step fails.
    """
    checkout = Checkout(folder)
    plan = planned(checkout, version, today)
    target = folder / "dist" / version
    with _whole(target) as parts, TemporaryDirectory(prefix="portfolio-release-") as temporary:
        source = Path(temporary) / f"partner-portfolio-{version}"
        report(f"unpacking the last commit, with version {version} of {plan.day}")
        checkout.unpack(plan.commit, source)
        _write(plan, source)
        report("building sdist and wheel")
        wheel, sdist = build(source, plan.day, parts)
        report("looking into them")
        check_wheel(wheel, source)
        check_sdist(sdist, source)
        report("writing the bill of materials")
        lock = source / LOCK
        shutil.copyfile(lock, parts / LOCK)
        (parts / "constraints.txt").write_text(constraints(lock.read_text(encoding="utf-8")), encoding="utf-8")
        write_placeholder(plan.day, parts)
        write_sbom(source, lock, plan.day, parts / f"partner_portfolio-{version}.cdx.json")
        _write_sums(parts)
    if planned(checkout, version, plan.day) != plan:
        raise ReleaseError("the checkout changed while it was built, and nothing of it was: run again")
    if _write(plan, folder) or checkout.uncommitted():
        report("committing")
        checkout.commit(f"Version {version}", list(plan.texts))
    report(f"tagging {plan.tag}")
    checkout.tag(plan.tag, _message(plan))
    return target


def planned(checkout: Checkout, version: str, today: date) -> Plan:
    """What the release will write, where nothing speaks against it.

    Changes that an interrupted call for the same version left are no others: it is written again.

    Raises:
        ReleaseError: the version is none, not new, or tagged; nothing is to be released; or something is not committed.
    """
    check_version(version)
    if checkout.has_tag(f"v{version}"):
        raise ReleaseError(f"the tag v{version} exists: {version} is released, choose a newer version")
    commit = checkout.head()
    committed = {name: checkout.committed(name) for name in (CHANGELOG, PROJECT)}
    present = changelog.section((checkout.folder / CHANGELOG).read_text(encoding="utf-8"), version)
    day = present.day if present is not None and present.day is not None else today
    texts = {
        CHANGELOG: changelog.cut(committed[CHANGELOG], version, day),
        PROJECT: with_version(committed[PROJECT], version),
    }
    if others := [name for name in checkout.uncommitted() if not _is_ours(checkout.folder / name, texts.get(name))]:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise ReleaseError(f"{others[0]}{more} is not committed: commit it, or put it aside, and run again")
    return Plan(commit, version, day, texts)


def _is_ours(path: Path, text: str | None) -> bool:
    return text is not None and path.is_file() and path.read_text(encoding="utf-8") == text


def _write(plan: Plan, folder: Path) -> bool:
    """Write the plan's files, each whole; whether any of them is another now."""
    changed = {n: text for n, text in plan.texts.items() if (folder / n).read_text(encoding="utf-8") != text}
    for name, text in changed.items():
        beside = folder / "dist" / f".{name}"  # which git ignores, if it stays there
        beside.parent.mkdir(exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(folder / name)
    return bool(changed)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A folder to fill, which takes the target's place when the block succeeds."""
    beside = target.with_name(f".{target.name}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    yield beside
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)


def constraints(lock: str) -> str:
    """The versions of a lock file, with their markers and without hashes: pip takes none of a constraint.

    With hashes it would ask for one of the wheel itself.
    """
    lines = [line.rstrip(" \\") for line in lock.splitlines() if re.match("[a-z0-9]", line)]
    return "\n".join([*lines, ""])


def _write_sums(folder: Path) -> None:
    """Write SHA256SUMS, which `sha256sum --check` reads."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _message(plan: Plan) -> str:
    found = changelog.section(plan.texts[CHANGELOG], plan.version)
    return f"partner-portfolio {plan.version}\n\n{found.body if found else ''}\n"
