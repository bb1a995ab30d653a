"""What the pages about decisions have to show, asked of the published file by DuckDB directly."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from bi.tests.published import query

PAGES = ("Actions", "Changes", "Retention", "Customer")
NO_BETTER = "no better than the base rate"
ACTIONS = {
    "free_before_true_forward": "Free licences before the true forward",
    "settle_overage": "Settle the overage",
    "convert_trial": "Convert the trial",
    "renew": "Renew",
    "right_size": "Cut to what is needed",
    "raise_assignment": "Get licences assigned",
    "offer_more": "Offer more licences",
}
CHANGES = {
    "added": "Added",
    "removed": "Removed",
    "end_moved": "End moved",
    "auto_renew_on": "Auto renew on",
    "auto_renew_off": "Auto renew off",
    "converted": "Converted",
    "suspended": "Suspended",
    "resumed": "Resumed",
    "licenses_up": "Licences up",
    "licenses_down": "Licences down",
    "over_limit_entered": "Over limit entered",
    "over_limit_left": "Over limit left",
    "expiring_entered": "Expiring entered",
    "renewing_entered": "Renewing entered",
}
OUTCOMES = {
    "renewed": "Renewed",
    "extended": "Trial extended",
    "converted": "Trial converted",
    "replaced": "Replaced",
    "cancelled": "Cancelled early",
    "lost": "Lost",
    "expired_trial": "Trial expired",
}
MOTIONS = {"Renewals": "renewal", "Automatic renewals": "auto_renewal", "Trials to convert": "convert"}
RETENTION = {
    "Customers kept": "customer_retention",
    "Licences kept": "gross_license_retention",
    "Licences with growth": "net_license_retention",
}

# place of the tile: its figure over all rows, of the mart of KPIs where there is one, and its format.
DECISION_TILES = {
    "actions-overdue": ("coalesce(sum(overdue_decisions), 0) from marts_latest.renewal_worklist_kpis", ",d"),
    "actions-in-30-days": ("coalesce(sum(decisions_in_30_days), 0) from marts_latest.renewal_worklist_kpis", ",d"),
    "retention-base": ("base_customers from marts_latest.retention where product = 'meetings'", ",d"),
    "retention-customers": ("customer_retention from marts_latest.retention where product = 'meetings'", ".1%"),
    "retention-licences": ("gross_license_retention from marts_latest.retention where product = 'meetings'", ".1%"),
    "retention-growth": ("net_license_retention from marts_latest.retention where product = 'meetings'", ".1%"),
}

# place of the table: mart, its first columns as SQL, order, rows to a page.
DECISION_TABLES = {
    "actions-table": (
        "marts_latest.next_actions",
        "action, due_date, customer_name, owner, segment, licenses, coalesce(currency, 'no price'), value_12m",
        "priority, due_date, licenses desc, customer_name, subscription_id, product",
        15,
    ),
    "actions-worklist": (
        "marts_latest.renewal_worklist",
        (
            "decision_date, days_until_decision, customer_name, owner,"
            " case motion when 'renewal' then 'Renew' when 'convert' then 'Convert trial' else 'Renews by itself' end,"
            " end_date, total_licenses, used_licenses_90d, needed_licenses, reducible_licenses,"
            " coalesce(currency, 'no price'), value_12m, avoidable_12m"
        ),
        "decision_date, customer_name, subscription_id, product",
        15,
    ),
    "actions-true-forward": (
        "marts_latest.true_forward",
        (
            "measured_on, days_until_measured, true_forward_date, customer_name, owner, total_licenses,"
            " assigned_licenses, allowed_licenses, case when is_overconsumed then 'yes' else 'no' end,"
            " licenses_to_free, coalesce(currency, 'no price'), exposure_12m"
        ),
        "measured_on, customer_name, subscription_id, product",
        10,
    ),
    "changes-table": (
        "marts_latest.portfolio_changes",
        (
            "change, customer_name, owner, (select any_value(segment) from marts_latest.customer_overview as customers"
            " where customers.customer_id = portfolio_changes.customer_id), old_value, new_value"
        ),
        "change, customer_name, subscription_id, product",
        20,
    ),
    "outcomes-table": (
        "marts.renewal_outcomes",
        "changed_on, outcome, customer_name",
        "changed_on desc, customer_name, subscription_id, product",
        15,
    ),
}

# place of the customer's table: mart, and its columns as SQL.
CUSTOMER_TABLES = {
    "customer-overview": (
        "marts_latest.customer_overview",
        "customer_name, country_code, owner, segment, sub_partner_id, subscriptions, trials, total_licenses",
    ),
    "customer-subscriptions": ("marts_latest.license_positions", "subscription_label"),
    "customer-actions": ("marts_latest.next_actions", "action"),
    "customer-changes": ("marts_latest.portfolio_changes", "change"),
    "customer-worklist": ("marts_latest.renewal_worklist", "decision_date, days_until_decision"),
    "customer-risk": ("marts_latest.overage_risk", "subscription_label"),
    "customer-outcomes": ("marts.renewal_outcomes", "changed_on, outcome"),
}
SUMMARIES = ("actions-money", "actions-weeks-money", "changes-kinds", "actions-known")
RISKS = ("actions-risk", "actions-skill")
DECISION_CHARTS = ("actions-weeks", "retention-curves", "outcomes-weeks", "customer-bars")
"""Each is compared by a test of its own."""

# What the demo lacks, by name: several statements that make another publication of it.
WITHOUT_OPTIONAL = [
    f"update marts_latest.{mart} set {', '.join(f'{column} = null' for column in columns)}"
    for mart, columns in {
        "customer_overview": ("owner", "segment", "sub_partner_id", "currency", "value_12m"),
        "license_positions": ("owner", "segment", "sub_partner_id", "currency", "value_12m", "buying_model"),
        "next_actions": ("owner", "segment", "currency", "value_12m"),
        "renewal_worklist": ("owner", "segment", "currency", "value_12m", "avoidable_12m"),
        "overage_risk": ("owner",),
        "portfolio_changes": ("owner",),
    }.items()
] + ["delete from marts_latest.true_forward"]
TAG = "<img src=x onerror=window.hostile=1>"
HOSTILE = [
    f"update marts_latest.{mart} set customer_name = '{TAG}' || customer_name, owner = owner || '{TAG}'"
    for mart in ("customer_overview", "next_actions", "renewal_worklist", "overage_risk", "portfolio_changes")
]


def told(value: Any, words: Mapping[str, str] | None = None) -> str:
    """A cell as the page writes it: whole amounts, ISO dates, the words of a code, and nothing where text is null."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{Decimal(repr(value)).quantize(Decimal(1), ROUND_HALF_UP):,}"
    if isinstance(value, int):
        return f"{value:,d}"
    if isinstance(value, date):
        return value.isoformat()
    return (words or {}).get(value, value)


def rows_of(home: Path, place: str, where: str = "true", parameters: Sequence[Any] = ()) -> list[list[str]]:
    """The first page of a table about decisions, as texts; of its first columns."""
    source, columns, order, length = DECISION_TABLES[place]
    found = query(
        home, f"select {columns} from {source} where {where} order by {order} limit {length}", list(parameters)
    )
    return [[told(value, ACTIONS | CHANGES | OUTCOMES) for value in row] for row in found]


def shown(rows: Sequence[Sequence[str]], columns: int) -> list[list[str]]:
    """The first columns of what a table shows; Superset writes N/A for a figure that is not known."""
    return [["" if cell == "N/A" else cell for cell in row[:columns]] for row in rows]
