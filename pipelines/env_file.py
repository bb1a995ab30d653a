"""The file `.env`: settings by name, values as they are written, and one line for what can't be read of it.

What reads such files for pydantic drops a line that it can't read, and puts the environment's values in for `${NAME}`:
another hash key, without a word.
"""

import os
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv.parser import Binding, parse_stream
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

ENV_FILE = ".env"


class EnvFileError(Exception):
    """A line of `.env` that can't be read: one line, with its number and nothing of what it holds."""


class EnvFile(PydanticBaseSettingsSource):
    """The settings in the file `.env` of the current folder, as a source of pydantic's."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        self._prefix = str(settings.model_config.get("env_prefix", "")).lower()

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of one setting, its name, and that it is no JSON."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The texts of the settings that the file has, by field."""
        values = read_env_file(self._prefix)
        fields = {name: values.get(self._prefix + name.lower()) for name in self.settings_cls.model_fields}
        return {name: value for name, value in fields.items() if value is not None}


def read_env_file(prefix: str, path: Path | None = None) -> dict[str, str | None]:
    """The values in `.env` by name in lower case, as they are written; none where there is no such file.

    Args:
        prefix: of the settings' names, in lower case; a setting has its value on its line.
        path: the file, where it is not that of the current folder.

    Raises:
        EnvFileError: a line can't be read.
        OSError: the file can't be read.
        UnicodeDecodeError: it is no UTF-8.
    """
    path = Path(ENV_FILE) if path is None else path
    if not os.path.lexists(path):
        return {}
    text = path.read_text(encoding="utf-8-sig")  # without the mark that some editors begin a file with
    values: dict[str, str | None] = {}
    for binding in parse_stream(StringIO(text)):
        name, text = (binding.key or "").lower(), binding.original.string.strip()
        if binding.error or (name.startswith(prefix) and (binding.value is None or "\n" in text)):
            raise EnvFileError(
                f"line {_line(binding)} of {path.absolute()} cannot be read: write NAME=value on one line,"
                " with the same quote at both ends of the value, or with none"
            )
        if name:
            values[name] = binding.value
    return values


def _line(binding: Binding) -> int:
    """The number of the line; the parser counts from the empty lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
