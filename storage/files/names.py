"""Folders whose names can't work, before anything is written to them."""

from pathlib import Path

from storage.files.atomic import StorageError


def unusable(folder: Path, *, home: bool = False) -> str:
    """Why a folder can't be used for its name, in a few words; nothing where it can.

    Args:
        home: it is a home folder, whose files Dagster and dbt open by addresses in which some letters mean something.
    """
    text = str(folder)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "its name is not UTF-8"
    if any(letter < " " or letter == "\x7f" for letter in text):
        return "its name has a line break or another control character in it"
    if home and (found := next((letter for letter in "?#%" if letter in text), None)):
        return f"its name has a {found} in it, which means something else in the addresses of Dagster's and dbt's files"
    if home and "\\" in text and any(letter in text for letter in "*["):
        return "its name has both a backslash and a * or [ in it, which no pattern of DuckDB can mean"
    return ""


def from_root(path: Path) -> Path:
    """A path from / on, with `~` for the folder of whoever runs this.

    Raises:
        StorageError: it begins with the folder of a user that this machine does not know.
    """
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise StorageError(f"{shown(path)}: whose folder is {path.parts[0]}? Give the path from / on") from error


def shown(path: object) -> str:
    """A path on one line: what a terminal would act on, or not show, becomes `�`."""
    return "".join(letter if letter.isprintable() else "�" for letter in str(path))
