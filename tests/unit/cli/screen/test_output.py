"""Figures as people read them."""

import pytest

from cli.screen.output import cell
from cli.screen.sections import Figure, Kind


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0.0, "0 EUR"),
        (0.25, "0.25 EUR"),
        (99.5, "99.50 EUR"),
        (-12.0, "-12.00 EUR"),
        (1234567.8, "1,234,568 EUR"),
        (1e15, "1e+15 EUR"),
        (1e30, "1e+30 EUR"),
        (None, "-"),
    ],
)
def test_an_amount_has_its_currency_and_no_more_digits_than_one_reads(amount: float | None, shown: str) -> None:
    assert cell({"value_12m": amount, "currency": "EUR"}, Figure("value_12m", "Value", Kind.MONEY)) == shown


def test_a_text_is_cut_and_cleaned() -> None:
    shown = cell({"owner": "\x1b[31m" + "o" * 500}, Figure("owner", "Owner", Kind.TEXT))
    assert shown.startswith("�[31mooo") and shown.endswith("…") and len(shown) <= 60


def test_fixed_values_are_words() -> None:
    assert cell({"action": "right_size"}, Figure("action", "Action", Kind.WORDS)) == "right size"
    assert cell({"product": "meetings"}, Figure("product", "Product", Kind.PRODUCT)) == "Meetings"
