"""The documentation's generated tables: what they say, and that the committed pages say it."""

import re

import pytest

from contracts.documentation import MARTS_PAGE, DocumentationError, dataset_block, fill, generated_pages, section_block
from contracts.marts import Mart, MartColumn, read_marts
from expectations.contract import Column, ColumnType, Dataset, Snapshot

ROOMS = Dataset(
    name="rooms",
    meaning="Rooms.",
    grain="One row per room",
    date_column="snapshot_date",
    columns=(
        Column("room_id", ColumnType.TEXT, "the room"),
        Column("kind", ColumnType.TEXT, "what it is", allowed=("desk", "hall")),
        Column("seats", ColumnType.INTEGER, "chairs", nullable=True, minimum=1),
    ),
    key=("room_id", "kind"),
    serves=Snapshot(),
)


def test_a_dataset_is_a_table_of_its_columns_and_its_key():
    assert dataset_block(ROOMS).splitlines() == [
        "One row per room.",
        "",
        "| column | type | null | meaning |",
        "| --- | --- | --- | --- |",
        "| `room_id` | text | no | the room |",
        "| `kind` | text | no | what it is; one of `desk`, `hall` |",
        "| `seats` | integer | yes | chairs; 1 or more |",
        "",
        "Key: `room_id`, `kind`.",
    ]


def test_a_section_is_a_heading_a_description_and_a_table_for_each_mart():
    columns = (MartColumn("day", "date", False, "The day."), MartColumn("label", "string", True, "a | b"))
    mart = Mart("room_kpis", "rooms", "Head figures. One row per day.", columns)
    assert section_block([mart]).splitlines() == [
        "### room_kpis",
        "",
        "Head figures. One row per day.",
        "",
        "| column | type | null | meaning |",
        "| --- | --- | --- | --- |",
        "| `day` | date | no | The day. |",
        "| `label` | text | yes | a \\| b |",
    ]


def test_filling_replaces_what_is_between_the_markers_and_nothing_else():
    page = "before\n<!-- begin one -->\nold\n<!-- end one -->\nand\n<!-- begin two -->\n<!-- end two -->\nafter\n"
    filled = fill(page, {"one": "1\n", "two": "2\n"})
    assert filled == (
        "before\n<!-- begin one -->\n\n1\n\n<!-- end one -->\nand\n<!-- begin two -->\n\n2\n\n<!-- end two -->\nafter\n"
    )
    assert fill(filled, {"one": "1\n", "two": "2\n"}) == filled


@pytest.mark.parametrize("blocks", [{}, {"one": "", "two": ""}])
def test_a_page_whose_markers_are_not_the_blocks_is_refused(blocks):
    with pytest.raises(DocumentationError, match="one"):
        fill("<!-- begin one -->\n<!-- end one -->\n", blocks)


def test_the_committed_pages_are_what_is_generated():
    for page, text in generated_pages().items():
        assert page.read_text(encoding="utf-8") == text, f"run `python -m contracts.documentation`: {page}"


@pytest.mark.parametrize(
    ("page", "row"),
    [
        ("raw-contract.md", "| `customer_name` | text | no | display name |"),
        ("raw-contract.md", "| `end_date` | date | yes | last valid day; null when open-ended or unknown |"),
        ("raw-contract.md", "| `total_licenses` | integer | no | licences purchased; 0 or more |"),
        ("marts.md", "| `managed_customers` | bigint | no |"),
        ("marts.md", "| `avg_license_overage` | double | yes |"),
    ],
)
def test_the_pages_hold_rows_known_from_the_contracts(page, row):
    (text,) = (text for path, text in generated_pages().items() if path.name == page)
    assert row in text


def test_the_index_of_marts_lists_each_with_its_grain():
    rows = re.findall(r"^\| \[(\w+)]\(#(\w+)\) \| (.+) \|$", MARTS_PAGE.read_text(), re.MULTILINE)
    marts = [mart for mart in read_marts() if mart.section != "star"]
    assert sorted(rows) == sorted((mart.name, mart.name, ", ".join(mart.grain[2:]) or "(none)") for mart in marts)
