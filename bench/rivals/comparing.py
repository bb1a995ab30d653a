"""Whether two contenders made the same rows: equal keys and values, floats within 1e-9."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb

TOLERANCE = 1e-9
GRAINS: Mapping[str, tuple[str, ...]] = {
    "license_positions": ("as_of_date", "partner_id", "product", "subscription_id"),
    "portfolio_kpis": ("as_of_date", "partner_id"),
}


def differences(mart: str, ours_path: Path, theirs_path: Path, first: date = date.min) -> list[str]:
    """What differs between two Parquet files of a mart, one line a column; empty when nothing does.

    All columns of ours are compared, by name; theirs may have more.

    Args:
        mart: its name.
        ours_path: the rows as they should be.
        theirs_path: the other contender's rows.
        first: our rows before this as-of date are left aside.
    """
    key = GRAINS[mart]
    ours = f"(select * from '{ours_path}' where as_of_date >= date '{first}')"
    theirs = f"(select * from '{theirs_path}')"
    with duckdb.connect() as con:
        columns = con.execute(f"describe select * from {ours}").fetchall()
        found = {row[0] for row in con.execute(f"describe select * from {theirs}").fetchall()}
        missing = [name for name, *_ in columns if name not in found]
        if missing:
            return [f"{mart} lacks {', '.join(missing)}"]
        checks = {
            name: f"not coalesce(abs(o.{name} - t.{name}) <= {TOLERANCE}, o.{name} is null and t.{name} is null)"
            if kind == "DOUBLE"
            else f"o.{name} is distinct from t.{name}"
            for name, kind, *_ in columns
        }
        join = f"from {ours} as o full join {theirs} as t using ({', '.join(key)})"
        ((*by_column, joined, our_rows, their_rows),) = con.execute(
            f"select {', '.join(f'count_if({check})' for check in checks.values())}, count(*),"
            f" (select count(*) from {ours}), (select count(*) from {theirs}) {join}"
        ).fetchall()
    if not joined == our_rows == their_rows:
        return [f"{mart}: {our_rows} rows of ours, {their_rows} of theirs, {joined} keys"]
    return [f"{mart}.{name}: {n} rows differ" for name, n in zip(checks, by_column, strict=True) if n]
