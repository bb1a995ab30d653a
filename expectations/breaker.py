"""What a partition's rows came to, and whether that refuses the whole: the circuit breaker."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from expectations.contract import MAX_QUARANTINED_ROWS, Dataset, Reason


@dataclass(frozen=True)
class Counts:
    """Counts of a partition in input rows; rows_read = rows_accepted + rows_quarantined + rows_duplicate."""

    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_duplicate: int
    reasons: dict[str, int]
    """Quarantined rows per reason, in the contract's order; a row counts under each of its reasons."""
    partners: dict[str, int]
    """Accepted rows per partner_id."""
    broken: int
    """Quarantined rows with a reason other than duplicate_key."""


def refusal_cause(
    dataset: Dataset,
    counts: Counts,
    max_quarantined_share: float,
    max_quarantined_rows: int = MAX_QUARANTINED_ROWS,
) -> str | None:
    """Why the partition as a whole is refused, in one line; None when it is not (the circuit breaker).

    Bad rows refuse it when they are more than the share of the rows read, and more than the number.
    """
    share = Fraction(str(max_quarantined_share))  # as written: 0.29 * 100 is 28.999999999999996 in doubles
    if counts.broken > max_quarantined_rows and counts.broken > share * counts.rows_read:
        broken = Counter({name: rows for name, rows in counts.reasons.items() if name != Reason.DUPLICATE_KEY})
        top = ", ".join(f"{name} {rows}" for name, rows in broken.most_common(3))
        return (
            f"{counts.broken} of {counts.rows_read} rows ({100 * counts.broken / counts.rows_read:.1f} %) break the "
            f"contract, more than the {float(100 * share):g} % allowed: {top}"
        )
    if dataset.is_snapshot and not counts.rows_accepted:
        return f"a snapshot without one accepted row (rows read: {counts.rows_read})"
    return None
