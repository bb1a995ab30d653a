"""What is to be said of a run's usage: what failed, what Webex refuses, and what could not be counted, in numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.webex.counting import Usage
from sources.webex.models import Count, Licence


@dataclass
class UsageReport:
    """Organisations are named by their UUIDs, sites by their addresses, and people by nothing."""

    failures: dict[str, str] = field(default_factory=dict)
    """Why usage of organisations is still to be read."""
    holders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Licence lines of which other holders are listed than are counted."""
    sites: dict[str, str] = field(default_factory=dict)
    """Sites of which Webex does not tell the meetings."""
    calls: dict[str, str] = field(default_factory=dict)
    """Organisations of which it does not tell the calls."""
    uncounted: dict[str, Counter[str]] = field(default_factory=dict)
    """By day (ISO) what could not be counted, by cause."""
    windows: int = 0
    """First requests for calls."""
    earlier: Mapping[str, Any] = field(default_factory=dict)
    """What runs before had to say, by their `day`."""

    def failed(self, organisation: str, why: str) -> None:
        """An organisation's usage is to be read again."""
        self.failures[organisation] = why

    def other_holders(self, organisation: str, licence: Licence, listed: int, counted: Count) -> None:
        """A licence lists another number of holders than it counts, also when it was read once more."""
        self.holders[f"{organisation} {licence.code} {licence.subscription}"] = {"listed": listed, "counted": counted}

    def refused_site(self, site: str, why: str) -> None:
        """Webex does not tell the meetings of a site."""
        self.sites[site] = why

    def refused_calls(self, organisation: str, why: str) -> None:
        """Webex does not tell the calls of an organisation."""
        self.calls[organisation] = why

    def foreign_calls(self, organisation: str, records: int) -> None:
        """Calls that were asked for as one organisation's are another's."""
        self.calls[organisation] = f"{records} records are of another organisation, and are left out"

    def asked_for_calls(self) -> None:
        """A window of calls was read."""
        self.windows += 1

    def add(self, usage: Usage) -> None:
        """What could not be counted of an organisation."""
        for (day, cause), count in usage.uncounted.items():
            self.uncounted.setdefault(day.isoformat(), Counter())[cause] += count

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {
            "failures": self.failures,
            "holders": self.holders,
            "sites": self.sites,
            "calls": self.calls,
            "uncounted": {day: dict(causes) for day, causes in sorted(self.uncounted.items())},
        }

    def joined(self, run_day: date, pending: set[str]) -> dict[str, Any]:
        """This, with what earlier runs of the same day said of other organisations and days.

        Args:
            pending: organisations of which usage is still to be read.
        """
        fields, earlier = self.as_json(), self.earlier
        if earlier.get("day") == run_day.isoformat():
            for name in ("holders", "sites", "calls"):
                fields[name] = {**earlier.get(name, {}), **fields[name]}
            for day, causes in earlier.get("uncounted", {}).items():
                fields["uncounted"][day] = dict(Counter(causes) + Counter(fields["uncounted"].get(day, {})))
            failures = {**earlier.get("failures", {}), **fields["failures"]}
            fields["failures"] = {one: why for one, why in failures.items() if one in pending}
        return {"day": run_day.isoformat(), **fields}
