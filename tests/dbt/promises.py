"""Raw rows and edits with which a model can't keep what its contract says, on any engine; and what is then said."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

from assets.dbt.build import NodeResult
from assets.dbt.diagnosis import broken_promise
from expectations.wording import one_line
from planning.buildable import DayPlan
from storage.warehouse.queries import Queries

from .edited import Edited
from .warehouse import Warehouse

D, BROKEN = date(2026, 3, 10), date(2026, 3, 11)
HALF = 2**62
"""Two of them are one more than a bigint holds."""
PLAN = DayPlan(D, BROKEN, (D, BROKEN))
Row = tuple[object, ...]


def customer(day: date) -> Row:
    return (day, "p", "c", "Ltd", None, None)


def subscription(day: date, name: str = "s", auto_renew: bool | None = True) -> Row:
    return (day, "p", "c", name, False, "active", D, None, auto_renew)


def line(day: date, code: str = "EE", total: int = 2, assigned: int = 1, of: str = "s") -> Row:
    return (day, "p", "c", of, "meetings", code, None, total, assigned)


@dataclass(frozen=True)
class Broken:
    """What is wrong with the second of two days, and the line that names it."""

    name: str
    said: str
    """A regular expression of the whole line."""
    model: str
    """One that fails by it, for a build of this one and what it needs."""
    subscriptions: Sequence[Row] = (subscription(BROKEN),)
    lines: Sequence[Row] = (line(BROKEN),)
    customers: Sequence[Row] = (customer(BROKEN),)


NEVER = "and its contract says that it never is"
AS_IT_SHOULD_BE = Broken("both days as they should be", "", "")
BROKEN_PORTFOLIOS = (
    Broken(
        "a null in a column of the dimension and of the fact",
        rf"model dim_subscriptions: column auto_renew is null on {BROKEN}, {NEVER}",
        "dim_subscriptions",
        subscriptions=(subscription(BROKEN, auto_renew=None),),
    ),
    Broken(
        "lines of one subscription that add up to more than a bigint",
        rf"model int_subscription_products: column total_licenses is beyond bigint on {BROKEN}",
        "int_license_positions",
        lines=(line(BROKEN, "EE", total=HALF), line(BROKEN, "CF", total=HALF)),
    ),
    Broken(
        "assigned licences of one subscription that do",
        rf"model int_subscription_products: column assigned_licenses is beyond bigint on {BROKEN}",
        "int_license_positions",
        lines=(line(BROKEN, "EE", assigned=HALF), line(BROKEN, "CF", assigned=HALF)),
    ),
    Broken(
        "subscriptions that add up to more than a bigint",
        rf"model \w+_(?:kpis|trend): column total_licenses is beyond bigint on {BROKEN}",
        "license_distribution_trend",
        subscriptions=(subscription(BROKEN), subscription(BROKEN, "t")),
        lines=(line(BROKEN, total=HALF), line(BROKEN, of="t", total=HALF)),
    ),
)


def load(warehouse: Warehouse, broken: Broken) -> None:
    """A day as it should be, and one as it should not."""
    warehouse.load("customers", [customer(D), *broken.customers])
    warehouse.load("subscriptions", [subscription(D), *broken.subscriptions])
    warehouse.load("license_assignments", [line(D), *broken.lines])


@dataclass(frozen=True)
class BrokenModel:
    """An edit of a model with which its second day breaks the contract, and the line that names it."""

    name: str
    said: str
    """A regular expression of the whole line."""
    sql: str = ""
    """The model's SQL, where it is edited; `{}` is what it has."""
    declared: tuple[str, str] | None = None
    """A column and the type that its contract says, where that is edited."""


MODEL = "overage_kpis"
COUNTED = "customers_with_overages"


def with_count(expression: str) -> str:
    """The model with another expression for a column."""
    others = ("as_of_date", "partner_id", "product", "total_licenses_in_overage", "avg_license_overage")
    return f"select {', '.join(others)}, {expression} as {COUNTED} from {{}} as made"


BROKEN_MODELS = (
    BrokenModel(
        "a cast that fails",
        rf"model {MODEL}: column {COUNTED} can't be computed \([^()]+\) on {BROKEN}",
        sql=with_count(f"case when as_of_date = date '{BROKEN}' then cast(product as bigint) else {COUNTED} end"),
    ),
    BrokenModel(
        "a product beyond its type",
        rf"model {MODEL}: column {COUNTED} is beyond bigint on {BROKEN}",
        sql=with_count(f"case when as_of_date = date '{BROKEN}' then {HALF} * ({COUNTED} + 2) else {COUNTED} end"),
    ),
    BrokenModel(
        "a null where there are none",
        rf"model {MODEL}: column {COUNTED} is null on {BROKEN}, {NEVER}",
        sql=with_count(f"case when as_of_date < date '{BROKEN}' then {COUNTED} end"),
    ),
    BrokenModel(
        "another type",
        rf"model {MODEL} makes column {COUNTED} as bigint, and its contract says double \({D}…{BROKEN}\)",
        declared=(COUNTED, "double"),
    ),
)


def edit(edited: Edited, broken: BrokenModel) -> None:
    """Break the model."""
    if broken.sql:
        edited.sql(MODEL, broken.sql)
    if broken.declared:
        edited.declare(MODEL, *broken.declared)


def said_of_build(warehouse: Warehouse, asking: Callable[[], AbstractContextManager[Queries]], *models: str) -> str:
    """What is said of a build of both days, or of some of its models, which fails."""
    selected = ["--select", *models] if models else []
    result = warehouse.dbt("run", *selected, window_start=str(D), window_end=str(BROKEN))
    assert not result.success
    failed = next(run for run in result.result if run.status == "error")
    node = NodeResult(
        unique_id=failed.node.unique_id,
        name=failed.node.name,
        is_test=False,
        passed=False,
        warned=False,
        skipped=False,
        message=one_line(failed.message),
        query=failed.node.compiled_code or "",
    )
    with asking() as queries:
        return broken_promise(node, warehouse.nodes, PLAN, queries)
