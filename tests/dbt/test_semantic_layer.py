"""Metrics of the semantic layer equal the marts: by day, partner and product, pooled, and over time."""

import json
import math
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from jsonschema import Draft202012Validator
from metricflow.converters.models import OSIDocument

from contracts.marts import read_marts
from contracts.osi import as_json, semantic_model
from storage.reading.metric_queries import MetricError, MetricQuery, Metrics

from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .warehouse import Warehouse

OSI_SCHEMA = Path(__file__).parents[1] / "odcs" / "osi-v0.1.1.schema.json"
SEED = 1009  # each of its last four days is built and has overages
TOP = [
    "total_customers", "nearing_expiration_customers", "nearing_renewal_customers", "low_assignment_customers",
    "over_limit_customers", "managed_customers",
]  # fmt: skip
LICENCES = ("total_licenses", "assigned_licenses", "used_licenses")
BY_PRODUCT = {
    "license_distribution_trend": {
        "total_customers": "customers",
        **{
            name: name
            for name in (
                "subscriptions", *LICENCES, "assigned_unused_licenses", "available_licenses", "overage_licenses",
                "assignment_ratio", "usage_ratio",
            )
        },
    },
    "recently_added_kpis": {"new_customers": "new_customers", "recently_added_total_licenses": "total_licenses"},
    "expiring_kpis": {
        "nearing_expiration_customers": "expiring_customers",
        **{f"expiring_{name}": name for name in (*LICENCES, "license_assignment_ratio", "license_usage_ratio")},
    },
    "renewing_kpis": {
        "nearing_renewal_customers": "renewing_customers",
        **{f"renewing_{name}": name for name in (*LICENCES, "license_assignment_ratio", "license_usage_ratio")},
    },
    "low_assignment_kpis": {
        "low_assignment_customers": "low_assignment_customers",
        "total_unassigned_licenses": "total_unassigned_licenses",
        **{
            f"low_assignment_{name}": name
            for name in (
                *LICENCES, "license_assignment_ratio", "license_usage_when_assigned_ratio", "used_of_assigned_ratio",
            )
        },
    },
    "overage_kpis": {
        "over_limit_customers": "customers_with_overages",
        "total_licenses_in_overage": "total_licenses_in_overage",
        "avg_license_overage": "avg_license_overage",
    },
}  # fmt: skip
"""mart -> metric -> column."""
RETENTION = {
    name: name
    for name in (
        "base_customers", "retained_customers", "base_licenses", "kept_licenses", "licenses_now",
        "customer_retention", "gross_license_retention", "net_license_retention",
    )
}  # fmt: skip
WORKLIST = {
    "worklist_subscriptions": "subscriptions",
    "overdue_decisions": "overdue_decisions",
    "decisions_in_30_days": "decisions_in_30_days",
    "worklist_value_12m": "value_12m",
    "worklist_avoidable_12m": "avoidable_12m",
}
CURRENCIES = "worklist_currencies"
LISTS = {
    "portfolio_changes": (
        ["weekly_change__change", "weekly_change__product"],
        {"changes_in_a_week": "count(*)", "license_change_in_a_week": "sum(license_change)"},
    ),
    "renewal_outcomes": (
        ["renewal_outcome__outcome", "renewal_outcome__product"],
        {"outcomes": "count(*)", "licenses_before_outcome": "sum(total_licenses)"},
    ),
    "true_forward": (
        ["agreement__currency", "agreement__product"],
        {
            "agreements": "count(*)",
            "overconsumed_agreements": "count(case when is_overconsumed then 1 end)",
            "licenses_to_free": "sum(licenses_to_free)",
            "true_forward_exposure_12m": "sum(exposure_12m)",
            "true_forward_currencies": "count(distinct currency)",
        },
    ),
    "next_actions": (
        ["next_action__currency", "next_action__action"],
        {
            "actions": "count(*)",
            "actions_value_12m": "sum(value_12m)",
            "actions_currencies": "count(distinct currency)",
        },
    ),
}
"""mart -> what it is grouped by beside date and partner, and metric -> figure."""
RATIOS = {
    "assignment_ratio": ("assigned_licenses", "total_licenses"),
    "usage_ratio": ("used_licenses", "total_licenses"),
}
DAY, PARTNER, PRODUCT = "metric_time__day", "partner", "position__product"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, parsed: tuple[Manifest, Path]) -> tuple[Warehouse, Metrics]:
    """A parsed project with four as-of dates of several partners in its warehouse."""
    folder = tmp_path_factory.mktemp("metrics")
    manifest, target = parsed
    warehouse = Warehouse(folder, manifest)
    _, last = write_portfolio(SEED, folder / "landing")
    first = last - timedelta(days=3)
    warehouse.build(first, last, warehouse.load_landing(Landing(folder / "landing"), first, last))
    warehouse.execute("checkpoint")
    return warehouse, Metrics(target / "semantic_manifest.json")


