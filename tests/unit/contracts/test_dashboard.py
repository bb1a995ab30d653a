"""What is declared of the dashboard's products and marts is what dbt, the command and the BI dashboard have."""

import re

import pytest
import yaml

from bi.assets import FOLDER
from cli.screen.sections import SECTIONS
from contracts.dashboard import KEY_MART, LATEST_BY_KEY, PRODUCT_KPIS, PRODUCTS, TREND_MART
from contracts.documentation import MARTS_PAGE
from contracts.marts import read_marts
from contracts.project import dbt_project
from expectations import contract

MARTS = {mart.name: mart for mart in read_marts()}


def test_dbt_has_the_same_products() -> None:
    macros = (dbt_project() / "macros" / "portfolio.sql").read_text()
    (listed,) = re.findall(r"macro dashboard_products\(\) %}\s*{{ return\(\[(.*?)]\) }}", macros)
    assert tuple(re.findall(r'"(\w+)"', listed)) == PRODUCTS
    (values,) = [
        test.arguments["values"]
        for test in MARTS["license_positions"].tests
        if test.kind == "accepted_values" and test.arguments["column_name"] == "product"
    ]
    assert tuple(values) == PRODUCTS


def test_the_products_are_some_of_the_raw_contract_s() -> None:
    assert set(PRODUCTS) < set(contract.PRODUCTS)


def test_the_marts_with_a_row_for_each_product_are_those_that_dbt_holds_to_it() -> None:
    covered = {name for name, mart in MARTS.items() for test in mart.tests if test.kind.startswith("covers_each_")}
    assert covered == set(PRODUCT_KPIS)
    assert {TREND_MART, *(section.kpi_mart for section in SECTIONS)} == set(PRODUCT_KPIS)
    assert MARTS[KEY_MART].grain == ("as_of_date", "partner_id")
    assert {MARTS[name].grain for name in PRODUCT_KPIS} == {("as_of_date", "partner_id", "product")}


def test_the_page_of_the_marts_has_every_section_by_all_its_names() -> None:
    row = r"^\| [^|]+ \| `([\w-]+)` \| `(\w+)_…` \| `(\w+)` \| (?:`(\w+)` )?\|$"
    names = re.findall(row, MARTS_PAGE.read_text(), re.MULTILINE)
    assert [(slug, marts) for slug, marts, _, _ in names] == [
        (section.slug, section.kpi_mart.removesuffix("_kpis")) for section in SECTIONS
    ]
    columns = {name: {column.name for column in mart.columns} for name, mart in MARTS.items()}
    assert {flag for _, _, flag, _ in names} < columns["license_positions"]
    assert {figure for *_, figure in names} - {""} < columns[KEY_MART]


def test_the_dimensions_keys_are_those_that_dbt_holds_to_be_unique_on_a_day() -> None:
    keys = {
        name: column
        for name, mart in MARTS.items()
        for test in mart.tests
        if test.kind == "unique_grain"
        for column in test.arguments["columns"]
        if column.endswith("_key")
    }
    assert keys == LATEST_BY_KEY


@pytest.mark.parametrize("path", sorted((FOLDER / "datasets").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_dashboard_in_superset_names_the_same_products(path) -> None:  # type: ignore[no-untyped-def]
    cases = " ".join(f"when '{product}' then '{product.capitalize()}'" for product in PRODUCTS)
    for column in yaml.safe_load(path.read_text())["columns"]:
        if (column.get("expression") or "").startswith("case product"):
            assert column["expression"] == f"case product {cases} else product end"
