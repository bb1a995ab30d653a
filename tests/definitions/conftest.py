"""The definitions of an empty home folder, made once."""

import dagster as dg
import pytest

from pipelines.definitions import build_definitions
from pipelines.settings import load_settings


@pytest.fixture(scope="session")
def definitions(tmp_path_factory) -> dg.Definitions:
    home = tmp_path_factory.mktemp("home")
    return build_definitions(load_settings(home=home, landing=home / "landing"))
