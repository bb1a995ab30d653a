"""A home folder is its owner's: what the settings say of who else may read in it, put into force."""

import grp

from pipelines.settings import Settings
from storage.files.permissions import secure_home
from storage.files.umask import write_privately
from storage.usable import refuse_unusable


def keep_private(settings: Settings) -> None:
    """Have this process write privately, and the home folder be as the settings say, made where it is missing.

    Raises:
        StorageError: it can't be made, its rights can't be set, or it is half restored out of a backup.
    """
    write_privately()
    refuse_unusable(settings.folders)
    group = grp.getgrnam(settings.readers_group).gr_gid if settings.readers_group is not None else None
    secure_home(settings.home, settings.folders.serving.path, settings.landing_folder, group)


def make_private(settings: Settings) -> None:
    """The same for a home folder that is to be restored: nobody else looks in, whatever the settings say.

    Raises:
        StorageError: it can't be made, or its rights can't be set.
    """
    write_privately()
    secure_home(settings.home, settings.folders.serving.path, settings.landing_folder, None)
