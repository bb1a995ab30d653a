"""What is installed for one home folder: where its units lie, as whom they run, and on what they may write."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from pipelines.base_settings import PREFIX, read_settings
from pipelines.env_file import ENV_FILE, EnvFileError, read_env_file
from pipelines.services.quoting import ENDINGS_OF_LINES
from pipelines.settings import Settings
from storage.files.names import shown, unusable

Scope = Literal["user", "system"]

PROGRAM = "portfolio"
_INSTANCE = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PARTS = ("web", "daemon", "nightly", "check", "failed", "backup", "metrics")
_NO_PROGRAM = "\"'\\$"
"""What systemd refuses in the path of a program, however it is quoted, and the sign of a variable."""
_SHARED = ("/tmp", "/var/tmp")  # noqa: S108  no file is made there
_PRIVATE = ("/home", "/root", "/run/user")
_GROUP = re.compile(r"[\w.@-]+")
"""What systemd's units and tmpfiles.d take unquoted, domains' groups with an @ included."""


class ServiceError(Exception):
    """What can't be installed or removed: one line, with what to do."""


@dataclass(frozen=True)
class Request:
    """What an administrator asked for."""

    scope: Scope
    name: str | None = None
    """Of the instance, where there are several home folders on a machine."""
    home: Path | None = None
    landing: Path | None = None
    user: str = PROGRAM
    port: int = 3000
    at: str = "04:00"
    """When the nightly run begins, UTC."""
    backup: Path | None = None
    """Folder of backups."""
    key_file: Path | None = None
    keep: int = 14
    metrics: Path | None = None
    """File for node_exporter's textfile collector."""
    program: Path | None = None
    """The `portfolio` command, where it is not the one that runs."""
    root: Path | None = None
    """Folder that stands for `/`: that of an image or another system."""

    @property
    def system(self) -> bool:
        """Whether units are the system's, and not a user's own."""
        return self.scope == "system"

    @property
    def prefix(self) -> str:
        """What the names of its files begin with."""
        return PROGRAM if self.name is None else f"{PROGRAM}-{self.name}"


@dataclass(frozen=True)
class Service:
    """All that the units of one home folder say; paths are those of the system that they are for."""

    request: Request
    settings: Settings
    program: Path

    @property
    def system(self) -> bool:
        """Whether they are the system's units."""
        return self.request.system

    @property
    def prefix(self) -> str:
        """What the names of its files begin with."""
        return self.request.prefix

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.settings.home

    @property
    def landing(self) -> Path:
        """The landing folder."""
        return self.settings.landing_folder

    @property
    def config(self) -> Path:
        """The folder that the services start in; it holds the settings."""
        return config_folder(self.request) / self.prefix

    @property
    def env_file(self) -> Path:
        """The settings, secrets included."""
        return self.config / ENV_FILE

    @property
    def fills_landing(self) -> bool:
        """Whether runs write to the landing folder, or others alone deliver there."""
        return self.settings.source == "webex" or self.settings.mapping is not None

    @property
    def writable(self) -> list[Path]:
        """Folders that runs write to."""
        found = [self.home]
        if self.fills_landing and self.home not in (self.landing, *self.landing.parents):
            found.append(self.landing)
        return found if self.settings.instance is None else [*found, self.settings.instance]

    @property
    def needed(self) -> list[Path]:
        """Every path that the services have to reach."""
        settings, request = self.settings, self.request
        given = [
            settings.landing,
            settings.mapping,
            settings.inbox,
            settings.instance,
            request.backup,
            request.key_file,
            request.metrics,
        ]
        return [self.home, self.program, self.config, *(path for path in given if path is not None)]

    @property
    def reached(self) -> list[Path]:
        """`needed`, and where links on this machine lead from there; the program's Python lies beside it."""
        if self.request.root is not None:
            return self.needed
        python = _real(self.program).with_name("python")
        return [*self.needed, *map(_real, self.needed), _real(python)]

    @property
    def protect_home(self) -> str:
        """How far people's own folders are hidden: wholly, unless something that is needed lies in one."""
        return "read-only" if any(_below(path, _PRIVATE) for path in self.reached) else "yes"

    @property
    def group(self) -> str | None:
        """The group that may read the serving folder."""
        return self.settings.readers_group

    @property
    def jit(self) -> bool:
        """Whether something compiles while it runs, as Spark's Java does."""
        return self.settings.engine == "spark"


