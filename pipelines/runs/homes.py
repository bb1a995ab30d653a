"""Several home folders under one web server: each a code location with its own name, in an instance that all share."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from pipelines.own_settings import settings_of
from pipelines.settings import PREFIX, Settings, SettingsError
from storage.files.atomic import replacing, storage_errors
from storage.files.names import from_root
from storage.postgres.dsn import database_of
from storage.spark.catalog import keeps_all_at_home

_LOCATION = """\
# Written by `portfolio serve`: how Dagster loads the home folder {name}.
from pipelines.home_definitions import definitions_of

defs = definitions_of({home!r})
"""


def settings_of_homes(homes: Sequence[Path]) -> list[Settings]:
    """The settings of homes that one server is to have, in their order.

    Raises:
        SettingsError: a home has no name, two share what each needs for itself, or they don't share an instance.
    """
    found = [settings_of(from_root(home)) for home in homes]
    for settings in found:
        if settings.instance is None:
            where = settings.folders.settings_file
            raise SettingsError(
                f"{where} names no {PREFIX}INSTANCE, the folder that several homes share, and no {PREFIX}NAME: add both"
            )
    _refuse_equal("NAME", found, [str(settings.name) for settings in found])
    _refuse_equal("HOME", found, [str(settings.home.resolve()) for settings in found])
    _refuse_equal("LANDING", found, [str(settings.landing_folder.resolve()) for settings in found])
    _refuse_equal("POSTGRES_DSN", found, [_database(settings) for settings in found], is_shown=False)
    _refuse_equal("SPARK_SCHEMA", found, [_shared_schema(settings) for settings in found])
    _refuse_different("INSTANCE", found, [settings.instance and settings.instance.resolve() for settings in found])
    _refuse_different("DAGSTER_DSN", found, [settings.dagster_dsn for settings in found])
    return found


def write_workspace(homes: Sequence[Settings]) -> Path:
    """Write the workspace.yaml of homes into the instance's folder, and a file by which each is loaded.

    Raises:
        StorageError: the folder can't be written.
    """
    folder = homes[0].instance_folder
    locations = []
    with storage_errors(folder.path):
        for settings in homes:
            file = folder.location(str(settings.name))
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as beside:
                beside.write_text(_LOCATION.format(name=settings.name, home=str(settings.home)), encoding="utf-8")
            locations.append({"python_file": {"relative_path": str(file), "location_name": settings.name}})
        with replacing(folder.workspace) as beside:
            beside.write_text(yaml.safe_dump({"load_from": locations}, sort_keys=False), encoding="utf-8")
    return folder.workspace


def _database(settings: Settings) -> str | None:
    """Where a home publishes to; one's publication would take the place of another's."""
    return database_of(settings.postgres_dsn.get_secret_value()) if settings.postgres_dsn is not None else None


def _shared_schema(settings: Settings) -> str | None:
    """The schema of a home's marts in a catalog that other homes may use, too."""
    if settings.engine != "spark" or (settings.spark_master is not None and keeps_all_at_home()):
        return None
    return settings.spark_schema


def _refuse_equal(what: str, homes: Sequence[Settings], values: Sequence[str | None], *, is_shown: bool = True) -> None:
    first: dict[str, Settings] = {}
    for settings, value in zip(homes, values, strict=True):
        if value is not None and (other := first.setdefault(value, settings)) is not settings:
            same = f"{what}={value}" if is_shown else what
            raise SettingsError(
                f"{other.home} and {settings.home} have the same {PREFIX}{same}: each home needs its own"
            )


def _refuse_different(what: str, homes: Sequence[Settings], values: Sequence[object]) -> None:
    for settings, value in zip(homes, values, strict=True):
        if value != values[0]:
            files = f"{homes[0].folders.settings_file} and {settings.folders.settings_file}"
            raise SettingsError(
                f"{files} name different {PREFIX}{what}: homes under one server keep their runs in one place"
            )
