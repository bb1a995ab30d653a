"""The Dagster instance of a home folder: what the command line runs in and the UI shows."""

import os
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import yaml
from pydantic import SecretStr

from pipelines.private_home import keep_private
from pipelines.settings import Settings
from storage.files.atomic import StorageError, replacing
from storage.home import Home
from storage.instance import InstanceFolder

_IN_POSTGRES = "pipelines.postgres_storage"
"""The module whose name in an instance's dagster.yaml says that its runs are in PostgreSQL."""


def prepare_home(settings: Settings) -> None:
    """Have the home folder be private, with a Dagster instance in it, for a command that runs the job.

    Raises:
        StorageError: the home folder can't be made or written.
    """
    keep_private(settings)
    prepare_instance(settings.folders, settings.dagster_dsn, settings.instance)


def dagster_file(name: str) -> Path:
    """A file for Dagster that comes with this package, such as dagster.yaml; the repository has it at its top."""
    return Path(str(files("pipelines.runs") / name))


def instance_config(*, in_postgres: bool) -> str:
    """The dagster.yaml of a home folder: this package's, whose storage is files, or the same with a database's."""
    text = dagster_file("dagster.yaml").read_text(encoding="utf-8")
    if not in_postgres:
        return text
    config = yaml.safe_load(text)
    del config["event_log_storage"]
    # Without the DSN: the class asks the settings for it.
    custom = {"module": _IN_POSTGRES, "class": "PostgresStorage", "config": {}}
    return yaml.safe_dump(config | {"storage": {"custom": custom}}, sort_keys=False)


def prepare_database(dsn: str, instance: Path) -> None:
    """Have the database hold the tables of an instance.

    Raises:
        StorageError: what talks to PostgreSQL is not installed, or the database can't be used.
    """
    if find_spec("dagster_postgres") is None:
        remedy = "install partner-portfolio[postgres] from its wheel"
        raise StorageError(f"PORTFOLIO_DAGSTER_DSN needs the extra `postgres`, which is not installed: {remedy}")
    from pipelines.postgres_storage import make_tables
    from pipelines.runs.failures import instance_errors

    with instance_errors(instance):
        make_tables(dsn)


def prepare_instance(home: Home, dsn: SecretStr | None = None, shared: Path | None = None) -> Path:
    """Make `<home>/dagster` a Dagster home with this package's dagster.yaml, and point DAGSTER_HOME to it.

    Args:
        dsn: the PostgreSQL database that keeps its runs; its tables are made where they are missing.
        shared: the folder that is the Dagster home of several home folders, in place of that.

    Returns:
        The Dagster home in force: one that DAGSTER_HOME already names is left as it is.

    Raises:
        StorageError: the folder can't be made or written, DAGSTER_HOME names none, the database can't be used, or the
            homes that share the folder keep their runs elsewhere.
    """
    folder, given = shared or home.dagster, os.environ.get("DAGSTER_HOME")
    if given and (Path(given) != folder or (dsn is None and shared is None)):
        if not (Path(given).is_absolute() and Path(given).is_dir()):
            raise StorageError(f"DAGSTER_HOME={given} must be the absolute path of a folder that exists; or unset it")
        if dsn is not None or shared is not None:
            setting = "PORTFOLIO_DAGSTER_DSN" if dsn is not None else "PORTFOLIO_INSTANCE"
            raise StorageError(f"DAGSTER_HOME={given} says itself where its runs are: unset it, or {setting}")
        return Path(given)
    config = InstanceFolder(folder).config
    if shared is not None:
        _refuse_other_storage(config, in_postgres=dsn is not None)
    if dsn is not None:
        prepare_database(dsn.get_secret_value(), folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what, remedy = f"home folder {home.path}", "name another one with --home or PORTFOLIO_HOME"
        if shared is not None:
            what, remedy = f"instance folder {shared}", "name another one with PORTFOLIO_INSTANCE"
        raise StorageError(f"{what} cannot be used: {error.strerror}; {remedy}") from error
    with replacing(config) as beside:  # whole, since the UI may read it at the same time
        beside.write_text(instance_config(in_postgres=dsn is not None), encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def _refuse_other_storage(config: Path, *, in_postgres: bool) -> None:
    """One home's settings don't move the runs of the homes that share its instance."""
    try:
        found = config.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{config} cannot be read: {error}") from error
    if (_IN_POSTGRES in found) == in_postgres:
        return
    kept, given = ("in files", "names a database") if in_postgres else ("in PostgreSQL", "is not set")
    raise StorageError(
        f"{config} keeps runs {kept}, and PORTFOLIO_DAGSTER_DSN {given} for this home: homes that share an instance all"
        " have it, or none; to move them all, set it so in each, then delete that file"
    )
