"""The rows that a digest tells of: one partner's, of an as-of date and the week before, of all owners or of some.

Each query answers with rows of its own, counted and chosen in the publication: a large partner's positions stay there.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb

from expectations.sql_text import sql_text
from expectations.windows import WEEKLY_CHANGE_DAYS
from storage.reading.known_usage import known_usage
from storage.reading.opening import PublishedMarts, Row

_WEEK = timedelta(days=WEEKLY_CHANGE_DAYS)
_POSITION = "as_of_date, partner_id, product, subscription_id"
_ON_LISTS = {
    "recently_added": "is_recently_added",
    "expiring": "is_expiring",
    "renewing": "is_renewing",
    "low_assignment": "is_low_assignment",
    "over_limit": "is_over_limit",
    "worklist": "on_worklist",
}
"""The lists, and the columns of `_listed` that say what is on them."""
LISTS = tuple(_ON_LISTS)
_OWNERS_KNOWN_DAYS = 14
"""As far back as the day that an outcome of a week is about."""


@dataclass(frozen=True)
class Scope:
    """Whose rows, of which day."""

    partner: str
    day: date
    owners: tuple[str, ...] = ()
    """Exactly these; all rows where none is named."""

    @property
    def week_ago(self) -> "Scope":
        """The same a week earlier."""
        return replace(self, day=self.day - _WEEK)

    def of(self, mart: str) -> str:
        """The condition by which a mart's rows belong to it."""
        names = ", ".join(map(sql_text, self.owners))
        owned = f" and {mart}.owner in ({names})" if self.owners else ""
        return f"{mart}.partner_id = {sql_text(self.partner)} and {mart}.as_of_date = date '{self.day}'{owned}"


