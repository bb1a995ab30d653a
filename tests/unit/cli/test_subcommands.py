import subprocess
import sys

import pytest
import typer

from cli.main import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
HEAVY = ("numpy", "pandas", "pyarrow", "dagster", "dbt", "great_expectations")


def test_every_subcommand_has_the_name_it_is_looked_up_by():
    assert {name: command.name for name, command in COMMANDS.items()} == {name: name for name in COMMANDS}


def test_an_unknown_name_is_no_subcommand():
    assert COMMANDS.get("materialise") is None


@pytest.mark.parametrize("command", ["show", "status"])
def test_a_command_is_imported_without_the_others_and_without_what_it_needs_not(command):
    others = sorted(f"cli.{name}" for name in COMMANDS if name != command)
    code = (
        "import sys, typer; from cli.main import app\n"
        f"typer.main.get_command(app).commands[{command!r}]\n"
        "print(*[name for name in sys.argv[1:] if name in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, *others, *HEAVY], capture_output=True, text=True, check=True, timeout=120
    )
    assert finished.stdout.split() == []
