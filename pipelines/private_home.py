"""A home folder is its owner's: what the settings say of who else may read in it, put into force."""

import grp

from pipelines.settings import Settings
from storage.files.permissions import secure_home
from storage.files.umask import write_privately


def keep_private(settings: Settings) -> None:
    """Have this process write privately, and the home folder be as the settings say, made where it is missing.

    Raises:
        StorageError: it can't be made, or its rights can't be set.
    """
    write_privately()
    group = grp.getgrnam(settings.readers_group).gr_gid if settings.readers_group is not None else None
    secure_home(settings.home, settings.folders.serving.path, settings.landing_folder, group)
