"""What to decide: the lists of the decision marts, with what says which row it is, their figures and their heads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.screen.sections import SECTIONS, Figure, Kind
from expectations.contract import ACCOUNTS, CONTRACT_LINES


@dataclass(frozen=True)
class Head:
    """Figures over the rows of a list, by product, kind or currency."""

    by: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    sql: Mapping[str, str]
    """Each figure as SQL over the rows, and what they are grouped by, where that is no column of theirs."""
    order: str
    mart: str = ""
    """The mart that has the figures over all customers; none where the list alone has them."""


@dataclass(frozen=True)
class Decision:
    """A list of the decision marts."""

    slug: str
    title: str
    explanation: str
    mart: str
    columns: tuple[Figure, ...]
    order: str
    nothing: str
    """What is said where there is no row."""
    labels: tuple[Figure, ...] = ()
    """What says which row it is, beside customer, subscription and product."""
    head: Head | None = None
    needs: tuple[str, ...] = field(default=())
    """The optional datasets that it has figures of."""


PRODUCT = Figure("product", "Product", Kind.PRODUCT)
_CURRENCY = Figure("currency", "Currency", Kind.TEXT)
_BY_CURRENCY = {"currency": "coalesce(currency, 'none')"}
"""The mart of the worklist's figures calls it so, too."""
OWNER = Figure("owner", "Owner", Kind.TEXT, wide=True, optional=True)
_VALUE = Figure("value_12m", "Value 12 m", Kind.MONEY, optional=True)
_POSITIONS = Figure("positions", "Positions", meaning="Rows of the list: a subscription with a product is one.")
_UNPRICED = Figure("unpriced", "Unpriced", meaning="Rows of which the amount is not known; it is missing in the sum.")


def _summed(column: str, title: str) -> Figure:
    return Figure(column, title, Kind.AMOUNT, optional=True)


