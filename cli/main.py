"""The `portfolio` command: its subcommands, and one line for every error that a user can cause."""

import re
import sqlite3
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, NoReturn

import duckdb
import typer
from rich.console import Console
from rich.text import Text

from cli.ending import INTERRUPTED, end_interrupted
from cli.errors import UsageError, UserError
from cli.screen.output import clean
from cli.subcommands import Subcommands
from expectations.interrupts import interrupt_behind
from pipelines.base_settings import SettingsError, logs_json, stop_clock
from pipelines.manifest import ManifestError
from pipelines.mistyped import mistyped_settings
from sources.errors import SourceError
from storage.files.atomic import DISK_FULL, StorageError, is_full
from storage.files.names import shown
from storage.files.umask import write_privately

app = typer.Typer(
    name="portfolio",
    cls=Subcommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_USER_ERRORS = (UserError, SettingsError, SourceError, ManifestError, StorageError)
_FOLDERS = ("--home", "--landing")
_TOO_MUCH = re.compile(r"(unexpected extra argument\S*) \(.*\)", re.DOTALL)
"""Where a name of two words is not quoted, Typer names the second one."""


def _say_version(wanted: bool) -> None:
    if wanted:
        from contracts.version import program_version

        typer.echo(f"portfolio {program_version()}")
        raise typer.Exit


@app.callback()
def portfolio(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version, and exit.")
    ] = False,
) -> None:
    """Portfolio analytics for Webex partners: raw licence feeds in, published marts out."""


def main() -> None:
    """Run the command; exit codes: 0 done, 1 failed, 2 wrong usage, 3 done without blocked days, 130 interrupted.

    Those of `status --check` are a monitoring plugin's.
    """
    if sys.argv[1:2] == ["status"] and "--check" in sys.argv:
        sys.exit(check_as_plugin())
    try:
        if prepare():
            _run_logged()
        else:
            app()
    except SystemExit as ended:
        # Typer makes this of an interrupt, without a word.
        if ended.code == INTERRUPTED:
            _end_interrupted()
        raise
    except (Exception, KeyboardInterrupt) as error:
        if interrupt_behind(error) is not None:
            _end_interrupted()
        _fail_of(error)
        raise


def prepare() -> bool:
    """What comes before every command, and can end it in one line; whether the log is JSON."""
    check_interpreter(sys.flags.optimize)
    check_current_folder()
    check_folders(sys.argv[1:])
    write_privately()
    stop_clock()
    if as_json := logs_json():
        from pipelines.json_logs import write_json_lines

        write_json_lines()
    warn_of_mistyped_settings()
    return as_json


def _run_logged() -> NoReturn:
    """Run the command where the log is JSON: what Typer says of options is one line of it, and no box."""
    try:
        code = app(standalone_mode=False)
    except Exception as error:
        said = getattr(error, "format_message", None)
        if said is None:
            raise
        raise UsageError(_TOO_MUCH.sub(r"\1 '…'", said())) from error
    sys.exit(code)


def check_as_plugin() -> int:
    """Run a check, and give its exit code: 1 and 2 say what was found, so that no error may end with them.

    Whatever keeps it from looking, wrong options too, is a line on standard output, and the code for unknown.
    """
    try:
        prepare()
        code = int(app(standalone_mode=False) or 0)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return code
    except BaseException as error:
        from cli.screen.health_check import UNKNOWN, unknown_line

        sys.stdout.write(f"{unknown_line(_cause(error))}\n")
        return UNKNOWN


def _cause(error: BaseException) -> str:
    if interrupt_behind(error) is not None:
        return "interrupted"
    if isinstance(error, _USER_ERRORS):
        return str(error)
    said = getattr(error, "format_message", None)  # what Typer says of options
    return said() if said is not None else f"{type(error).__name__}: {error}"


def check_interpreter(optimize: int) -> None:
    """Raise `UserError` where Python leaves docstrings out: libraries that read their own fail to import."""
    if optimize > 1:
        raise UserError(f"Python runs without docstrings (PYTHONOPTIMIZE={optimize} or -OO); unset it, or set it to 1")


def check_current_folder() -> None:
    """Raise `UserError` where the current folder was removed: paths are told from it, and libraries ask for it."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise UserError("the current folder was removed meanwhile; change to another one, and run again") from None


def check_folders(arguments: Sequence[str]) -> None:
    """Raise `UserError` where a folder's name is empty: Typer would take the current folder."""
    if broken := next((text for text in arguments if not _is_utf8(text)), None):
        raise UserError(f"{shown(broken)} is not UTF-8; give files and folders names that are")
    for option, value in pairwise([*arguments, "."]):
        name = next((name for name in _FOLDERS if (option, value) == (name, "") or option == f"{name}="), None)
        if name is not None:
            raise UserError(f"{name} is empty; name a folder, or leave it out (is a variable of the shell unset?)")


def warn_of_mistyped_settings() -> None:
    """Name on standard error what looks like a setting and is none, a line each; the command goes on."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for line in mistyped_settings():
        console.print(Text.assemble(("warning: ", "bold yellow"), clean(line)))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes of the command line that are no text
        return False
    return True


def _end_interrupted() -> NoReturn:
    end_interrupted("; nothing half-done is visible, and the same command finishes the work")


def _fail_of(error: BaseException) -> None:
    """End with the one line of an error that a user can cause; nothing of another, whose traceback is for us."""
    match error:
        case UsageError():
            _fail(str(error), code=2)
        case _ if isinstance(error, _USER_ERRORS):
            _fail(str(error))
        case sqlite3.DatabaseError() | duckdb.Error() if is_full(error):
            _fail(f"{str(error).splitlines()[0]}: {DISK_FULL}")
        case sqlite3.DatabaseError():
            _fail(f"the ledger is damaged or in use: {error}; if it is damaged, restore ledger.sqlite from a backup")
        case duckdb.IOException():
            _fail(str(error).splitlines()[0])
        case MemoryError():
            _fail("there is not enough memory for this; ask for less, or run it on a larger machine")
        case OSError():
            _fail(f"{error.filename or 'a file'} cannot be used: {error.strerror}")


def _fail(message: str, code: int = 1) -> NoReturn:
    _say(message)
    sys.exit(code)


def _say(message: str) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("error: ", "bold red"), "\n".join(map(clean, message.split("\n")))))
