"""What a draft makes of paths: patterns for files of one kind, and the day in a name, a folder or an archive."""

import json
import re

from sources.mapping.drafting.values import is_date

_DATE_IN_NAME = (
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{4}_\d{2}_\d{2}", "%Y_%m_%d"),
    (r"\d{2}\.\d{2}\.\d{4}", "%d.%m.%Y"),
    (r"\d{2}-\d{2}-\d{4}", "%d-%m-%Y"),
    (r"\d{2}-\d{2}-\d{4}", "%m-%d-%Y"),
    (r"20\d{6}", "%Y%m%d"),
    (r"\d{8}", "%d%m%Y"),
    (r"\d{4}-\d{2}", ""),
)


def starred(name: str) -> str:
    """A name with a star for its dates and counts."""
    for pattern, _ in _DATE_IN_NAME:
        name = re.sub(rf"(?<!\d){pattern}(?!\d)", "*", name)
    return re.sub(r"\*[-_. ]?\*", "*", re.sub(r"\d{4,}", "*", name))


def day_in(what: str, text: str) -> str | None:
    """The keys of `day` where a name, a folder or a path in an archive has one."""
    for pattern, form in _DATE_IN_NAME:
        found = re.search(rf"(?<!\d){pattern}(?!\d)", text)
        if not found or not form or not is_date(found[0], form):
            continue
        if what == "path":
            return f"column: {{path: true, regex: {quoted(rf'({pattern})[^/]*$')}, date: {quoted(form)}}}"
        if form in ("%Y-%m-%d", "%Y_%m_%d", "%Y%m%d"):
            return f"{what}: true"
        return f"{what}: {quoted(f'({pattern})')}, format: {quoted(form)}"
    return None


def quoted(text: str) -> str:
    """A text as YAML, on one line: JSON's quotes are YAML's."""
    return json.dumps(text, ensure_ascii=False)