@pytest.fixture
def marts(project: tuple[Warehouse, Metrics], tmp_path: Path) -> Path:
    """A copy of its warehouse: a publication, as far as metrics are concerned."""
    copy = tmp_path / "portfolio.duckdb"
    copy.write_bytes(project[0].path.read_bytes())
    return copy


@pytest.fixture
def metrics(project: tuple[Warehouse, Metrics]) -> Metrics:
    return project[1]


def rows_of(marts: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(marts)) as connection:
        return connection.execute(sql).fetchall()


def asked(metrics: Metrics, marts: Path, names: list[str], by: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The answer by the values of what it is grouped by."""
    answer = metrics.query(marts, MetricQuery(names, by))
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in answer.rows:
        values = dict(zip(answer.columns, row, strict=True))
        key = tuple(value.date() if isinstance(value := values.pop(name), datetime) else value for name in by)
        assert key not in found
        found[key] = values
    return found


def same(value: Any, expected: Any) -> bool:
    """Equal; what has no position has no row in a metric, where a mart says 0 or null."""
    if isinstance(value, float) and isinstance(expected, float):
        return math.isclose(value, expected, abs_tol=1e-12)
    return (value or 0) == (expected or 0)


def wrong(
    found: dict[tuple[Any, ...], dict[str, Any]], expected: dict[tuple[Any, ...], dict[str, Any]]
) -> Iterator[str]:
    yield from (f"{key}: unexpected" for key in found.keys() - expected.keys())
    for key, values in expected.items():
        for name, value in values.items():
            got = found.get(key, {}).get(name)
            if not same(got, value):
                yield f"{key} {name}: {got}, the marts say {value}"


def test_every_metric_is_compared(metrics: Metrics) -> None:
    by_product = {metric for columns in BY_PRODUCT.values() for metric in columns}
    of_lists = {metric for _, figures in LISTS.values() for metric in figures}
    assert metrics.names().keys() == {*TOP, *by_product, *RETENTION, *WORKLIST, CURRENCIES, *of_lists}
    assert all(metrics.names().values())


@pytest.mark.parametrize("mart", BY_PRODUCT)
def test_metrics_by_day_partner_and_product_are_the_marts(mart: str, metrics: Metrics, marts: Path) -> None:
    columns = BY_PRODUCT[mart]
    rows = rows_of(marts, f"select as_of_date, partner_id, product, {', '.join(columns.values())} from marts.{mart}")
    assert len({row[0] for row in rows}) == 4
    assert len({row[1] for row in rows}) > 1
    assert any(value for row in rows for value in row[3:])

    found = asked(metrics, marts, list(columns), [DAY, PARTNER, PRODUCT])

    assert list(wrong(found, {row[:3]: dict(zip(columns, row[3:], strict=True)) for row in rows})) == []


def test_head_figures_are_distinct_customers_over_both_products(metrics: Metrics, marts: Path) -> None:
    rows = rows_of(marts, f"select as_of_date, partner_id, {', '.join(TOP)} from marts.portfolio_kpis")

    found = asked(metrics, marts, TOP, [DAY, PARTNER])

    assert list(wrong(found, {row[:2]: dict(zip(TOP, row[2:], strict=True)) for row in rows})) == []


def test_retention_is_pooled_over_products(metrics: Metrics, marts: Path) -> None:
    """The portfolio has no year behind it: figures that tell days, partners and products apart are put there."""
    rows_of(
        marts,
        "update marts.retention set base_customers = 8, base_licenses = 100,"
        " retained_customers = length(product) - 5, kept_licenses = 40 + day(as_of_date) + length(product),"
        " licenses_now = 90 + day(as_of_date) + length(partner_id)",
    )
    ratios = {
        "customer_retention": ("retained_customers", "base_customers"),
        "gross_license_retention": ("kept_licenses", "base_licenses"),
        "net_license_retention": ("licenses_now", "base_licenses"),
    }
    figures = [
        f"sum({ratios[name][0]})::double / sum({ratios[name][1]})" if name in ratios else f"sum({name})"
        for name in RETENTION
    ]
    for columns, by in (
        (["as_of_date", "partner_id", "product"], [DAY, PARTNER, "retention_of_product__product"]),
        (["as_of_date", "partner_id"], [DAY, PARTNER]),
    ):
        rows = rows_of(
            marts, f"select {', '.join([*columns, *figures])} from marts.retention group by {', '.join(columns)}"
        )
        expected = {row[: len(by)]: dict(zip(RETENTION, row[len(by) :], strict=True)) for row in rows}
        assert len(expected) > 4

        found = asked(metrics, marts, list(RETENTION), by)

        assert list(wrong(found, expected)) == []


def test_the_worklists_money_is_told_by_currency(metrics: Metrics, marts: Path) -> None:
    rows_of(
        marts,
        "update marts.renewal_worklist set value_12m = 100 + length(subscription_id), avoidable_12m = 10,"
        " currency = case when product = 'meetings' and length(customer_id) % 2 = 0 then 'USD' else 'EUR' end",
    )
    grouped = "as_of_date, partner_id, currency"
    rows = rows_of(
        marts,
        f"select {grouped}, count(*), count(case when days_until_decision < 0 and motion <> 'convert' then 1 end),"
        " count(case when days_until_decision between 0 and 30 and motion <> 'convert' then 1 end),"
        f" sum(value_12m), sum(avoidable_12m), 1 from marts.renewal_worklist group by {grouped}",
    )
    names = [*WORKLIST, CURRENCIES]
    assert rows

    found = asked(metrics, marts, names, [DAY, PARTNER, "renewal__currency"])

    assert list(wrong(found, {row[:3]: dict(zip(names, row[3:], strict=True)) for row in rows})) == []


def fill(marts: Path, mart: str) -> None:
    """Have rows in a list on each date, made of the positions; the portfolio has neither terms nor a year behind it."""
    position = (
        "as_of_date, partner_id, product, subscription_id, total_licenses,"
        " case when length(customer_id) % 2 = 0 then 'USD' else 'EUR' end as currency"
    )
    own = {
        "portfolio_changes": "case when total_licenses % 2 = 0 then 'added' else 'removed' end as change,"
        " total_licenses - 7 as license_change",
        "renewal_outcomes": "case when total_licenses % 2 = 0 then 'lost' else 'renewed' end as outcome",
        "true_forward": "total_licenses % 2 = 0 as is_overconsumed, total_licenses // 3 as licenses_to_free,"
        " total_licenses * 1.5 as exposure_12m",
        "next_actions": "case when total_licenses % 2 = 0 then 'renew' else 'right_size' end as action,"
        " total_licenses * 2.5 as value_12m",
    }
    rows_of(marts, f"create table filled as select {position}, {own[mart]} from marts.license_positions")
    names = {name for (name,) in rows_of(marts, f"select column_name from (describe marts.{mart})")}
    filled = [name for (name,) in rows_of(marts, "select column_name from (describe filled)") if name in names]
    missing = [f"null as {name}" for name in names if name not in filled]
    rows_of(
        marts,
        f"create or replace table marts.{mart} as select {', '.join([*filled, *missing])} from filled",
    )


@pytest.mark.parametrize("mart", LISTS)
def test_metrics_of_what_to_decide_are_the_marts_rows(mart: str, metrics: Metrics, marts: Path) -> None:
    fill(marts, mart)
    by, figures = LISTS[mart]
    columns = ["as_of_date", "partner_id", *(name.rpartition("__")[2] for name in by)]
    rows = rows_of(
        marts, f"select {', '.join([*columns, *figures.values()])} from marts.{mart} group by {', '.join(columns)}"
    )
    assert len({row[0] for row in rows}) == 4

    found = asked(metrics, marts, list(figures), [DAY, PARTNER, *by])

    keys = len(columns)
    assert list(wrong(found, {row[:keys]: dict(zip(figures, row[keys:], strict=True)) for row in rows})) == []


def test_outcomes_add_up_over_dates_and_changes_do_not(metrics: Metrics, marts: Path) -> None:
    for mart in ("portfolio_changes", "renewal_outcomes"):
        fill(marts, mart)
        rows_of(marts, "drop table filled")
    every = rows_of(marts, "select count(*) from marts.renewal_outcomes")[0][0]
    (newest,) = rows_of(
        marts,
        "select count(*) from marts.portfolio_changes where (partner_id, as_of_date) in"
        " (select (partner_id, max(as_of_date)) from marts.portfolio_changes group by partner_id)",
    )[0]
    assert 0 < newest < every

    assert asked(metrics, marts, ["outcomes"], []) == {(): {"outcomes": every}}
    assert asked(metrics, marts, ["changes_in_a_week"], []) == {(): {"changes_in_a_week": newest}}


def test_amounts_of_several_currencies_are_no_sum(metrics: Metrics, marts: Path) -> None:
    rows_of(
        marts,
        "update marts.renewal_worklist set value_12m = 100, avoidable_12m = 10,"
        " currency = case product when 'calling' then 'EUR' else 'USD' end",
    )
    assert {product for (product,) in rows_of(marts, "select distinct product from marts.renewal_worklist")} == {
        "calling",
        "meetings",
    }
    money = ["worklist_value_12m", "worklist_avoidable_12m"]
    for mart in ("true_forward", "next_actions"):
        fill(marts, mart)
        rows_of(marts, "drop table filled")
    for amount, currencies in (
        ("true_forward_exposure_12m", "true_forward_currencies"),
        ("actions_value_12m", "actions_currencies"),
    ):
        assert asked(metrics, marts, [amount, currencies], []) == {(): {amount: None, currencies: 2}}

    whole = asked(metrics, marts, [*money, CURRENCIES], [])
    by_product = asked(metrics, marts, money, ["renewal__product"])

    assert whole == {(): {"worklist_value_12m": None, "worklist_avoidable_12m": None, CURRENCIES: 2}}
    assert all(value for row in by_product.values() for value in row.values())


@pytest.mark.parametrize("by", [[DAY], [DAY, PRODUCT], [DAY, PARTNER]], ids="-".join)
def test_ratios_are_pooled(by: list[str], metrics: Metrics, marts: Path) -> None:
    columns = [{DAY: "as_of_date", PARTNER: "partner_id", PRODUCT: "product"}[name] for name in by]
    pooled = [f"sum({above})::double / nullif(sum({below}), 0)" for above, below in RATIOS.values()]
    rows = rows_of(marts, f"select {', '.join([*columns, *pooled])} from marts.license_distribution_trend group by all")

    found = asked(metrics, marts, list(RATIOS), by)

    assert list(wrong(found, {row[: len(by)]: dict(zip(RATIOS, row[len(by) :], strict=True)) for row in rows})) == []


def test_over_time_a_figure_is_that_of_each_partners_last_date(metrics: Metrics, marts: Path) -> None:
    """Not the sum over dates; the partners' last dates may differ."""
    gone = rows_of(marts, "select min(partner_id), max(as_of_date) from marts.portfolio_kpis")[0]
    for mart in ("fct_license_positions", "license_distribution_trend"):
        rows_of(marts, f"delete from marts.{mart} where partner_id = '{gone[0]}' and as_of_date = date '{gone[1]}'")
    newest = (
        "from marts.license_distribution_trend join (select partner_id, max(as_of_date) as as_of_date"
        " from marts.license_distribution_trend group by all) using (partner_id, as_of_date)"
    )
    last = dict(rows_of(marts, f"select partner_id, sum(total_licenses) {newest} group by all"))
    assert len(last) > 1
    assert len(rows_of(marts, f"select distinct as_of_date {newest}")) == 2

    by_partner = asked(metrics, marts, ["total_licenses"], [PARTNER])
    whole = asked(metrics, marts, ["total_licenses"], [])
    by_year = asked(metrics, marts, ["total_licenses"], ["metric_time__year"])

    assert {key[0]: row["total_licenses"] for key, row in by_partner.items()} == last
    assert whole == {(): {"total_licenses": sum(last.values())}}
    assert by_year == {(date(gone[1].year, 1, 1),): {"total_licenses": sum(last.values())}}


def test_a_section_that_emptied_is_empty(metrics: Metrics, marts: Path) -> None:
    rows_of(
        marts,
        "update marts.fct_license_positions set is_over_limit = false"
        " where as_of_date = (select max(as_of_date) from marts.fct_license_positions)",
    )
    newest = rows_of(marts, "select count(distinct as_of_date) from marts.fct_license_positions where is_over_limit")
    assert newest == [(3,)]

    names = ["over_limit_customers", "total_licenses_in_overage", "avg_license_overage"]

    assert asked(metrics, marts, names, []) == {(): dict(zip(names, (0, 0, None), strict=True))}


def test_attributes_are_those_of_the_day(metrics: Metrics, marts: Path) -> None:
    rows = rows_of(
        marts,
        "select as_of_date, customer_name, is_trial, sum(total_licenses) from marts.license_positions group by all",
    )

    by = [DAY, "customer_on_day__customer_name", "subscription_on_day__is_trial"]
    found = asked(metrics, marts, ["total_licenses"], by)

    assert {key: row["total_licenses"] for key, row in found.items()} == {row[:3]: row[3] for row in rows}


def test_amounts_are_known_by_what_they_are_made_of(metrics: Metrics) -> None:
    shown = {name for name in metrics.money() if name in metrics.names()}
    assert shown == {"worklist_value_12m", "worklist_avoidable_12m", "true_forward_exposure_12m", "actions_value_12m"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            MetricQuery(["total_license"]),
            "total_license: The given input does not exactly match any known metrics. Perhaps: total_licenses",
        ),
        (
            MetricQuery(["total_licenses", "nonsens"]),
            "nonsens: The given input does not exactly match any known metrics. Perhaps:",
        ),
        (
            MetricQuery(["total_licenses"], ["colour"]),
            "colour: The given input does not match any of the available group-by-items",
        ),
        (MetricQuery(["total_licenses"], where=["{{ Dimension("]), "the filter can't be read: "),
    ],
    ids=["metric", "one of two metrics", "group", "filter"],
)
def test_what_is_wrong_with_a_query_is_one_line(query: MetricQuery, said: str, metrics: Metrics, marts: Path) -> None:
    with pytest.raises(MetricError, match=said.replace(".", r"\.")) as failure:
        metrics.query(marts, query)
    assert str(failure.value).strip()
    assert "\n" not in str(failure.value)


