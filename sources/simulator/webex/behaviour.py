"""What the sources leave open, or what tests want otherwise: switches of the simulated Webex."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(kw_only=True)
class Behaviour:
    """How it answers; changing one while it runs holds from the next call on."""

    lists_own_organisation: bool = True
    """Whether /organizations names the partner's own organisation beside its customers."""
    details_first: bool = True
    """Whether /licenses answers 403 for a customer whose /organizations/{id} was never asked for."""
    spells_roles_large: bool = True
    """Whether participantType is upper case, as in the documents' example."""
    holder_page: int = 300
    """The most holders in a page; `limit` may ask for fewer."""
    meeting_page: int = 1000
    """The most meetings or joins in a page; `max` may ask for fewer and is 10 unless given."""
    record_page: tuple[int, int] = (500, 5000)
    """What `max` of call records is corrected to, silently."""
    records_by_organisation: bool = True
    """Whether call records heed `orgId`; where not, they are those of the token's own organisation."""
    records_limited: bool = False
    """Whether a token may ask for one first and ten further pages of call records a minute."""
    minute_seconds: float = 60.0
    """How long such a minute is."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Organisations (UUIDs) whose call records lie in another region, such as `eu`."""
    region_body: Literal["message", "description", "text"] = "message"
    """Where a 451 names the right address: the documents don't say."""
    token_calls: int | None = None
    """After so many calls with it a token has expired; never when None."""
    token_seconds: int = 50_400
    """`expires_in` of a new token."""
    refresh_seconds: int = 7_776_000
    """`refresh_token_expires_in`."""
    silent_seconds: float = 600.0
    """How long a silent server stays silent, unless the caller hangs up."""
    retry_after: int = 0
    """Seconds that Retry-After names, where a fault has it."""
