"""What Dagster keeps of a mart names no customer: it stays there after the customer is forgotten."""

from datetime import date

import duckdb

from assets.dbt.mart_metadata import NAMING, mart_metadata
from contracts.marts import read_marts
from planning.buildable import DayPlan

NAMING_NOBODY = {
    "buying_model",
    "currency",
    "motion",
    *("action", "also", "change", "old_value", "new_value", "outcome", "products", "headroom_band", "growth_band"),
    *("partner_id", "product", "product_name", "status", "country_code", "peer_group"),
    *("year_quarter", "year_month", "month_name", "iso_year_week", "day_name"),
}


def test_every_text_column_of_a_mart_is_known_to_name_a_customer_or_nobody() -> None:
    texts = {column.name for mart in read_marts() for column in mart.columns if column.type == "string"}
    new = texts - NAMING_NOBODY - set(NAMING)
    assert not new, f"{sorted(new)}: does it name a customer? then it belongs to NAMING, otherwise to NAMING_NOBODY"
    assert texts >= {*NAMING_NOBODY, *NAMING}, "a column that no mart has any more"


def test_the_preview_of_a_mart_leaves_out_what_names_a_customer() -> None:
    day = date(2026, 3, 1)
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        named = ", ".join(f"'secret' as {name}" for name in NAMING)
        connection.execute(f"create table marts.positions as select date '{day}' as as_of_date, 7 as licenses, {named}")
        shown = mart_metadata(connection, ["positions"], DayPlan(day, day, (day,)))["positions"]
    assert shown["dagster/row_count"] == 1
    assert shown["preview"].md_str == "| as_of_date | licenses |\n| --- | --- |\n| 2026-03-01 | 7 |"
