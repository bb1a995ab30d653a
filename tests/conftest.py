"""What holds for every test."""

import os
from collections.abc import Iterator

import pytest

from .memory import keep_files_in_memory
from .signals import listen_to_signals

GIVEN = os.environ.get("DAGSTER_HOME")


def pytest_configure() -> None:
    listen_to_signals()
    keep_files_in_memory()
    _time_no_example()


def _time_no_example() -> None:
    """How long an example takes says how busy the machine is: by itself Hypothesis fails one of a fifth of a second."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("untimed", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def dagster_home_as_given() -> Iterator[None]:
    """A command that is run within the tests' process names its Dagster home there; the next one has its own."""
    yield
    if GIVEN is None:
        os.environ.pop("DAGSTER_HOME", None)
    else:
        os.environ["DAGSTER_HOME"] = GIVEN
