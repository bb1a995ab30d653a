"""The definitions of one home folder among several, for a file that Dagster's servers load it by."""

import pipelines.starting  # noqa: F401

# isort: split
from pathlib import Path

import dagster as dg

from pipelines.definitions import load_definitions
from pipelines.own_settings import enter_home


def definitions_of(home: str) -> dg.Definitions:
    """The definitions of a home folder by the settings in its own `.env`.

    The process is that home's from here on: Dagster has one for each code location, and one for each run.
    """
    enter_home(Path(home))
    return load_definitions()
