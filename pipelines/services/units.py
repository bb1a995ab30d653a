"""The files of a service, out of templates."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined

from pipelines.services.quoting import plain, quoted, setting
from pipelines.services.service import Request, Service, config_folder

_ALWAYS = ("web.service", "daemon.service", "nightly.service", "nightly.timer", "check.service", "failed@.service")


def unit_files(service: Service) -> Mapping[Path, str]:
    """Text by path: units, and for the system the user and the folders that they need. All come from templates."""
    request = service.request
    names = [*_ALWAYS]
    names += ["backup.service", "backup.timer"] if request.backup is not None else []
    names += ["metrics.service", "metrics.timer"] if request.metrics is not None else []
    folder = units_folder(request)
    found = {folder / f"{service.prefix}-{name}": _rendered(f"{name}.j2", service) for name in names}
    if service.system:
        for kind in ("sysusers", "tmpfiles"):
            found[Path(f"/etc/{kind}.d/{service.prefix}.conf")] = _rendered(f"{kind}.conf.j2", service)
    return found


def possible_files(request: Request) -> list[Path]:
    """Every path at which an installation may have put a file, optional units included; no settings."""
    folder = units_folder(request)
    optional = (f"{name}.{kind}" for name in ("backup", "metrics") for kind in ("service", "timer"))
    names = [folder / f"{request.prefix}-{name}" for name in (*_ALWAYS, *optional)]
    return names + [Path(f"/etc/{kind}.d/{request.prefix}.conf") for kind in ("sysusers", "tmpfiles") if request.system]


def settings_text(service: Service) -> str:
    """The settings file to begin with."""
    return _rendered("settings.env.j2", service)


def units_folder(request: Request) -> Path:
    """Where systemd looks for units that an administrator, or a user, has put there."""
    return config_folder(request) / "systemd" / request.scope


def _rendered(template: str, service: Service) -> str:
    # Units are no HTML; what is put in goes through the filters.
    environment = Environment(  # noqa: S701
        loader=FunctionLoader(_template),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"quoted": quoted, "plain": plain, "setting": setting}
    text = environment.get_template(template).render(service=service)
    lines = text.strip().split("\n")
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before) + "\n"


def _template(name: str) -> str:
    return (files("pipelines.services") / "templates" / name).read_text(encoding="utf-8")
