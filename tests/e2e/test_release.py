"""`make release` in a clone of the checkout: built, checked, committed and tagged, and the same bytes once more."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .installing import ROOT, UV, contents

VERSION = "99.0.0"
pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout")
PLACEHOLDER = "dbt_core_experimental_parser-2.0.0+left.out-py3-none-any.whl"
SMALL = ("click", "jinja2", "markupsafe")
"""Of the runtime lock: a bill of materials of all of it takes 12 CPU seconds more."""


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def pinned(lock: Path) -> dict[str, str]:
    """The entries of a lock by package, with their hashes."""
    return {entry.partition("==")[0]: entry for entry in re.split(r"\n(?=[a-z])", lock.read_text()) if "==" in entry}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "checkout"
    run(ROOT, "git", "clone", "--quiet", "--no-tags", "--depth", "1", f"file://{ROOT}", folder)
    run(folder, "git", "config", "user.name", "Maintainer")
    run(folder, "git", "config", "user.email", "maintainer@example.org")
    lock = folder / "requirements-runtime.lock"
    lock.write_text("\n".join(pinned(lock)[name] for name in SMALL) + "\n")
    log = folder / "CHANGELOG.md"
    log.write_text(re.sub(r"^## Unreleased\n", "\\g<0>\n- Something.\n", log.read_text(), flags=re.MULTILINE))
    run(folder, "git", "commit", "--quiet", "--all", "--message", "Before the release")
    return folder


@pytest.fixture(scope="module")
def said(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    tool = tmp_path_factory.mktemp("tool")
    run(tool, UV, "venv", "--quiet", "--python", sys.executable, "tool")
    sync = [UV, "pip", "sync", "--quiet", "--python", "tool/bin/python", clone / "release" / "requirements.lock"]
    had = subprocess.run(sync, cwd=tool, capture_output=True, text=True, check=False)
    if had.returncode != 0:
        pytest.skip(f"cyclonedx-bom is neither in uv's cache nor to be had: {had.stderr.strip()}")
    return run(clone, sys.executable, "-m", "release", VERSION)


@pytest.fixture(scope="module")
def built(said: str, clone: Path) -> Path:
    return clone / "dist" / VERSION


def test_it_is_committed_and_tagged_and_nothing_else_changed(said: str, clone: Path) -> None:
    assert "nothing was pushed or uploaded" in said
    assert run(clone, "git", "status", "--porcelain") == ""
    assert run(clone, "git", "describe", "--exact-match") == f"v{VERSION}"
    assert run(clone, "git", "log", "-1", "--format=%s") == f"Version {VERSION}"
    assert run(clone, "git", "diff", "--name-only", "HEAD~").split() == ["CHANGELOG.md", "pyproject.toml"]


def test_what_is_built_is_listed_with_its_hashes(built: Path) -> None:
    names = [f"partner_portfolio-{VERSION}{end}" for end in ("-py3-none-any.whl", ".cdx.json", ".tar.gz")]
    names += ["SHA256SUMS", "constraints.txt", "requirements-runtime.lock", PLACEHOLDER]
    assert sorted(path.name for path in built.iterdir()) == sorted(names)
    assert "FAILED" not in run(built, "sha256sum", "--check", "SHA256SUMS")


def test_the_wheel_says_the_version(built: Path) -> None:
    held = contents(built / f"partner_portfolio-{VERSION}-py3-none-any.whl")
    assert f"Version: {VERSION}\n" in held[f"partner_portfolio-{VERSION}.dist-info/METADATA"].decode()


def test_the_bill_of_materials_is_of_the_lock_and_names_no_place(built: Path, clone: Path) -> None:
    text = (built / f"partner_portfolio-{VERSION}.cdx.json").read_text()
    bom = json.loads(text)
    assert (bom["bomFormat"], bom["metadata"]["component"]["version"]) == ("CycloneDX", VERSION)
    locked = {entry.split()[0] for entry in pinned(built / "requirements-runtime.lock").values()}
    assert {f"{one['name'].lower()}=={one['version']}" for one in bom["components"]} == locked
    assert all(one["purl"].startswith("pkg:pypi/") and one["licenses"] for one in bom["components"])
    needs = {one["ref"].partition("==")[0].lower(): one.get("dependsOn", []) for one in bom["dependencies"]}
    assert [name.partition("==")[0].lower() for name in needs["jinja2"]] == ["markupsafe"]
    assert not re.search(r"https?://(?!cyclonedx\.org)|file:|/tmp/|/root|/home/", text)
    assert str(clone.parent) not in text


def test_the_same_commit_gives_the_same_bytes(built: Path, clone: Path) -> None:
    before = (built / "SHA256SUMS").read_text()
    run(clone, "git", "tag", "--delete", f"v{VERSION}")
    run(clone, "sh", "-c", f"umask 077 && TZ=Asia/Tokyo '{sys.executable}' -m release {VERSION}")
    assert (built / "SHA256SUMS").read_text() == before
    assert run(clone, "git", "log", "-2", "--format=%s").splitlines() == [f"Version {VERSION}", "Before the release"]


def test_a_released_version_is_refused_in_one_line(said: str, clone: Path) -> None:
    again = subprocess.run([sys.executable, "-m", "release", VERSION], cwd=clone, capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (1, "")
    assert re.fullmatch(rf"error: the tag v{VERSION} exists: .*\n", again.stderr)


def test_the_target_hands_the_version_on() -> None:
    shown = run(ROOT, "make", "--dry-run", "--no-print-directory", "release", f"VERSION={VERSION}")
    assert shown.splitlines()[-1].startswith('.venv/bin/python -m release "$VERSION"')


@pytest.mark.parametrize(
    "name, content", [("CHANGELOG.md", "# Log\n\n## Unreleased\n\n- One.\n\n## [0.1.0]\n"), ("CHANGELOG.md", None)]
)
def test_a_changelog_that_can_t_be_read_is_one_line(clone: Path, name: str, content: str | None) -> None:
    before = (clone / name).read_bytes()
    try:
        (clone / name).unlink() if content is None else (clone / name).write_text(content)
        if content is not None:
            run(clone, "git", "commit", "--quiet", "--all", "--message", "Other")
        refused = subprocess.run([sys.executable, "-m", "release", "99.1.0"], cwd=clone, capture_output=True, text=True)
    finally:
        if content is not None:
            run(clone, "git", "reset", "--quiet", "--hard", "HEAD~")
        (clone / name).write_bytes(before)
    assert refused.returncode == 1
    assert re.fullmatch(r"error: [^\n]+\n", refused.stderr), refused.stderr