WORKLIST = Decision(
    "worklist",
    "Renewal worklist",
    "what to decide on, by when, and what it is worth",
    "renewal_worklist",
    (
        Figure("days_until_decision", "Days"),
        Figure("decision_date", "Decide by", Kind.TEXT),
        _VALUE,
        Figure("avoidable_12m", "Avoidable 12 m", Kind.MONEY, optional=True),
        Figure("reducible_licenses", "Reducible"),
        Figure("motion", "Motion", Kind.WORDS),
        Figure("end_date", "Ends", Kind.TEXT, wide=True),
        Figure("renewal_quantity", "Ordered", wide=True, optional=True),
        Figure("needed_licenses", "Needed", wide=True),
        Figure("total_licenses", "Total"),
        OWNER,
    ),
    "days_until_decision, customer_name, subscription_id, product",
    "no subscription is to be decided on",
    head=Head(
        (PRODUCT, _CURRENCY),
        (
            Figure("subscriptions", "Subscr."),
            Figure("overdue_decisions", "Overdue"),
            Figure("decisions_in_30_days", "In 30 days"),
            _summed("value_12m", "Value 12 m"),
            _summed("avoidable_12m", "Avoidable 12 m"),
            Figure("unpriced_subscriptions", "Unpriced"),
            Figure("total_licenses", "Licences", wide=True),
            Figure("customers", "Customers", wide=True),
        ),
        {
            **_BY_CURRENCY,
            "customers": "count(distinct customer_id)",
            "subscriptions": "count(distinct subscription_id)",
            "total_licenses": "sum(total_licenses)",
            "value_12m": "sum(value_12m)",
            "avoidable_12m": "sum(avoidable_12m)",
            "unpriced_subscriptions": "count(*) - count(value_12m)",
            "overdue_decisions": "count(case when days_until_decision < 0 and motion <> 'convert' then 1 end)",
            "decisions_in_30_days": (
                "count(case when days_until_decision between 0 and 30 and motion <> 'convert' then 1 end)"
            ),
        },
        "product desc, currency",
        "renewal_worklist_kpis",
    ),
    needs=(CONTRACT_LINES.name, ACCOUNTS.name),
)
CHANGES = Decision(
    "changes",
    "Changes",
    "what differs from a week ago; each shows for seven days, so days are not to be added up",
    "portfolio_changes",
    (
        Figure("old_value", "Before", Kind.TEXT),
        Figure("new_value", "Now", Kind.TEXT),
        Figure("license_change", "±Licences", Kind.CHANGE),
        OWNER,
    ),
    "change, customer_name, subscription_id, product",
    "nothing differs from a week ago, or that day is not known",
    (Figure("change", "Change", Kind.WORDS),),
    Head(
        (PRODUCT, Figure("change", "Change", Kind.WORDS)),
        (_POSITIONS, Figure("license_change", "±Licences", Kind.CHANGE)),
        {"positions": "count(*)", "license_change": "sum(license_change)"},
        "product desc, change",
    ),
    needs=(ACCOUNTS.name,),
)
OUTCOMES = Decision(
    "outcomes",
    "Renewal outcomes",
    "what became, within a week, of what ended, converted or got another term",
    "renewal_outcomes",
    (
        Figure("total_licenses", "Before"),
        Figure("licenses_after", "After"),
        Figure("license_change", "±Licences", Kind.CHANGE),
        Figure("end_date", "Ended", Kind.TEXT),
        Figure("changed_on", "Changed on", Kind.TEXT, wide=True),
        Figure("assigned_licenses", "Assigned", wide=True),
        Figure("used_licenses", "Used", wide=True),
    ),
    "outcome, customer_name, subscription_id, product",
    "nothing ended, converted or got another term a week ago, or a day of that week is not known",
    (Figure("outcome", "Outcome", Kind.WORDS),),
    Head(
        (PRODUCT, Figure("outcome", "Outcome", Kind.WORDS)),
        (_POSITIONS, Figure("total_licenses", "Before")),
        {"positions": "count(*)", "total_licenses": "sum(total_licenses)"},
        "product desc, outcome",
    ),
)
ACTIONS = Decision(
    "actions",
    "Next actions",
    "what to do first with each subscription",
    "next_actions",
    (
        Figure("due_date", "Due", Kind.TEXT),
        _VALUE,
        Figure("licenses", "Licences"),
        OWNER,
        Figure("also", "Also", Kind.WORDS, wide=True, optional=True),
    ),
    "priority, due_date, customer_name, subscription_id, product",
    "no rule asks for an action",
    (Figure("action", "Action", Kind.WORDS),),
    Head(
        (Figure("action", "Action", Kind.WORDS), _CURRENCY),
        (_POSITIONS, _summed("value_12m", "Value 12 m"), _UNPRICED),
        {
            # To offer more has no amount, by its definition.
            "currency": "case when action <> 'offer_more' then coalesce(currency, 'none') end",
            "positions": "count(*)",
            "value_12m": "sum(value_12m)",
            "unpriced": "count(case when value_12m is null and action <> 'offer_more' then 1 end)",
        },
        "min(priority), currency",
    ),
    needs=(CONTRACT_LINES.name, ACCOUNTS.name),
)
TRUE_FORWARD = Decision(
    "true-forward",
    "True forward",
    "enterprise agreements: what is measured when, and what to free before",
    "true_forward",
    (
        Figure("days_until_measured", "Days"),
        Figure("licenses_to_free", "To free"),
        Figure("exposure_12m", "Exposure 12 m", Kind.MONEY, optional=True),
        Figure("measured_on", "Measured", Kind.TEXT),
        Figure("assigned_licenses", "Assigned"),
        Figure("allowed_licenses", "Allowed"),
        Figure("total_licenses", "Total", wide=True),
        Figure("growth_allowance", "Allowance", Kind.RATIO, wide=True),
        Figure("true_forward_date", "True forward", Kind.TEXT, wide=True),
        OWNER,
    ),
    "days_until_measured, customer_name, subscription_id, product",
    "no enterprise agreement is known",
    head=Head(
        (PRODUCT, _CURRENCY),
        (
            _POSITIONS,
            Figure("overconsumed", "Overconsumed", meaning="Rows whose assigned licences exceed the allowed ones."),
            Figure("licenses_to_free", "To free"),
            _summed("exposure_12m", "Exposure 12 m"),
            _UNPRICED,
        ),
        {
            **_BY_CURRENCY,
            "positions": "count(*)",
            "overconsumed": "count(case when is_overconsumed then 1 end)",
            "licenses_to_free": "sum(licenses_to_free)",
            "exposure_12m": "sum(exposure_12m)",
            "unpriced": "count(*) - count(exposure_12m)",
        },
        "product desc, currency",
    ),
    needs=(CONTRACT_LINES.name, ACCOUNTS.name),
)
OVERAGE_RISK = Decision(
    "overage-risk",
    "Overage risk",
    "how likely what is within its limit is over it in 90 days",
    "overage_risk",
    (
        Figure("headroom_licenses", "Headroom"),
        Figure("assigned_licenses", "Assigned"),
        Figure("total_licenses", "Total"),
        Figure("headroom_band", "Band", Kind.TEXT, wide=True),
        Figure("growth_band", "Growth", Kind.TEXT, wide=True),
        Figure("similar_exceeded", "Exceeded", wide=True),
        Figure("similar_positions", "Similar", wide=True),
        OWNER,
    ),
    "probability_over_limit_90d desc nulls last, headroom_licenses, customer_name, subscription_id, product",
    "no subscription is within its limit",
    head=Head(
        (PRODUCT, Figure("headroom_band", "Band", Kind.TEXT)),
        (_POSITIONS, Figure("headroom_licenses", "Headroom")),
        {"positions": "count(*)", "headroom_licenses": "sum(headroom_licenses)"},
        "product desc, max(1.0 * assigned_licenses / total_licenses) desc",
    ),
    needs=(ACCOUNTS.name,),
)
RETENTION = Decision(
    "retention",
    "Retention",
    "customers and licences of a year ago that are still there, trials apart",
    "retention",
    (
        Figure("base_customers", "Customers then"),
        Figure("retained_customers", "Still there"),
        Figure("customer_retention", "Share", Kind.RATIO),
        Figure("gross_license_retention", "Gross", Kind.RATIO),
        Figure("net_license_retention", "Net", Kind.RATIO),
        Figure("base_licenses", "Licences then", wide=True),
        Figure("kept_licenses", "Kept", wide=True),
        Figure("licenses_now", "Now", wide=True),
    ),
    "product desc",
    "the portfolio of a year ago is not known",
)
DECISIONS = (WORKLIST, CHANGES, OUTCOMES, RETENTION, ACTIONS, TRUE_FORWARD, OVERAGE_RISK)
CUSTOMER = "customer"
SECTION_NAMES = (
    *(section.slug for section in SECTIONS),
    *("trend", "kpis"),
    *(decision.slug for decision in DECISIONS),
    CUSTOMER,
)
