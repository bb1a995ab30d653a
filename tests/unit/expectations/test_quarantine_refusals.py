"""When bad rows refuse a partition, and what the refusal says."""

import pytest

from expectations.breaker import Counts, refusal_cause
from expectations.contract import (
    CUSTOMERS,
    LICENSE_USAGE,
)


def counts(read: int, broken: int, accepted: int = 1, **reasons: int) -> Counts:
    return Counts(read, accepted, broken, 0, reasons, {}, broken)


@pytest.mark.parametrize(
    ("read", "broken", "share", "refused"),
    [
        (100, 5, 0.05, False),
        (100, 6, 0.05, True),
        (60, 3, 0.05, False),
        (100, 29, 0.29, False),  # 0.29 * 100 is 28.999999999999996
        (100, 30, 0.29, True),
        (10, 0, 0.0, False),
        (10, 1, 0.0, True),
        (10, 9, 1.0, False),
        (0, 0, 0.05, False),
    ],
)
def test_circuit_breaker_by_share(read: int, broken: int, share: float, refused: bool) -> None:
    cause = refusal_cause(LICENSE_USAGE, counts(read, broken, bad_type=broken), share, max_quarantined_rows=0)
    assert (cause is not None) is refused


@pytest.mark.parametrize(
    ("read", "broken", "rows", "refused"),
    [
        (6, 1, 3, False),
        (4, 3, 3, False),
        (3, 3, 3, False),
        (40, 3, 3, False),
        (40, 4, 3, True),
        (4, 4, 3, True),
        (79, 4, 3, True),  # 5.06 %
        (80, 4, 3, False),  # 5 %
        (1_000, 51, 3, True),
        (1_000, 50, 3, False),
        (20, 10, 10, False),
        (20, 11, 10, True),
        (1, 1, 0, True),
    ],
)
def test_circuit_breaker_from_a_number_of_rows_on(read: int, broken: int, rows: int, refused: bool) -> None:
    found = counts(read, broken, bad_type=broken)
    assert (refusal_cause(LICENSE_USAGE, found, 0.05, rows) is not None) is refused
    if rows == 3:
        assert (refusal_cause(LICENSE_USAGE, found, 0.05) is not None) is refused  # unless told otherwise


def test_the_cause_names_the_share_and_the_top_reasons() -> None:
    reasons = {"missing_required": 9, "bad_type": 30, "negative_count": 1, "unknown_product": 2, "duplicate_key": 99}
    assert refusal_cause(LICENSE_USAGE, counts(200, 40, **reasons), 0.05) == (
        "40 of 200 rows (20.0 %) break the contract, more than the 5 % allowed: "
        "bad_type 30, missing_required 9, unknown_product 2"
    )


def test_a_snapshot_needs_an_accepted_row_and_usage_does_not() -> None:
    assert (
        refusal_cause(CUSTOMERS, counts(0, 0, accepted=0), 0.05) == "a snapshot without one accepted row (rows read: 0)"
    )
    assert refusal_cause(LICENSE_USAGE, counts(0, 0, accepted=0), 0.05) is None
    assert refusal_cause(CUSTOMERS, counts(2, 2, accepted=0), 0.05, 3) == (
        "a snapshot without one accepted row (rows read: 2)"
    )
    assert refusal_cause(LICENSE_USAGE, counts(2, 2, accepted=0), 0.05, 3) is None
