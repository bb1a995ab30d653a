"""Licence lines as Webex was seen to list them: code, name, and whose heads they count."""

from dataclasses import dataclass
from enum import Enum


class Counted(Enum):
    """What a line's consumed units are."""

    PEOPLE = "people"
    WORKSPACES = "workspaces"
    NOBODY = "nobody"
    """Nothing is consumed, and nobody is listed."""
    UNSAID = "unsaid"
    """Nothing is consumed; the counts by users and by workspaces are null."""


@dataclass(frozen=True, slots=True)
class Code:
    """A licence code."""

    name: str
    product: str
    """As the raw contract calls it."""
    counted: Counted = Counted.PEOPLE


CODES = {
    "EE": Code("Webex Meetings Suite", "meetings"),
    "BCSTD": Code("Webex Calling - Professional", "calling"),
    "BCCA": Code("Webex Calling - Workspaces", "calling", Counted.WORKSPACES),
    "BCRLC": Code("Webex Calling - Route List Calls", "other", Counted.UNSAID),
    "BCHDO": Code("Webex Calling - Hot desk only", "other", Counted.NOBODY),
    "FTC": Code("Call on Webex (1:1 call, non-PSTN)", "call_on_webex"),
    "FMS": Code("Basic Messaging", "messaging"),
    "FSS": Code("Free screen share", "other"),
    "FTM": Code("Basic Space Meetings", "other"),
    "CE": Code("Hybrid Exchange", "other", Counted.NOBODY),
    "CG": Code("Hybrid Google", "other", Counted.NOBODY),
    "HM": Code("Hybrid Message", "other", Counted.NOBODY),
    "UCPREM": Code("Unified Communications Manager", "other", Counted.NOBODY),
    "MS": Code("Advanced Messaging", "messaging"),
    "CF": Code("Advanced Space Meetings", "other"),
    "RTT": Code("Real-Time Translations", "other"),
    "CJPPRM": Code("Contact Center Premium Agent", "contact_center"),
    "CJPSTD": Code("Contact Center Standard Agent", "contact_center"),
    "SD": Code("Webex Room Kit", "devices", Counted.WORKSPACES),
    "EPC": Code("Epic connector", "other", Counted.NOBODY),
    "SFDSK": Code("Salesforce connector", "other", Counted.NOBODY),
}

UNKNOWN_CODE = "ZQNEW"
"""No table has it; a connector can only call it `other`."""

HEAD_COUNTED = ("FTC", "FMS", "FSS", "FTM")
"""Lines without a subscription that everybody has: total and consumed are the organisation's heads."""
UNUSED = ("CE", "CG", "HM", "UCPREM", "BCHDO")
"""Lines without a subscription whose total is the organisation's heads, and that nobody has."""


def product_of(code: str) -> str:
    """The product of a code; `other` for one that no table has."""
    return CODES[code].product if code in CODES else "other"
