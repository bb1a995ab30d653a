"""The Dagster instance of a home folder: what the command line runs in and the UI shows."""

import os
import shutil
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# Nothing here phones home, whichever tool is asked first.
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")


def prepare_instance(home: Path) -> Path:
    """Make `<home>/dagster` a Dagster home with the repository's dagster.yaml, and point DAGSTER_HOME to it.

    Returns:
        The Dagster home in force: one that DAGSTER_HOME already names is left as it is.
    """
    if given := os.environ.get("DAGSTER_HOME"):
        return Path(given)
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT_ROOT / "dagster.yaml", folder / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder
