"""What is built is held to what is released, and says nothing of where and when."""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from release.building import normalise
from release.contents import check_sdist, check_wheel
from release.errors import ReleaseError
from release.making import constraints
from release.placeholder import write_placeholder
from release.sbom import without_addresses

PROJECT = """
[project]
name = "partner-portfolio"
version = "0.2.0"
requires-python = ">=3.11,<3.14"

[project.optional-dependencies]
ui = ["x"]

[tool.mypy]
packages = ["cli"]
"""
METADATA = """Metadata-Version: 2.4
Name: partner-portfolio
Version: 0.2.0
Requires-Python: <3.14,>=3.11
Provides-Extra: ui
"""
INFO = "partner_portfolio-0.2.0.dist-info"


@pytest.fixture
def source(tmp_path) -> Path:
    folder = tmp_path / "source"
    for name in ("cli/main.py", "dbt_project/models/a.sql"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "contracts").mkdir()
    (folder / "contracts" / "dbt_project").symlink_to("../dbt_project")
    (folder / "pyproject.toml").write_text(PROJECT)
    return folder


def whole() -> dict[str, str]:
    code = {"cli/main.py": "cli/main.py", "contracts/dbt_project/models/a.sql": "dbt_project/models/a.sql"}
    return code | {f"{INFO}/METADATA": METADATA, f"{INFO}/RECORD": ""}


def wheel(folder: Path, held: dict[str, str]) -> Path:
    path = folder / "a.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in held.items():
            archive.writestr(name, text)
    return path


def sdist(path: Path, held: dict[str, str], owner: str = "jane", mtime: int = 17) -> Path:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in held.items():
            member = tarfile.TarInfo(f"partner_portfolio-0.2.0/{name}")
            member.size, member.mtime, member.uname, member.uid = len(text), mtime, owner, mtime
            archive.addfile(member, io.BytesIO(text.encode()))
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=mtime))
    return path


def test_a_wheel_of_the_released_files(source, tmp_path):
    check_wheel(wheel(tmp_path, whole()), source)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"cli/main.py": None}, r"lacks cli/main\.py"),
        ({"contracts/dbt_project/models/a.sql": None}, r"lacks contracts/dbt_project/models/a\.sql"),
        ({"cli/main.py": "other"}, r"holds another cli/main\.py"),
        ({"cli/left.py": ""}, r"holds cli/left\.py, which is no file"),
        ({f"{INFO}/METADATA": None}, "has no partner_portfolio-0.2.0.dist-info/METADATA"),
        ({f"{INFO}/METADATA": METADATA.replace("0.2.0", "0.1.0")}, "'0.1.0'"),
        ({f"{INFO}/METADATA": METADATA.replace(": ui", ": spark")}, "'spark'"),
        ({f"{INFO}/METADATA": f"{METADATA}License-Expression: No Such\n"}, "a.whl: "),
    ],
)
def test_a_wheel_of_anything_else(source, tmp_path, changes, said):
    held = {name: text for name, text in (whole() | changes).items() if text is not None}
    with pytest.raises(ReleaseError, match=said):
        check_wheel(wheel(tmp_path, held), source)


def test_an_sdist_of_the_released_files_and_of_one_more(source, tmp_path):
    held = {"cli/main.py": "cli/main.py", "PKG-INFO": METADATA, "setup.cfg": "", "x.egg-info/SOURCES.txt": ""}
    check_sdist(sdist(tmp_path / "a.tar.gz", held), source)
    with pytest.raises(ReleaseError, match=r"holds \.env, which is no file of the commit"):
        check_sdist(sdist(tmp_path / "a.tar.gz", held | {".env": "PORTFOLIO_HASH_KEY=x"}), source)


def test_an_sdist_says_neither_who_built_it_nor_when(tmp_path):
    held = {"b": "1", "a": "2"}
    first = sdist(tmp_path / "1.tar.gz", held)
    second = sdist(tmp_path / "2.tar.gz", dict(reversed(held.items())), owner="joe", mtime=23)
    assert first.read_bytes() != second.read_bytes()
    for path in (first, second):
        normalise(path, 1_795_651_200)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        found = [(one.name, one.mtime, one.uid, one.uname, one.mode) for one in archive.getmembers()]
        assert found == [(f"partner_portfolio-0.2.0/{name}", 1_795_651_200, 0, "", 0o644) for name in "ab"]
        assert archive.extractfile("partner_portfolio-0.2.0/a").read() == b"2"


def test_the_placeholder_is_a_wheel_of_metadata_alone(tmp_path):
    first, second = (write_placeholder(date(2026, 11, 26), tmp_path).read_bytes() for _ in range(2))
    assert first == second
    (path,) = tmp_path.iterdir()
    name, version, _, _ = parse_wheel_filename(path.name)
    asked = Requirement("dbt-core-experimental-parser<3,>=2.0.0b1")
    assert (name, version in asked.specifier) == (asked.name, True)
    with zipfile.ZipFile(path) as archive:
        info = "dbt_core_experimental_parser-2.0.0+left.out.dist-info"
        assert archive.namelist() == [f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
        assert Metadata.from_email(archive.read(f"{info}/METADATA"), validate=True).version == version
        listed = [line.split(",") for line in archive.read(f"{info}/RECORD").decode().splitlines()]
        for member, digest, size in listed[:2]:
            content = archive.read(member)
            found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            assert (digest, int(size)) == (f"sha256={found}", len(content))


def test_constraints_are_the_lock_without_hashes():
    first = "agate==1.9.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    second = "numpy==2 ; python_version < '3.12' \\\n    --hash=sha256:cc\n"
    assert constraints(f"# Written.\n{first}{second}") == "agate==1.9.1\nnumpy==2 ; python_version < '3.12'\n"


def test_a_bill_of_materials_without_addresses():
    given = {"components": [{"name": "a", "externalReferences": [{"url": "https://index.example/a"}]}], "version": 1}
    assert without_addresses(given) == {"components": [{"name": "a"}], "version": 1}
