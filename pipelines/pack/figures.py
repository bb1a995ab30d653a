"""What the publication says of one customer on an as-of date: the figures of a pack, before they are put in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from expectations.sql_text import sql_text
from storage.reading.customers import Customer
from storage.reading.known_usage import known_usage
from storage.reading.opening import PublishedMarts, Row

YEAR_DAYS = 365
LEAST_PEERS = 10
"""Fewer other customers with licences of a product are no group: its quartiles would be somebody's figures."""
MARTS = (
    *("license_positions", "customer_overview", "renewal_worklist", "true_forward", "overage_risk"),
    *("forecast_skill", "next_actions"),
)


@dataclass(frozen=True)
class Peers:
    """A product's adoption at the customer and at others of its partner, as fractions."""

    product: str
    others: int
    """Other customers with licences of the product."""
    assigned: float | None
    used: float | None
    """Assigned and used licences of those purchased; None where nothing was purchased, or no usage came."""
    assigned_quartiles: Sequence[float] | None
    used_quartiles: Sequence[float] | None
    """25, 50 and 75 % of the others; None with fewer than `LEAST_PEERS` of which it is known."""


@dataclass(frozen=True)
class Figures:
    """A customer on an as-of date. Rows are those of the marts, sorted by product and subscription."""

    customer: Customer
    day: date
    is_provisional: bool
    overview: Row
    positions: Sequence[Row]
    history: Sequence[Row]
    """product, day, total, assigned and used (None where no usage came) of the published days of a year."""
    peers: Sequence[Peers]
    worklist: Mapping[tuple[str, str], Row]
    true_forward: Mapping[tuple[str, str], Row]
    risk: Mapping[tuple[str, str], Row]
    """By product and subscription."""
    actions: Sequence[Row]
    skill: float | None


def read_figures(marts: PublishedMarts, customer: Customer, day: date) -> Figures | None:
    """The customer's figures on an as-of date; None where it is not in the portfolio on that date.

    Raises:
        StorageError: an earlier version published, without the marts of decisions.
    """
    marts.require(*MARTS)
    overview = _rows(marts, "customer_overview", customer, day)
    if not overview:
        return None
    by_key = {
        mart: {(row["product"], row["subscription_id"]): row for row in _rows(marts, mart, customer, day)}
        for mart in ("renewal_worklist", "true_forward", "overage_risk")
    }
    skill = marts.rows("forecast_skill", customer.partner_id, day, day)
    return Figures(
        customer,
        day,
        is_provisional=marts.provisional_day() == day,
        overview=overview[0],
        positions=_rows(marts, "license_positions", customer, day),
        history=_history(marts, customer, day),
        peers=_peers(marts, customer, day),
        worklist=by_key["renewal_worklist"],
        true_forward=by_key["true_forward"],
        risk=by_key["overage_risk"],
        actions=_rows(marts, "next_actions", customer, day, order="priority, due_date nulls last, subscription_id"),
        skill=skill[0]["skill"] if skill else None,
    )


def _rows(
    marts: PublishedMarts, mart: str, customer: Customer, day: date, order: str = "product, subscription_id"
) -> list[Row]:
    """The customer's rows of a mart; of a mart without products the order is of no account."""
    order = order if "product" in marts.columns[mart] else "customer_id"
    query = (
        f"select * from ({_known(marts, mart)}) where {_of(customer)} and as_of_date = date '{day}' order by {order}"
    )
    return _fetch(marts, query)


def _history(marts: PublishedMarts, customer: Customer, day: date) -> list[Row]:
    first = day - timedelta(days=YEAR_DAYS)
    return _fetch(
        marts,
        "select product, as_of_date as day, sum(total_licenses) as total, sum(assigned_licenses) as assigned,"
        " case when count(used_licenses) = count(*) then sum(used_licenses) end as used"
        f" from ({_known(marts, 'license_positions')})"
        f" where {_of(customer)} and as_of_date between date '{first}' and date '{day}' group by all order by all",
    )


def _peers(marts: PublishedMarts, customer: Customer, day: date) -> list[Peers]:
    """Of each product that the customer has; its own figures are not among the others'."""
    rows = _fetch(
        marts,
        f"""
        with adoption as (
            select product, customer_id = {sql_text(customer.customer_id)} as is_own,
                case when sum(total_licenses) > 0 then sum(assigned_licenses) / sum(total_licenses) end as assigned,
                case when sum(total_licenses) > 0 and count(used_licenses) = count(*)
                    then sum(used_licenses) / sum(total_licenses) end as used
            from ({_known(marts, "license_positions")})
            where partner_id = {sql_text(customer.partner_id)} and as_of_date = date '{day}'
            group by product, customer_id
        )
        select product,
            count(case when not is_own then assigned end) as others,
            count(case when not is_own then used end) as others_used,
            max(case when is_own then assigned end) as assigned, max(case when is_own then used end) as used,
            quantile_cont(case when not is_own then assigned end, [0.25, 0.5, 0.75]) as assigned_quartiles,
            quantile_cont(case when not is_own then used end, [0.25, 0.5, 0.75]) as used_quartiles
        from adoption group by product having bool_or(is_own) order by product
        """,
    )
    return [
        Peers(
            row["product"],
            row["others"],
            row["assigned"],
            row["used"],
            row["assigned_quartiles"] if row["others"] >= LEAST_PEERS else None,
            row["used_quartiles"] if row["others_used"] >= LEAST_PEERS else None,
        )
        for row in rows
    ]


def _known(marts: PublishedMarts, mart: str) -> str:
    return known_usage(marts.connection, f'marts."{mart}"', marts.columns[mart])


def _of(customer: Customer) -> str:
    return f"partner_id = {sql_text(customer.partner_id)} and customer_id = {sql_text(customer.customer_id)}"


def _fetch(marts: PublishedMarts, query: str) -> list[Row]:
    result = marts.connection.execute(query)
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