@pytest.fixture(scope="module")
def interchange(parsed: tuple[Manifest, Path]) -> dict[str, Any]:
    """The semantic layer as an OSI document."""
    text = (parsed[1] / "semantic_manifest.json").read_text(encoding="utf-8")
    document = semantic_model(text, "portfolio", read_marts())
    assert as_json(document) == as_json(semantic_model(text, "portfolio", read_marts()[::-1]))
    return json.loads(as_json(document))


def expression(described: dict[str, Any]) -> str:
    (dialect,) = described["expression"]["dialects"]
    assert dialect["dialect"] == "ANSI_SQL"
    return dialect["expression"]


def dataset_of(metric: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """The one data set whose columns a metric is of."""
    (found,) = (one for one in model["datasets"] if re.search(rf"\b{one['name']}\.", expression(metric)))
    return found


def test_the_interchange_is_valid_by_its_schema_and_dbt_reads_it(interchange: dict[str, Any]) -> None:
    validator = Draft202012Validator(json.loads(OSI_SCHEMA.read_text(encoding="utf-8")))

    assert [error.message for error in validator.iter_errors(interchange)] == []
    assert not validator.is_valid(interchange | {"version": "1"})
    assert OSIDocument.parse_obj(interchange).semantic_model[0].name == "partner_portfolio"


def test_metrics_of_the_interchange_are_those_of_metricflow(
    interchange: dict[str, Any], metrics: Metrics, marts: Path
) -> None:
    """Each by date and partner, as SQL over the readers' database."""
    for mart in LISTS:
        fill(marts, mart)
        rows_of(marts, "drop table filled")
    (model,) = interchange["semantic_model"]
    assert [metric["name"] for metric in model["metrics"]] == sorted(metrics.names())
    by = "as_of_date, partner_id"

    for metric in model["metrics"]:
        dataset = dataset_of(metric, model)
        rows = rows_of(
            marts, f"select {by}, {expression(metric)} from {dataset['source']} as {dataset['name']} group by {by}"
        )
        expected = asked(metrics, marts, [metric["name"]], [DAY, PARTNER])
        assert list(wrong({row[:2]: {metric["name"]: row[2]} for row in rows}, expected)) == []


def test_the_interchange_says_which_figures_are_no_sums_over_dates(interchange: dict[str, Any]) -> None:
    flows = [m["name"] for m in interchange["semantic_model"][0]["metrics"] if "A level" not in m["description"]]

    assert flows == ["licenses_before_outcome", "outcomes"]


def test_keys_and_references_of_the_interchange_hold(interchange: dict[str, Any], marts: Path) -> None:
    (model,) = interchange["semantic_model"]
    sources = {one["name"]: one["source"] for one in model["datasets"]}
    for dataset in model["datasets"]:
        for key in [dataset["primary_key"], *dataset.get("unique_keys", [])]:
            columns = ", ".join(key)
            twice = f"select {columns} from {dataset['source']} group by {columns} having count(*) > 1"
            assert rows_of(marts, twice) == []
        computed = [f"{expression(field)} as {field['name']}" for field in dataset["fields"]]
        rows_of(marts, f"select {', '.join(computed)} from {dataset['source']} limit 1")

    assert {(one["from"], one["to"]) for one in model["relationships"]} == {
        ("license_positions", "customers"),
        ("license_positions", "subscriptions"),
    }
    for one in model["relationships"]:
        pairs = zip(one["from_columns"], one["to_columns"], strict=True)
        on = " and ".join(f"a.{left} = b.{right}" for left, right in pairs)
        counted = f"select count(*), count(b.as_of_date) from {sources[one['from']]} a left join {sources[one['to']]} b"
        ((every, found),) = rows_of(marts, f"{counted} on {on}")
        assert every == found == rows_of(marts, f"select count(*) from {sources[one['from']]}")[0][0] > 0