class DigestRows:
    """Queries over one publication.

    Raises:
        StorageError: an earlier version published it, without the marts.
    """

    def __init__(self, marts: PublishedMarts) -> None:
        marts.require("renewal_worklist", "renewal_outcomes", "next_actions", "overage_risk", "forecast_skill")
        self._marts = marts
        self._connection = marts.connection

    def is_published(self, scope: Scope) -> bool:
        """Whether the day has rows of the partner."""
        return scope.partner in self._marts.partners(scope.day)

    def owners(self, scope: Scope) -> list[str]:
        """The owners that the partner's customers have on the day, in alphabetical order."""
        everyone = replace(scope, owners=())
        found = self._rows(
            f"select distinct owner from marts.dim_customers where {everyone.of('dim_customers')}"
            " and owner is not null order by owner"
        )
        return [row["owner"] for row in found]

    def partners_with_owner(self, owner: str) -> list[str]:
        """The partners that had an owner of this name on any published day, in alphabetical order."""
        found = self._rows(
            f"select distinct partner_id from marts.dim_customers where owner = {sql_text(owner)} order by partner_id"
        )
        return [row["partner_id"] for row in found]

    def has_terms(self, scope: Scope) -> bool:
        """Whether any position of the partner has terms on the day, of whatever owner."""
        return self._any("currency is not null or buying_model is not null or renewal_quantity is not null", scope)

    def figures(self, scope: Scope) -> Row:
        """The head figures of the day: customers, licences and decisions; used licences are null where unknown."""
        (row,) = self._rows(f"""
            with positions as ({self._positions(scope)}),
            counted as (
                select
                    count(distinct customer_id) as customers,
                    count(distinct subscription_id) as subscriptions,
                    coalesce(sum(total_licenses), 0) as total_licenses,
                    coalesce(sum(assigned_licenses), 0) as assigned_licenses,
                    case when count(*) = count(used_licenses) then coalesce(sum(used_licenses), 0) end as used_licenses,
                    coalesce(sum(overage_licenses), 0) as overage_licenses,
                    count(distinct case when is_expiring then customer_id end) as expiring_customers,
                    count(distinct case when is_renewing then customer_id end) as renewing_customers,
                    count(distinct case when is_low_assignment then customer_id end) as low_assignment_customers,
                    count(distinct case when is_over_limit then customer_id end) as over_limit_customers
                from positions
            ),
            decided as (
                select
                    count(case when days_until_decision < 0 then 1 end) as overdue_decisions,
                    count(case when days_until_decision between 0 and 30 then 1 end) as decisions_in_30_days
                from marts.renewal_worklist as worklist
                where {scope.of("worklist")} and motion <> 'convert'
            )
            select counted.*, decided.* from counted, decided
        """)
        return row

    def money(self, scope: Scope) -> dict[str, Row]:
        """What is paid in twelve months, by currency: for all positions, those to decide on, and what is avoidable."""
        rows = self._rows(f"""
            with paid as (
                select currency, fsum(value_12m) as value_12m
                from marts.license_positions as positions
                where {scope.of("positions")} and currency is not null
                group by currency
            ),
            decided as (
                select currency, fsum(value_12m) as to_decide_12m, fsum(avoidable_12m) as avoidable_12m
                from marts.renewal_worklist as worklist
                where {scope.of("worklist")} and currency is not null
                group by currency
            )
            select currency, value_12m, to_decide_12m, avoidable_12m
            from paid left join decided using (currency)
            order by currency
        """)
        return {row["currency"]: row for row in rows}

    def unpriced(self, scope: Scope) -> int:
        """Subscriptions of which some licences have no price, and so are in no amount."""
        (row,) = self._rows(
            "select count(distinct subscription_id) as unpriced from marts.license_positions as positions"
            f" where {scope.of('positions')} and value_12m is null"
        )
        return int(row["unpriced"])

    def new_on_lists(self, scope: Scope) -> list[Row]:
        """The positions that are on a list on which they were not a week before, with these lists' names.

        What ends first comes first.
        """
        newly = " ".join(
            f"when name = '{name}' then today.{column} and not coalesce(earlier.{column}, false)"
            for name, column in _ON_LISTS.items()
        )
        names = ", ".join(map(sql_text, LISTS))
        before = replace(scope.week_ago, owners=())  # who it belonged to then makes it no news
        return self._rows(f"""
            with today as ({self._listed(scope)}),
            earlier as ({self._listed(before)}),
            compared as (
                select today.*, list_filter([{names}], lambda name: case {newly} end) as lists
                from today left join earlier using (product, subscription_id)
            )
            select product, subscription_id, customer_id, customer_name, subscription_label, owner, end_date,
                total_licenses, assigned_licenses, overage_licenses, lists
            from compared
            where len(lists) > 0
            order by end_date nulls last, customer_name, product, subscription_id
        """)

    def outcomes(self, scope: Scope, first: date) -> list[Row]:
        """What was decided, as told from `first` up to the day; each with its owner of then, or the last before."""
        owners = replace(scope, owners=()).of("told").replace("told.as_of_date =", "told.as_of_date <=")
        chosen = f"where owner in ({', '.join(map(sql_text, scope.owners))})" if scope.owners else ""
        return self._rows(f"""
            with known as (
                select customer_id, nullif(arg_max(coalesce(owner, ''), as_of_date), '') as owner
                from marts.dim_customers as told
                where {owners} and told.as_of_date >= date '{scope.day - timedelta(days=_OWNERS_KNOWN_DAYS)}'
                group by customer_id
            ),
            told as (
                select outcomes.*, known.owner
                from marts.renewal_outcomes as outcomes left join known using (customer_id)
                where outcomes.partner_id = {sql_text(scope.partner)}
                    and outcomes.as_of_date between date '{first}' and date '{scope.day}'
            )
            select as_of_date, product, subscription_id, customer_id, customer_name, subscription_label, owner,
                is_trial, end_date, total_licenses, changed_on, outcome, licenses_after, license_change
            from told {chosen}
            order by changed_on, customer_name, product, subscription_id
        """)

    def actions(self, scope: Scope) -> list[Row]:
        """What to do, in the order of its rules and dates; with the probability where the risk of overage has one."""
        return self._rows(f"""
            select actions.product, actions.subscription_id, actions.customer_id, actions.customer_name,
                actions.subscription_label, actions.owner, actions.segment, actions.action, actions.also,
                actions.due_date, actions.licenses, actions.currency, actions.value_12m,
                risk.probability_over_limit_90d
            from marts.next_actions as actions
            left join marts.overage_risk as risk using ({_POSITION})
            where {scope.of("actions")}
            order by actions.priority, actions.due_date nulls last, actions.licenses desc nulls last,
                actions.customer_name, actions.product, actions.subscription_id
        """)

    def skill(self, scope: Scope) -> float | None:
        """How much better than the base rate the forecast of overage was; null where that can't be told."""
        everyone = replace(scope, owners=())
        rows = self._rows(f"select skill from marts.forecast_skill as skills where {everyone.of('skills')}")
        return rows[0]["skill"] if rows else None

    def _positions(self, scope: Scope) -> str:
        columns = self._marts.columns["license_positions"]
        positions = f"(select * from marts.license_positions as positions where {scope.of('positions')})"
        return known_usage(self._connection, positions, columns)

    def _listed(self, scope: Scope) -> str:
        """Positions with whether they are on the worklist."""
        return f"""
            select positions.*, worklist.subscription_id is not null as on_worklist
            from marts.license_positions as positions
            left join marts.renewal_worklist as worklist using ({_POSITION})
            where {scope.of("positions")}
        """

    def _any(self, condition: str, scope: Scope) -> bool:
        everyone = replace(scope, owners=())
        asked = f"select 1 from marts.license_positions as positions where {everyone.of('positions')} and ({condition})"
        return bool(self._rows(f"{asked} limit 1"))

    def _rows(self, query: str) -> list[Row]:
        found: duckdb.DuckDBPyConnection = self._connection.execute(query)
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
