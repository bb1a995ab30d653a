"""Superset inside this process: its database, administrator and assets. Runs in `.venv-bi`."""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from bi.assets import fingerprint, read_assets, write_assets
from bi.settings import PROJECT, BiSettings


@contextmanager
def superset_application() -> Iterator[Any]:
    """Superset's Flask application, within whose context its commands run."""
    os.environ.setdefault("SUPERSET_CONFIG_PATH", str(PROJECT / "bi" / "superset_config.py"))
    logging.disable(logging.WARNING)  # hundreds of lines of migrations and of optional parts that are not installed
    from superset.app import create_app

    application = create_app()
    with application.app_context():
        yield application


def prepare(settings: BiSettings) -> str | None:
    """Bring Superset's own database up to date; returns the administrator's password where one was generated."""
    import superset
    from flask_migrate import upgrade
    from superset import appbuilder, security_manager

    with redirect_stdout(StringIO()):  # its migrations report what they did not find
        upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    user = security_manager.find_user(username=settings.user)
    if user is None:
        generated = None if settings.password else secrets.token_urlsafe(12)
        security_manager.add_user(
            settings.user,
            "Portfolio",
            "Administrator",
            f"{settings.user}@localhost",
            security_manager.find_role("Admin"),
            password=settings.password or generated,
        )
        return generated
    if settings.password:
        security_manager.reset_password(user.id, settings.password)
    return None


def import_assets(settings: BiSettings) -> bool:
    """Import `bi/superset`; returns False where it is what was imported last, so that edits in the browser live."""
    from flask import g
    from superset import security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    contents = read_assets(settings)
    mark = settings.folder / "imported.sha256"
    current = fingerprint(contents)
    if mark.exists() and mark.read_text(encoding="utf-8") == current:
        return False
    g.user = security_manager.find_user(username=settings.user)
    ImportAssetsCommand(contents).run()
    mark.write_text(current, encoding="utf-8")
    return True


def export_assets(settings: BiSettings) -> list[str]:
    """Write every dashboard that Superset holds, with what it uses, into `bi/superset`; returns the changed files."""
    from flask import g
    from superset import security_manager
    from superset.commands.dashboard.export import ExportDashboardsCommand
    from superset.daos.dashboard import DashboardDAO

    g.user = security_manager.find_user(username=settings.user)
    dashboards = [dashboard.id for dashboard in DashboardDAO.find_all()]
    changed = write_assets((name, text()) for name, text in ExportDashboardsCommand(dashboards).run())
    (settings.folder / "imported.sha256").write_text(fingerprint(read_assets(settings)), encoding="utf-8")
    return changed
