"""Where the dbt project lies: data of this package, which the repository keeps at its top."""

from importlib.resources import files
from pathlib import Path


def dbt_project() -> Path:
    """The dbt project's folder, an absolute path; it is read in place, and nothing is ever written to it.

    In a checkout, `contracts/dbt_project` is a link to the repository's folder; in an installed wheel it is the folder.
    """
    return Path(str(files("contracts") / "dbt_project")).resolve()
