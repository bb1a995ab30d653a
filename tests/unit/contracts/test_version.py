"""The version that the program says of itself is the checkout's, or the installed distribution's."""

import tomllib
from pathlib import Path

import pytest

from contracts.version import declared_version, program_version

ROOT = Path(__file__).parents[3]


def test_a_checkout_says_what_pyproject_declares():
    assert program_version() == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_a_folder_of_installed_packages_declares_nothing(tmp_path):
    assert declared_version(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[project]\nname = 'other'\nversion = '7.1'\n", "[tool.black]\n"])
def test_what_another_package_left_there_is_not_ours(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert declared_version(tmp_path) is None


def test_a_checkout_s_version_needs_no_installation(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'partner-portfolio'\nversion = '7.1.3'\n")
    assert declared_version(tmp_path) == "7.1.3"