def service_of(request: Request) -> Service:
    """What is to be installed: the request, with what the settings file says where there is one already.

    Raises:
        ServiceError: a name, path or time can't be used, or the home folder is not known, or another one.
        SettingsError: a setting in the file can't be used.
    """
    check_words(request)
    folder = config_folder(request) / request.prefix
    program = request.program or Path(sys.executable).with_name(PROGRAM)
    if not program.is_absolute() or (request.root is None and not _can_run(program)):
        raise ServiceError(f"{shown(program)} is no command that can be run; name the installed one with --program")
    service = Service(request, _settings(request, at_root(request, folder / ENV_FILE)), program)
    for path in service.needed:
        _check_path(path, service)
    if service.system and any(_below(path, _SHARED) for path in service.reached):
        raise ServiceError("a link leads into /tmp or /var/tmp: services have others of their own; name another folder")
    if service.group is not None and not _GROUP.fullmatch(service.group):
        raise ServiceError(
            f"PORTFOLIO_READERS_GROUP={shown(service.group)}: no unit can name such a group; choose one of letters,"
            " digits and . _ - @"
        )
    return service


def at_root(request: Request, path: Path) -> Path:
    """Where a path of the system that the units are for lies on this one.

    Raises:
        ServiceError: a link leads out of the folder that stands for `/`.
    """
    if request.root is None:
        return path
    there = request.root / path.relative_to("/")
    if not _real(there.parent).is_relative_to(_real(request.root)):
        raise ServiceError(f"{shown(there.parent)}: a link leads out of {shown(request.root)}")
    return there


def config_folder(request: Request) -> Path:
    """Where settings and, of a user, units lie."""
    if request.system:
        return Path("/etc")
    given = os.environ.get("XDG_CONFIG_HOME", "")
    if given.startswith("/"):
        return Path(given)
    if (own := Path.home()) == Path("/"):  # of whoever has none
        raise ServiceError("you have no folder of your own for units: set HOME, or XDG_CONFIG_HOME")
    return own / ".config"


def _settings(request: Request, env_file: Path) -> Settings:
    """The settings that decide what units say, of the file where there is one, else of the request."""
    try:
        found = read_env_file(PREFIX.lower(), env_file)
    except EnvFileError as error:
        raise ServiceError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(f"{shown(env_file)} cannot be read: {error}") from None
    names = {name: f"{PREFIX}{name}".lower() for name in Settings.model_fields}
    given = {name: text for name, key in names.items() if (text := found.get(key)) is not None}
    for name, asked in (("home", request.home), ("landing", request.landing)):
        if asked is not None and given.setdefault(name, str(asked)) != str(asked):
            raise ServiceError(f"{shown(env_file)} names another {name} folder, {shown(given[name])}: change it there")
    if "home" not in given:
        raise ServiceError("which home folder? name it with --home")
    return read_settings(_FileSettings, **given)


class _FileSettings(Settings):
    """The settings of services: nothing of the shell in which they are installed."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: PydanticBaseSettingsSource, **given: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the file says, and the defaults."""
        return (given["init_settings"],)


def check_words(request: Request) -> None:
    """Raise `ServiceError` where a name or time of a request can't be used."""
    words = (
        ("--name", request.name, _INSTANCE, "small letters, digits and hyphens, such as acme"),
        ("--run-as", request.user, _USER, "a user's name, such as portfolio"),
        ("--at", request.at, _TIME, "a time (UTC), such as 04:00"),
    )
    for option, word, pattern, wanted in words:
        if word is not None and not pattern.fullmatch(word):
            raise ServiceError(f"{option} {shown(word)}: must be {wanted}")
    if request.name in _PARTS:
        raise ServiceError(f"--name {request.name}: portfolio-{request.name} is what a unit is called; choose another")
    if request.key_file is not None and request.backup is None:
        raise ServiceError("--key-file goes with --backup DIR")


def _check_path(path: Path, service: Service) -> None:
    text = str(path)
    if not path.is_absolute():
        raise ServiceError(f"{shown(path)}: services start elsewhere; give the path from / on")
    if ".." in path.parts:
        raise ServiceError(f"{shown(path)}: systemd takes no path with .. in it; name the folder itself")
    if reason := unusable(path, home=path == service.home):
        raise ServiceError(f"{shown(path)}: {reason}")
    if text.endswith(ENDINGS_OF_LINES):
        raise ServiceError(f"{shown(path)}: a name that ends with a blank or a backslash can't be written in a unit")
    if path == service.program and (found := next((letter for letter in _NO_PROGRAM if letter in text), None)):
        raise ServiceError(f"{shown(path)}: systemd runs no program with a {found} in its path; install it elsewhere")
    if service.system and _below(path, _SHARED):
        raise ServiceError(f"{shown(path)}: services have a /tmp and /var/tmp of their own; name another folder")


def _can_run(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _below(path: Path, folders: tuple[str, ...]) -> bool:
    return any(str(parent) in folders for parent in (path, *path.parents))
