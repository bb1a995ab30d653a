"""A release of a small repository: what keeps it from being made, and that a call that was cut off goes on.

What is built is written by hand: tests/e2e/test_release.py builds for real.
"""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from release import making
from release.checkout import Checkout
from release.errors import ReleaseError
from release.making import make

DAY, NEXT_DAY = date(2026, 11, 26), date(2026, 11, 27)
LOG = "# Changelog\n\n## Unreleased\n\n- `#1` is fixed.\n# no comment\n\n## 0.1.0\n\n- First.\n"
STEPS = ["unpacking", "building", "looking", "writing", "committing", "tagging"]


class Cut(BaseException):
    """The process ends here."""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "user.name", "Maintainer")
    git(folder, "config", "user.email", "maintainer@example.org")
    (folder / "CHANGELOG.md").write_text(LOG)
    (folder / "pyproject.toml").write_text('[project]\nname = "partner-portfolio"\nversion = "0.1.0"\n')
    (folder / "requirements-runtime.lock").write_text("agate==1\n")
    (folder / ".gitignore").write_text("/dist/\n")
    commit(folder)
    monkeypatch.setattr(making, "build", build)
    for name in ("check_wheel", "check_sdist"):
        monkeypatch.setattr(making, name, lambda built, source: None)
    monkeypatch.setattr(making, "write_sbom", lambda source, lock, day, target: target.write_text(lock.read_text()))
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "More")


def build(source: Path, day: date, folder: Path) -> tuple[Path, Path]:
    """Something of the released files, so that it can be seen what they were."""
    wheel, sdist = folder / "a.whl", folder / "a.tar.gz"
    wheel.write_text((source / "pyproject.toml").read_text())
    sdist.write_text((source / "CHANGELOG.md").read_text())
    return wheel, sdist


def release(folder: Path, version: str = "0.2.0", day: date = DAY, cut_at: str = "") -> Path:
    def report(step: str) -> None:
        if cut_at and step.startswith(cut_at):
            raise Cut

    return make(folder, version, day, report)


def assert_released(folder: Path, day: date = DAY) -> None:
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "cat-file", "-t", "v0.2.0") == "tag"
    assert git(folder, "rev-parse", "v0.2.0^{commit}") == git(folder, "rev-parse", "HEAD")
    assert git(folder, "log", "--format=%s") == "Version 0.2.0\nMore"
    assert git(folder, "diff", "--name-only", "HEAD~").split() == ["CHANGELOG.md", "pyproject.toml"]
    assert f"## 0.2.0 - {day}\n\n- `#1` is fixed.\n" in (folder / "CHANGELOG.md").read_text()
    assert 'version = "0.2.0"' in (folder / "pyproject.toml").read_text()
    message = git(folder, "tag", "--list", "--format=%(contents)", "v0.2.0")
    assert message == "partner-portfolio 0.2.0\n\n- `#1` is fixed.\n# no comment"
    built = folder / "dist" / "0.2.0"
    assert (built / "a.whl").read_text() == (folder / "pyproject.toml").read_text()
    assert (built / "a.tar.gz").read_text() == (folder / "CHANGELOG.md").read_text()
    assert sorted(path.name for path in (folder / "dist").iterdir()) == ["0.2.0"]
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=built, check=True)


def test_one_call_commits_and_tags_what_it_built(checkout):
    assert release(checkout) == checkout / "dist" / "0.2.0"
    assert_released(checkout)


@pytest.mark.parametrize("step", STEPS)
def test_a_call_that_ends_at_any_step_goes_on_the_next_day(checkout, step):
    with pytest.raises(Cut):
        release(checkout, cut_at=step)
    if step in STEPS[:4]:
        assert git(checkout, "status", "--porcelain") == "", "changed before all was built and checked"
    release(checkout, day=NEXT_DAY)
    # The day that was written into the changelog stays.
    assert_released(checkout, NEXT_DAY if step in STEPS[:4] else DAY)


