"""The labels of bars: short whatever the names, and one for each subscription, since bars go by their label."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from bi.assets import FOLDER
from cli.screen.sections import SECTIONS

LONGEST = 40


def bar_datasets() -> dict[str, dict[str, Any]]:
    documents = [yaml.safe_load(path.read_text()) for path in Path(FOLDER / "datasets").glob("*.yaml")]
    return {
        document["table_name"]: document
        for document in documents
        if "bar_label" in {column["column_name"] for column in document["columns"]}
    }


def labels(dataset: dict[str, Any], rows: list[tuple[str, str, str, str, str, bool]]) -> list[tuple[Any, ...]]:
    """Product and label of each row: partner, customer id and name, subscription, product, whether it is a trial."""
    (expression,) = (column["expression"] for column in dataset["columns"] if column["column_name"] == "bar_label")
    with duckdb.connect() as connection:
        connection.execute("create schema marts_latest")
        connection.execute(
            f"create table marts_latest.{dataset['table_name']} (partner_id text, customer_id text, customer_name text,"
            " subscription_id text, product text, is_trial boolean)"
        )
        connection.executemany(f"insert into marts_latest.{dataset['table_name']} values (?, ?, ?, ?, ?, ?)", rows)
        return connection.execute(f"select product, {expression} from ({dataset['sql']}) order by all").fetchall()


def test_every_section_has_bars() -> None:
    assert bar_datasets().keys() == {section.table_mart for section in SECTIONS}


@pytest.mark.parametrize("name", bar_datasets())
def test_a_label_is_short_and_belongs_to_one_subscription(name: str) -> None:
    names = ["A", "W" * 60, "x" * 3000, "x" * 2999 + "y", "会社" * 60, "Ä & Ö " * 20]
    ids = ["Sub1", "S" * 3000, "S" * 2999 + "T", "abcd" + "0" * 40 + "345678", "abcd" + "1" * 40 + "345678"]
    rows = [
        (partner, f"C{number}", customer, subscription, product, trial)
        for partner in ("P1", "P2")
        for number, customer in enumerate(names)
        for subscription in ids
        for product in ("meetings", "calling")
        for trial in (False, True)
    ]
    found = labels(bar_datasets()[name], rows)
    assert len(found) == len(rows)
    assert len(set(found)) == len(rows)
    assert max(len(label) for _, label in found) <= LONGEST


@pytest.mark.parametrize("name", bar_datasets())
def test_a_usual_label_is_whole(name: str) -> None:
    rows = [("P1", "C1", "Logistik Schäfer", "Sub263196", "meetings", False)]
    assert labels(bar_datasets()[name], rows) == [("meetings", "Logistik Schäfer · Sub263196")]
    cut = [("P1", "C1", "Bjørnstad & Lindström Oy", "a1b2c3d4-0000-4000-8000-0123456789ab", "meetings", False)]
    assert labels(bar_datasets()[name], cut) == [("meetings", "Bjørnstad & Lin… · a1b…6789ab")]
