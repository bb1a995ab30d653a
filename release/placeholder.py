"""An empty wheel in the place of dbt-core-experimental-parser, for installers that can't leave a package out.

dbt-core asks for that package and runs without it; its sdist builds by downloading a compiler. uv leaves it out by an
override. pip has none, and pipx ends where a package that is asked for is not installed.
"""

import base64
import hashlib
import zipfile
from datetime import date
from pathlib import Path

_NAME, _VERSION = "dbt_core_experimental_parser", "2.0.0+left.out"
"""The lowest version that dbt-core takes; the label says that it is nobody's release."""


def write_placeholder(day: date, folder: Path) -> Path:
    """Write the wheel, which holds metadata alone; the same bytes for the same day (UTC)."""
    info = f"{_NAME}-{_VERSION}.dist-info"
    summary = "Empty: dbt-core asks for this package and runs without it."
    metadata = f"Metadata-Version: 2.1\nName: dbt-core-experimental-parser\nVersion: {_VERSION}\nSummary: {summary}\n"
    files = {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: partner-portfolio\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items()]
    record = f"{info}/RECORD"
    path = folder / f"{_NAME}-{_VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (files | {record: "".join([*lines, f"{record},,\n"])}).items():
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
