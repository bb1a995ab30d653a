"""`portfolio metrics` in terminals of any width: names and values are whole, each on one line."""

import io

import pytest
from rich.console import Console

from cli.metrics import _print_names, _print_rows

NAMES = {
    "total_licenses": "Licences purchased.",
    "low_assignment_license_usage_when_assigned_ratio": "Used / assigned, over low-assignment positions of a product.",
}


def printed(width, print_to, *what):
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    print_to(*what, console)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [20, 40, 60, 72, 80, 120, 200])
def test_every_name_is_whole_on_its_line(width):
    lines = printed(width, _print_names, NAMES)
    assert NAMES.keys() <= {line.split("  ")[0].rstrip() for line in lines}
    words = " ".join(" ".join(lines).split())
    for word in ["purchased.", "Used", "/", "assigned,", "low-assignment", "positions", "of", "a", "product."]:
        assert word in words


def test_meanings_stand_beside_the_names_where_there_is_room():
    assert printed(120, _print_names, NAMES)[1].rstrip().split("  ")[-1] == "Licences purchased."
    assert [line.rstrip() for line in printed(60, _print_names, NAMES)[:2]] == [
        "total_licenses",
        "  Licences purchased.",
    ]


@pytest.mark.parametrize("width", [20, 80, 120])
def test_an_answer_has_a_line_a_row_with_whole_values(width):
    columns = ["position__customer_name", "low_assignment_license_usage_when_assigned_ratio"]
    rows = [("Zöllner & Söhne " * 4, 0.5), ("会社" * 20, None)]
    lines = printed(width, _print_rows, columns, rows, ())
    assert len(lines) == 3
    assert [line.split("  ")[0].strip() for line in lines] == [columns[0], *(name.strip() for name, _ in rows)]
    assert [line.split()[-1] for line in lines] == [columns[1], "0.5", "-"]


def test_amounts_are_written_as_everywhere_and_no_number_as_a_power_of_ten():
    columns = [
        "renewal__currency",
        "worklist_value_12m",
        "avg_license_overage",
        "worklist_subscriptions",
        "usage_ratio",
    ]
    rows = [("EUR", 193_687.5, 12_345.6, 193_687, 0.51436), ("CAD", 99.5, 4.25, 2, 1.0), (None, None, None, 1, 0.0)]
    lines = printed(120, _print_rows, columns, rows, {"worklist_value_12m"})
    assert [line.split() for line in lines[1:]] == [
        ["EUR", "193,688", "12,346", "193687", "0.5144"],
        ["CAD", "99.50", "4.25", "2", "1"],
        ["-", "-", "-", "1", "0"],
    ]
