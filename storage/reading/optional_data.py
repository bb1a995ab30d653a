"""Which optional datasets a partner's rows of an as-of date know nothing of."""

from datetime import date

from expectations.contract import ACCOUNTS, CONTRACT_LINES
from expectations.sql_text import sql_text
from storage.reading.opening import PublishedMarts

_TOLD_BY = {
    CONTRACT_LINES.name: ("currency", "buying_model", "renewal_quantity"),
    ACCOUNTS.name: ("owner", "segment", "sub_partner_id"),
}
"""The columns of positions that come from an optional dataset, and are null without it."""


def unknown_datasets(marts: PublishedMarts, partner: str, day: date) -> list[str]:
    """The optional datasets of which no position of the partner has anything; none where it has no position."""
    columns = ", ".join(
        "count(coalesce({}))".format(", ".join(f"cast({name} as text)" for name in names))
        for names in _TOLD_BY.values()
    )
    found = marts.connection.execute(
        f"select count(*), {columns} from marts.license_positions"
        f" where partner_id = {sql_text(partner)} and as_of_date = date '{day}'"
    ).fetchone()
    positions, *told = found or (0,)
    return [name for name, count in zip(_TOLD_BY, told, strict=True) if positions and not count]