def test_a_call_that_ends_between_its_two_files_goes_on(checkout, monkeypatch):
    replace = Path.replace

    def end_at_the_second(self: Path, target: Path) -> Path:
        if target == checkout / "pyproject.toml":
            raise Cut
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", end_at_the_second)
    with pytest.raises(Cut):
        release(checkout)
    monkeypatch.setattr(Path, "replace", replace)
    assert git(checkout, "status", "--porcelain") == "M CHANGELOG.md"
    release(checkout, day=NEXT_DAY)
    assert_released(checkout)


def test_a_version_that_was_cut_by_hand_is_tagged_as_it_is(checkout):
    text = LOG.replace("## Unreleased\n", f"## Unreleased\n\n## 0.2.0 - {DAY}\n")
    (checkout / "CHANGELOG.md").write_text(text)
    (checkout / "pyproject.toml").write_text('[project]\nname = "partner-portfolio"\nversion = "0.2.0"\n')
    commit(checkout)
    head = git(checkout, "rev-parse", "HEAD")
    release(checkout, day=NEXT_DAY)
    assert git(checkout, "rev-parse", "HEAD") == head == git(checkout, "rev-parse", "v0.2.0^{commit}")


def test_what_is_not_committed_is_named(checkout):
    (checkout / "new.py").write_text("")
    (checkout / "requirements-runtime.lock").write_text("agate==2\n")
    with pytest.raises(ReleaseError, match=r"^\S+ and 1 more is not committed: commit it, or put it aside"):
        release(checkout)
    assert (checkout / "new.py").exists()


@pytest.mark.parametrize("name, more", [("CHANGELOG.md", "- More.\n"), ("pyproject.toml", "# more\n")])
def test_an_edit_of_its_own_files_is_no_leftover_of_a_release(checkout, name, more):
    path = checkout / name
    path.write_text(edited := path.read_text() + more)
    with pytest.raises(ReleaseError, match=f"^{name} is not committed"):
        release(checkout)
    assert path.read_text() == edited


def test_what_is_staged_counts_as_not_committed(checkout):
    (checkout / "new.py").write_text("")
    git(checkout, "add", "new.py")
    with pytest.raises(ReleaseError, match=r"new\.py is not committed"):
        release(checkout)


@pytest.mark.parametrize("commits", [True, False])
def test_a_checkout_that_changes_during_the_build_is_left_as_it_is(checkout, monkeypatch, commits):
    def change_meanwhile(source: Path, day: date, folder: Path) -> tuple[Path, Path]:
        (checkout / "CHANGELOG.md").write_text(LOG.replace("is fixed", "is really fixed"))
        if commits:
            commit(checkout)
        return build(source, day, folder)

    monkeypatch.setattr(making, "build", change_meanwhile)
    with pytest.raises(ReleaseError):
        release(checkout)
    assert git(checkout, "tag") == ""
    assert "is really fixed" in (checkout / "CHANGELOG.md").read_text()
    assert 'version = "0.1.0"' in (checkout / "pyproject.toml").read_text()
    monkeypatch.setattr(making, "build", build)
    if commits:
        release(checkout)
        assert "is really fixed" in (checkout / "dist" / "0.2.0" / "a.tar.gz").read_text()


def test_a_tag_that_exists_is_refused(checkout):
    git(checkout, "tag", "v0.2.0")
    with pytest.raises(ReleaseError, match=r"the tag v0\.2\.0 exists"):
        release(checkout)
    assert git(checkout, "log", "--format=%s") == "More"


def test_a_build_that_fails_changes_nothing(checkout, monkeypatch):
    def fail(source: Path, day: date, folder: Path) -> tuple[Path, Path]:
        raise ReleaseError("the sdist can't be built: no")

    monkeypatch.setattr(making, "build", fail)
    with pytest.raises(ReleaseError, match="can't be built"):
        release(checkout)
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "tag") == ""
    assert not (checkout / "dist" / "0.2.0").exists()


def test_the_variables_of_a_hook_lead_to_no_other_repository(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert Checkout(checkout).uncommitted() == []


def test_what_git_refuses_is_one_line(checkout):
    with pytest.raises(ReleaseError, match=r"^git show: fatal: ") as raised:
        Checkout(checkout).committed("no such file")
    assert "\n" not in str(raised.value)
