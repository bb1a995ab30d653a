"""The Dagster instance of a home folder: what the command line runs in and the UI shows."""

import os
import shutil
from importlib.resources import files
from pathlib import Path

from pipelines.private_home import keep_private
from pipelines.settings import Settings
from storage.files.atomic import StorageError, replacing
from storage.home import Home


def prepare_home(settings: Settings) -> None:
    """Have the home folder be private, with a Dagster instance in it, for a command that runs the job.

    Raises:
        StorageError: the home folder can't be made or written.
    """
    keep_private(settings)
    prepare_instance(settings.folders)


def dagster_file(name: str) -> Path:
    """A file for Dagster that comes with this package, such as dagster.yaml; the repository has it at its top."""
    return Path(str(files("pipelines.runs") / name))


def prepare_instance(home: Home) -> Path:
    """Make `<home>/dagster` a Dagster home with this package's dagster.yaml, and point DAGSTER_HOME to it.

    Returns:
        The Dagster home in force: one that DAGSTER_HOME already names is left as it is.

    Raises:
        StorageError: the home folder can't be made or written, or DAGSTER_HOME names no folder.
    """
    if given := os.environ.get("DAGSTER_HOME"):
        if not (Path(given).is_absolute() and Path(given).is_dir()):
            raise StorageError(f"DAGSTER_HOME={given} must be the absolute path of a folder that exists; or unset it")
        return Path(given)
    folder = home.dagster
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = (
            f"home folder {home.path} cannot be used: {error.strerror}; name another one with --home or PORTFOLIO_HOME"
        )
        raise StorageError(message) from error
    with replacing(home.dagster_yaml) as beside:  # whole, since the UI may read it at the same time
        shutil.copyfile(dagster_file("dagster.yaml"), beside)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder
