"""What the last runs had to say: a file of the memory folder, which `portfolio webex report` shows.

Organisations, subscriptions, sites and codes are named in it; people are counted.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sources.small_files import read_json, replacing_text
from sources.webex.options import WebexOptions
from sources.webex.snapshot_landing import files_digest

_MOST_NAMED = 8


class Report:
    """The report of a memory folder."""

    def __init__(self, memory: Path) -> None:
        self._file = memory / "report.json"
        self.fields = read_json(self._file)
        """`snapshot`, `usage`, `requests` and `lost`; each may be missing."""

    def save_snapshot(self, found: Mapping[str, Any], options: WebexOptions) -> None:
        """What there is to say of the snapshots that were landed, and by which files of the partner's."""
        self._save({"snapshot": {**found, "carried": self._origins(found), "files": files_digest(options)}})

    def _origins(self, found: Mapping[str, Any]) -> dict[str, str]:
        """The day of which an organisation's repeated rows are: as before, where that snapshot repeated them, too."""
        before = self.fields.get("snapshot", {})
        earlier, known = before.get("carried", {}), before.get("day")
        return {
            one: earlier.get(one, day) if known in (day, found["day"]) else day for one, day in found["carried"].items()
        }

    def save_unread(self, day: date, failed: Mapping[str, str]) -> None:
        """Why organisations (UUIDs) could not be read for the snapshots of a day."""
        self._save({"unread": {"day": day.isoformat(), "organisations": dict(sorted(failed.items()))}})

    def save_usage(self, found: Mapping[str, Any]) -> None:
        """What there is to say of the usage that was read on a day, which `found` names."""
        self._save({"usage": found})

    def save_requests(self, day: date, phase: str, counts: Counter[str]) -> None:
        """How much was asked; the runs of one day are added up."""
        earlier = self.fields.get("requests", {})
        phases = dict(earlier.get("phases", {})) if earlier.get("day") == day.isoformat() else {}
        phases[phase] = dict(Counter(phases.get(phase, {})) + counts)
        self._save({"requests": {"day": day.isoformat(), "phases": phases}})

    def save_lost(self, days: Mapping[date, str]) -> None:
        """Days whose snapshots were begun and are lost, each with the cause."""
        lost = {**self.fields.get("lost", {}), **{day.isoformat(): why for day, why in days.items()}}
        self._save({"lost": dict(sorted(lost.items())[-100:])})

    def landed_with(self, day: date) -> str | None:
        """The digest of the partner's files with which the snapshots of a day were landed."""
        found = self.fields.get("snapshot", {})
        return str(found["files"]) if found.get("day") == day.isoformat() and "files" in found else None

    def warnings(self) -> Iterator[str]:
        """What whoever runs it should know at once, in a line each."""
        found = self.fields.get("snapshot", {})
        if codes := found.get("unknown_codes"):
            yield (
                f"webex: licence codes in no table count as other: {some(codes)}; PORTFOLIO_WEBEX_CODES_FILE gives them"
                " a product"
            )
        if starts := found.get("guessed_starts"):
            yield (
                f"webex: what Webex does not say is guessed for {len(starts):,} subscriptions; `portfolio webex report`"
                " lists them, and `portfolio webex contract-template` writes a file to fill in"
            )
        if unknown := found.get("not_in_webex"):
            yield f"webex: {len(unknown):,} subscriptions of the contract file are not in Webex: {some(unknown)}"

    def _save(self, fields: Mapping[str, Any]) -> None:
        self.fields = {**self.fields, **fields}
        replacing_text(self._file, json.dumps(self.fields, indent=1) + "\n")


def some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
