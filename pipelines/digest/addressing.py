"""Which part of a digest each recipient gets: an owner's own customers, at one partner, and nobody else's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.digest.recipients import Recipient
from storage.reading.digest_rows import DigestRows, Scope
from storage.reading.opening import PublishedMarts


@dataclass(frozen=True)
class Addressed:
    """A recipient, and the as-of date of each partner whose part goes there; or why none does."""

    recipient: Recipient
    days: Mapping[str, date]
    problem: str = ""
    """What is wrong with the line, for whoever keeps the file."""
    note: str = ""
    """Why there is nothing to send, where nothing is wrong."""


def address_all(marts: PublishedMarts, days: Mapping[str, date], recipients: Sequence[Recipient]) -> list[Addressed]:
    """Who gets what.

    Args:
        days: the as-of date of each partner that the digest has.
    """
    rows = DigestRows(marts)
    known = marts.newest_days()
    return [_address(rows, known, days, recipient) for recipient in recipients]


def _address(rows: DigestRows, known: Mapping[str, date], days: Mapping[str, date], recipient: Recipient) -> Addressed:
    owner, partner = recipient.owner, recipient.partner
    if partner and partner not in known:
        return Addressed(recipient, {}, problem=f"{recipient.name}: partner {partner!r} is not published")
    chosen = {name: day for name, day in days.items() if partner in ("", name)}
    if not owner:
        return Addressed(recipient, chosen, note="" if chosen else f"{recipient.name}: the partner has no final day")
    if not partner:
        # A name says nothing of whose it is: another partner's owner of that name must not get these customers. Days
        # before count as well: when one of the two has left, the line still may have meant that one.
        named_at = rows.partners_with_owner(owner)
        if len(named_at) > 1:
            several = f"{len(named_at)} partners have or had an owner of this name"
            return Addressed(recipient, {}, problem=f"{recipient.name}: {several}: name one in a third column, partner")
    held = {name: day for name, day in chosen.items() if owner in rows.owners(Scope(name, day))}
    return Addressed(recipient, held, note="" if held else f"{recipient.name}: nobody has this owner, nothing to send")
