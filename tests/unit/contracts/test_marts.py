"""The one reader of the marts' YAML."""

from pathlib import Path

import pytest

from contracts.marts import Mart, MartColumn, MartTest, by_section, read_marts

from ...reference.contract import CONSTANT_COLUMNS, MART_COLUMNS, MART_GRAIN

ROOMS = """
models:
  - name: room_kpis
    description: >
      Head figures.
      One row per day.
    data_tests:
      - unique_grain:
          name: room_kpis_grain
          description: One row per day.
          arguments: {columns: [day]}
      - unique_grain:
          name: room_kpis_label_is_unique
          description: A label stands for one row.
          arguments: {columns: [label]}
      - is_complete: {name: room_kpis_is_complete, description: Each day has a row.}
    columns:
      - name: day
        data_type: date
        constraints: [{type: not_null}]
        description: "{{ doc('day') }}"
      - {name: label, data_type: string, description: "a\\n  b"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    section = tmp_path / "marts" / "rooms"
    section.mkdir(parents=True)
    (section / "rooms.yml").write_text(ROOMS)
    (section / "rooms_unit_tests.yml").write_text("unit_tests: []\n")
    (tmp_path / "columns.md").write_text("{% docs day %}\nThe day.\n{% enddocs %}\n")
    return tmp_path


def test_a_mart_is_read_with_its_section_columns_and_tests(folder: Path) -> None:
    assert read_marts(folder) == (
        Mart(
            "room_kpis",
            "rooms",
            "Head figures. One row per day.",
            (MartColumn("day", "date", False, "The day."), MartColumn("label", "string", True, "a b")),
            (
                MartTest("unique_grain", "room_kpis_grain", "One row per day.", {"columns": ["day"]}),
                MartTest(
                    "unique_grain",
                    "room_kpis_label_is_unique",
                    "A label stands for one row.",
                    {"columns": ["label"]},
                ),
                MartTest("is_complete", "room_kpis_is_complete", "Each day has a row."),
            ),
        ),
    )


def test_the_first_unique_grain_is_the_grain(folder: Path) -> None:
    (mart,) = read_marts(folder)
    assert mart.grain == ("day",)
    assert Mart("bare", "rooms", "", ()).grain == ()


def test_marts_are_grouped_by_section_in_order() -> None:
    marts = [Mart(name, section, "", ()) for name, section in (("a", "one"), ("b", "two"), ("c", "one"))]
    assert {section: [mart.name for mart in found] for section, found in by_section(marts).items()} == {
        "one": ["a", "c"],
        "two": ["b"],
    }


def test_the_declared_marts_are_those_of_the_reference() -> None:
    found = {mart.name: mart for mart in read_marts()}
    columns = MART_COLUMNS | CONSTANT_COLUMNS
    assert found.keys() == columns.keys()
    for name, mart in found.items():
        assert [column.name for column in mart.columns] == list(columns[name])
        assert list(mart.grain) == MART_GRAIN[name]
        assert all(column.description for column in mart.columns)
