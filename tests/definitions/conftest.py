"""The definitions of an empty home folder, made once."""

import dagster as dg
import pytest

from pipelines.definitions import build_definitions
from pipelines.settings import Settings, load_settings


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory) -> Settings:
    """The settings of a home folder in which dbt has parsed the project once, and nothing else was done."""
    home = tmp_path_factory.mktemp("home")
    return load_settings(home=home, landing=home / "landing")


@pytest.fixture(scope="session")
def definitions(empty_home) -> dg.Definitions:
    return build_definitions(empty_home)
