"""A naive connector: all that is served, read by HTTP alone and made into rows of the raw contract.

It knows nothing of what serves it, so that what is served and what is expected can be held to each other.
"""

from base64 import b64decode
from collections import Counter
from datetime import date, timedelta
from typing import Any

from .asking import Asking

PRODUCTS = {
    "EE": "meetings",
    "BCSTD": "calling",
    "BCCA": "calling",
    "FTC": "call_on_webex",
    "FMS": "messaging",
    "MS": "messaging",
    "CJPPRM": "contact_center",
    "CJPSTD": "contact_center",
    "SD": "devices",
}
Row = dict[str, Any]
Found = dict[tuple[str, ...], set[tuple[str, ...]]]


def bare(identity: str) -> str:
    """What is behind an id's last slash."""
    return b64decode(identity + "=" * (-len(identity) % 4)).decode().rpartition("/")[2]


class Reading:
    """What one run reads."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.partner = bare(asking.body("/people/me")["orgId"])
        listed = asking.body("/organizations")["items"]
        self.organisations = [item for item in listed if bare(item["id"]) != self.partner]
        self.lines: list[tuple[str, Row]] = []
        for item in self.organisations:
            asking.body(f"/organizations/{item['id']}")
            lines = asking.body("/licenses", orgId=item["id"])["items"]
            self.lines += [(bare(item["id"]), line) for line in lines if "subscriptionId" in line]

    def customers(self) -> list[Row]:
        """Customer rows."""
        return [
            {
                "partner_id": self.partner,
                "customer_id": bare(item["id"]),
                "customer_name": item["displayName"],
                "country_code": None,
                "created_on": date.fromisoformat(item["created"][:10]) if "created" in item else None,
            }
            for item in self.organisations
        ]

    def license_assignments(self) -> list[Row]:
        """Licence rows."""
        sites: dict[tuple[str, str], set[str]] = {}
        for _, line in self.lines:
            sites.setdefault((line["subscriptionId"], code_of(line)), set()).add(line.get("siteUrl", ""))
        rows: dict[tuple[str, str], Row] = {}
        for org, line in self.lines:
            subscription, code = line["subscriptionId"], code_of(line)
            spelt = f"{code}:{line['siteUrl']}" if len(sites[subscription, code]) > 1 else code
            row = {
                "partner_id": self.partner,
                "customer_id": org,
                "subscription_id": subscription,
                "product": PRODUCTS.get(code, "other"),
                "license_code": spelt,
                "license_name": line["name"],
                "total_licenses": line["totalUnits"],
                "assigned_licenses": line["consumedUnits"],
            }
            same = rows.get((subscription, spelt))
            for name in ("total_licenses", "assigned_licenses") if same else ():
                both = (same[name], row[name])
                row[name] = None if None in both else sum(both)
            rows[subscription, spelt] = row
        return list(rows.values())

    def trials(self) -> dict[str, bool]:
        """Whether each subscription that has a line is a trial, by its tags or its id."""
        tagged = {
            item["subscriptionId"]: item["trial"] == "true"
            for tag in self._asking.body("/partner/tags", type="SUBSCRIPTION")
            for item in self._asking.body("/partner/tags/subscriptions", tags=tag["name"], max=100)
        }
        subscriptions = {line["subscriptionId"] for _, line in self.lines}
        return {name: tagged.get(name, False) or name.startswith("trialSub.") for name in subscriptions}

    def meetings(self, day: date, *, joins: bool = False) -> Found:
        """Who hosted (or joined) which meetings of a UTC day: meetings by organisation, subscription and user."""
        holders: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
        for org, line in self.lines:
            if "siteUrl" in line:
                for user in self._holders(line):
                    seat = (org, line["subscriptionId"], bare(user["id"]))
                    holders.setdefault((line["siteUrl"], user["email"].lower()), set()).add(seat)
        found: Found = {}
        for site in {line["siteUrl"] for _, line in self.lines if "siteUrl" in line}:
            window = {"from_": f"{day}T00:00:00Z", "to": f"{day + timedelta(days=1)}T00:00:00Z", "max": 1000}
            for meeting in self._asking.every("/meetingReports/usage", "items", siteUrl=site, **window):
                if not meeting["start"].startswith(str(day)):
                    continue
                emails = {meeting["hostEmail"].lower()}
                if joins:
                    asked = {"meetingId": meeting["meetingId"], "siteUrl": site, "max": 1000}
                    rows = self._asking.every("/meetingReports/attendees", "items", **asked)
                    emails = {row["email"].lower() for row in rows}
                for email in emails:
                    seats = holders.get((site, email), set())
                    if len({subscription for _, subscription, _ in seats}) == 1:
                        found.setdefault(next(iter(seats)), set()).add((meeting["meetingId"], email))
        return found

    def calls(self, day: date) -> Found:
        """Who made which calls on a UTC day."""
        holders: dict[tuple[str, str], set[str]] = {}
        for org, line in self.lines:
            if PRODUCTS.get(code_of(line)) == "calling":
                for user in self._holders(line):
                    holders.setdefault((org, bare(user["id"])), set()).add(line["subscriptionId"])
        found: Found = {}
        for item in self.organisations:
            for half in range(3):  # a call may end on the next day
                start = f"{day + timedelta(days=half // 2)}T{'00' if half % 2 == 0 else '12'}:00:00.000Z"
                end = (
                    f"{day}T12:00:00.000Z" if half == 0 else f"{day + timedelta(days=1)}T0{4 * (half == 2)}:00:00.000Z"
                )
                window = {"startTime": start, "endTime": end, "orgId": item["id"]}
                for record in self._asking.every("/cdr_feed", "items", "us", **window):
                    subscriptions = holders.get((bare(item["id"]), record["User UUID"]), set())
                    is_own = record["Direction"] == "ORIGINATING" and record["User type"] == "User"
                    if is_own and record["Start time"].startswith(str(day)) and len(subscriptions) == 1:
                        seat = (bare(item["id"]), next(iter(subscriptions)), record["User UUID"])
                        found.setdefault(seat, set()).add((record["Report ID"],))
        return found

    def _holders(self, line: Row) -> list[Row]:
        if not line["consumedByUsers"]:
            return []
        return self._asking.every(f"/licenses/{line['id']}", "users", includeAssignedTo="user")


def code_of(line: Row) -> str:
    """The code in a line's id."""
    return bare(line["id"]).partition(":")[2].partition("_")[0]


def counted(product: str, runs: list[Found], partner: str) -> list[Row]:
    """Usage rows of what several runs found: each meeting or call for the seat that it was first found for."""
    taken: set[tuple[str, ...]] = set()
    counts: Counter[tuple[str, ...]] = Counter()
    for found in runs:
        new = [(seat, event) for seat, events in found.items() for event in events if event not in taken]
        counts.update(seat for seat, _ in new)
        taken.update(event for _, event in new)
    return [
        {
            "partner_id": partner,
            "customer_id": org,
            "subscription_id": subscription,
            "product": product,
            "user_id": user,
            "activity_count": number,
        }
        for (org, subscription, user), number in counts.items()
    ]
