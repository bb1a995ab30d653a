"""Bars and sparklines, cell by cell."""

import pytest

from cli.screen.bars import LicenseBar, sparkline, stack


@pytest.mark.parametrize(
    ("total", "assigned", "used", "counts"),
    [
        (10, 6, 4, (4, 2, 4, 0)),
        (10, 6, 9, (6, 0, 4, 0)),  # used beyond assigned: drawn up to assigned
        (10, 14, 5, (5, 5, 0, 4)),  # over the limit
        (10, 14, 12, (10, 0, 0, 4)),  # what is over the limit is drawn as such, used or not
        (0, 3, 3, (0, 0, 0, 3)),
        (0, 0, 0, (0, 0, 0, 0)),
    ],
)
def test_parts_of_a_bar_add_up_to_the_larger_of_total_and_assigned(total, assigned, used, counts):
    assert LicenseBar(total, assigned, used).counts == counts
    assert sum(counts) == max(total, assigned)


@pytest.mark.parametrize(
    ("counts", "width", "cells"),
    [
        ((4, 2, 4, 0), 10, (4, 2, 4, 0)),
        ((4, 2, 4, 0), 20, (8, 4, 8, 0)),
        ((999, 0, 0, 1), 10, (9, 0, 0, 1)),  # one licence too many is seen
        ((1, 1, 997, 1), 10, (1, 1, 7, 1)),
        ((1, 1, 1, 0), 10, (4, 3, 3, 0)),
        ((0, 0, 0, 0), 10, (0, 0, 0, 0)),
        ((10**15, 10**15, 0, 0), 8, (4, 4, 0, 0)),
    ],
)
def test_cells_fill_the_width_and_nothing_vanishes(counts, width, cells):
    assert stack(counts, width) == cells


def test_sparkline_spans_from_the_smallest_to_the_largest_value():
    assert sparkline([10, 17, None, 13, 10]) == "▁█ ▄▁"  # 13 is 3/7 of the way: step 3 of 0 to 7


def test_sparkline_of_equal_values_is_level_and_of_none_is_empty():
    assert sparkline([5, 5, 5]) == "▅▅▅"
    assert sparkline([None, None]) == "  "
    assert sparkline([]) == ""
