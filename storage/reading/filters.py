"""Rows of some customers: those of an owner, of a segment, or of one customer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from expectations.sql_text import sql_text
from storage.reading.customers import CUSTOMERS_MART, Customer
from storage.reading.opening import PublishedMarts

_TOLD_AFTER_DAYS = 7
"""How long a mart still tells of a customer that is gone: changes and outcomes are those of a week."""


@dataclass(frozen=True)
class Filters:
    """Which customers' rows: of one of the owners, of one of the segments, and of the customer; empty: of all."""

    owners: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    customer: Customer | None = None

    def __bool__(self) -> bool:
        return bool(self.owners or self.segments or self.customer)

    def condition(self, mart: str, columns: Collection[str], window: tuple[date, date]) -> str:
        """What the mart's rows of some as-of dates have to meet, as SQL over its columns; empty where all do.

        A mart's own `owner` and `segment` count. Where it has none, those of the customer do on the row's date, or when
        it was last there in the week before.

        Args:
            mart: its name.
            columns: its columns.
            window: the first and the last of the dates.
        """
        parts = []
        if self.customer is not None:
            parts.append(f"partner_id = {sql_text(self.customer.partner_id)}")
            parts.append(f"customer_id = {sql_text(self.customer.customer_id)}")
        for column, values in (("owner", self.owners), ("segment", self.segments)):
            if values:
                one_of = f"{column} in ({', '.join(map(sql_text, values))})"
                parts.append(one_of if column in columns else _of_account(mart, one_of, window))
        return " and ".join(parts)

    def customers_on(self, partner: str, day: date) -> str:
        """A query of the ids of a partner's customers that are meant on an as-of date."""
        condition = self.condition(CUSTOMERS_MART, ("owner", "segment"), (day, day))
        return (
            f"select customer_id from marts.{CUSTOMERS_MART} where partner_id = {sql_text(partner)}"
            f" and as_of_date = date '{day}' and {condition or 'true'}"
        )


def _of_account(mart: str, one_of: str, window: tuple[date, date]) -> str:
    key = "partner_id, customer_id, as_of_date"
    days = f"between date '{window[0]}' and date '{window[1]}'"
    return (
        f"({key}) in (select (row.partner_id, row.customer_id, row.as_of_date)"
        f' from (select distinct {key} from marts."{mart}" where as_of_date {days}) as row'
        f" asof join marts.{CUSTOMERS_MART} as account on row.partner_id = account.partner_id"
        " and row.customer_id = account.customer_id and row.as_of_date >= account.as_of_date"
        f" where row.as_of_date - account.as_of_date <= {_TOLD_AFTER_DAYS} and account.{one_of})"
    )


def known(
    marts: PublishedMarts, column: str, window: tuple[date, date], partner: str | None = None
) -> dict[str, set[str]]:
    """The owners, or the segments, of each partner's customers on some as-of dates, and in the week before.

    Args:
        column: `owner` or `segment`.
        window: the first and the last of the dates.

    Raises:
        StorageError: an earlier version published.
    """
    marts.require(CUSTOMERS_MART)
    whose = f" and partner_id = {sql_text(partner)}" if partner is not None else ""
    rows = marts.connection.execute(
        f"select partner_id, list({column}) from (select distinct partner_id, {column} from marts.{CUSTOMERS_MART}"
        f" where as_of_date between date '{window[0]}' - {_TOLD_AFTER_DAYS} and date '{window[1]}'{whose}"
        f" and {column} is not null) group by partner_id"
    ).fetchall()
    return {name: set(values) for name, values in rows}
