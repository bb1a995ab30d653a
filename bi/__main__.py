"""`python -m bi serve | export`, the commands behind `make bi` and `make bi-export`."""

import os
import socket
import sys

from bi.settings import PROJECT, BiError, BiSettings, load_settings

DASHBOARD = "/superset/dashboard/portfolio/"


def say(line: str) -> None:
    """One line for the user, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def serve(settings: BiSettings) -> None:
    """Prepare Superset in `<home>/bi`, import the dashboard, and become its server on 127.0.0.1."""
    require_free_port(settings.port)
    from bi.connection import connected

    connected({}, settings)  # what is wrong with the connection is said before half a minute of preparation
    say(f"preparing Superset in {settings.folder} …")
    from bi.instance import import_assets, prepare, superset_application

    with superset_application():
        generated = prepare(settings)
        if import_assets(settings):
            say("imported bi/superset")
    if generated:
        say(f"user {settings.user}, password {generated} (shown this once; PORTFOLIO_BI_PASSWORD sets another)")
    arguments = ["gunicorn", "--config", str(PROJECT / "bi" / "gunicorn_config.py"), "superset.app:create_app()"]
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606  no shell; Ctrl-C reaches the server itself


def require_free_port(port: int) -> None:
    """Raise BiError where something listens on the port already."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise BiError(f"port {port} is in use: stop what listens there, or set PORTFOLIO_BI_PORT")


def export(settings: BiSettings) -> None:
    """Write the dashboard, as edited in the browser, into `bi/superset`."""
    from bi.instance import export_assets, superset_application

    with superset_application():
        changed = export_assets(settings)
    for name in changed:
        say(f"bi/superset/{name}")
    say(f"{len(changed)} files changed" if changed else "bi/superset is what Superset holds")


def main(arguments: list[str]) -> int:
    """Run a command; what a user can put right is one line on standard error, and exit code 2."""
    commands = {"serve": serve, "export": export}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write("usage: python -m bi serve | export\n")
        return 2
    try:
        commands[arguments[0]](load_settings())
    except BiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
