"""Where Spark is, as the settings and Spark's own variable SPARK_REMOTE say."""

import os
import re

from pipelines.base_settings import PREFIX, SettingsError
from pipelines.env_file import EnvFileError, read_env_file
from pipelines.settings import Settings
from storage.spark.place import SparkPlace

REMOTE = "SPARK_REMOTE"
"""Spark's own name for it: a notebook on the same machine reads it, too."""


def spark_place(settings: Settings) -> SparkPlace | None:
    """Where marts are built by Spark; None where DuckDB builds them.

    Raises:
        SettingsError: neither a Connect server nor a master is named, or both are, or it is no address.
    """
    if settings.engine != "spark":
        return None
    remote, master = _remote(), settings.spark_master
    if not (remote or master):
        raise SettingsError(
            f"{PREFIX}ENGINE=spark: name a Connect server (SPARK_REMOTE=sc://host:15002) or a master"
            f" ({PREFIX}SPARK_MASTER=spark://host:7077)"
        )
    if remote and master:
        raise SettingsError(f"{REMOTE} and {PREFIX}SPARK_MASTER={master} are both set: unset the one that is not meant")
    if remote and not re.match(r"sc://[^/:;]", remote):
        raise SettingsError(f"{REMOTE}: must be the address of a Connect server, such as sc://host:15002")
    if master and not re.match(r"(spark://[^/:,]+:\d|local(\[|$)|yarn$|k8s://.)", master):
        raise SettingsError(f"{PREFIX}SPARK_MASTER={master}: must be a master's address, such as spark://host:7077")
    return SparkPlace(settings.spark_schema, remote or None, master or None)


def _remote() -> str:
    """What the environment says, or else the file `.env`; it may hold a token, and is shown nowhere."""
    if REMOTE in os.environ:
        return os.environ[REMOTE].strip()
    try:
        return (read_env_file(PREFIX.lower()).get(REMOTE.lower()) or "").strip()
    except EnvFileError as error:
        raise SettingsError(str(error)) from None
