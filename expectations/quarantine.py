"""Splits a partition's rows into accepted, quarantined and exact duplicates, in DuckDB, and judges the whole.

read = accepted + quarantined + duplicate, always, counted in input rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import duckdb
import numpy as np
import pyarrow as pa

from expectations.contract import MAX_QUARANTINED_ROWS, Dataset, Reason
from expectations.delivery import RECORD_NUMBER, DeliveredFile
from expectations.row_checks import (
    FILE_NUMBER,
    HOLDER_KEY_VARIABLE,
    bit,
    checked_sql,
    raw_fields_sql,
    raw_row_sql,
    reasons_in,
)
from expectations.sql_text import sql_text

_CHECKED = "checked_rows"
_BATCH_ROWS = 8_192
_RANKED = "ranked_rows"
_SUMMED = "summed_rows"
_REPEATED = -1
"""In place of reasons: an exact duplicate of a row read later. It is neither accepted nor quarantined."""
_LARGEST = 2**63 - 1
"""Sums of usage stop here."""


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


@dataclass(frozen=True)
class CheckedPartition:
    """A partition's verdict. The relations live in the connection until the next partition is checked."""

    counts: Counts
    content_hash: str
    """Of the accepted rows as typed values, in any order."""
    accepted_sql: str
    """Selects the accepted rows: the contract's columns, lake types."""
    quarantined_sql: str | None
    """Selects the quarantined rows: dataset, partition_date, file, record_number, reasons, raw_row; or None."""
    judged: str
    """Relation of every row but malformed records: file_number, the contract's columns, and `reasons`, which is
    0 for an accepted row, positive for a quarantined one and negative for an exact duplicate."""
    merged: int
    """Accepted rows that were added to another row of their key."""


def use_holder_key(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give the connection the key of the keyed hash, as a variable: no SQL text or error message carries it."""
    con.execute(f"set variable {HOLDER_KEY_VARIABLE} = ?", [key])


def check_partition(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, day: date, files: Sequence[DeliveredFile]
) -> CheckedPartition:
    """Check every row of the files, which are in the order of reading, against the contract."""
    relations = [f"delivered_{number}" for number in range(len(files))]
    for relation, file in zip(relations, files, strict=True):
        # DuckDB hands out the work by record batches: a file in one batch would be checked by one thread.
        con.register(relation, pa.Table.from_batches(file.rows.to_batches(max_chunksize=_BATCH_ROWS), file.rows.schema))
    try:
        con.execute(f"create or replace temp table {_CHECKED} as {checked_sql(dataset, day, files, relations)}")
    finally:
        for relation in relations:
            con.unregister(relation)
    rows, accepted = _CHECKED, f"select {', '.join(dataset.column_names)} from {_CHECKED} where reasons = 0"
    merged = 0
    tally = _tally(con, dataset, _CHECKED)
    if tally.keys < tally.rows[0]:
        if dataset.summed:
            accepted, merged = _sum_repeats(con, dataset, dataset.summed)
        else:
            rows, accepted = _RANKED, _rank_repeats(con, dataset)
            tally = _tally(con, dataset, _RANKED)
    counts = _counts(tally, malformed=sum(file.malformed.num_rows for file in files))
    quarantined = _quarantined_sql(con, dataset, day, files, rows) if counts.rows_quarantined else None
    return CheckedPartition(counts, content_hash(con, dataset, accepted), accepted, quarantined, rows, merged)


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


@dataclass(frozen=True)
class _Tally:
    rows: Counter[int]
    """Rows per value of reasons."""
    partners: dict[str, int]
    """Rows without a reason, per partner_id."""
    keys: int
    """Distinct keys of the rows without a reason, or fewer: counted by hash, so that equal numbers mean no repeat."""


def _tally(con: duckdb.DuckDBPyConnection, dataset: Dataset, relation: str) -> _Tally:
    groups = con.execute(f"""
        select reasons, case when reasons = 0 then partner_id end as partner, count(*),
            count(distinct case when reasons = 0 then hash({", ".join(dataset.key)}) end)
        from {relation}
        group by reasons, partner
    """).fetchall()
    rows: Counter[int] = Counter()
    for reasons, _, count, _ in groups:
        rows[reasons] += count
    partners = {partner: count for reasons, partner, count, _ in sorted(groups) if reasons == 0}
    return _Tally(rows, partners, sum(keys for *_, keys in groups))


def _sum_repeats(con: duckdb.DuckDBPyConnection, dataset: Dataset, summed: str) -> tuple[str, int]:
    """Add up rows that repeat a key; of the other columns, the row read last stands.

    Returns the accepted rows' SQL, and how many rows were added to another.
    """
    newest_of = f"({FILE_NUMBER}, {RECORD_NUMBER})"
    values = []
    for name in dataset.column_names:
        if name == summed:
            values.append(f"least(sum({name}), {_LARGEST})::bigint as {name}")
        elif name in dataset.key:
            values.append(name)
        else:
            values.append(f"arg_max_null({name}, {newest_of}) as {name}")
    con.execute(f"""
        create or replace temp table {_SUMMED} as
        select {", ".join(values)}, count(*) - 1 as repeats
        from {_CHECKED} where reasons = 0 group by {", ".join(dataset.key)}
    """)
    found = con.execute(f"select coalesce(sum(repeats), 0)::bigint from {_SUMMED}").fetchone()
    assert found is not None  # noqa: S101  an aggregate without groups gives one row
    return f"select * exclude (repeats) from {_SUMMED}", found[0]


def _rank_repeats(con: duckdb.DuckDBPyConnection, dataset: Dataset) -> str:
    """Of equal rows, then of equal keys, the row read last stands. Returns the accepted rows' SQL."""
    columns = ", ".join(dataset.column_names)
    newest_first = f"order by {FILE_NUMBER} desc, {RECORD_NUMBER} desc"
    con.execute(f"""
        create or replace temp table {_RANKED} as
        with equal_rows as (
            select *, row_number() over (partition by {columns}, reasons = 0 {newest_first}) as nth_row
            from {_CHECKED}
        ),
        equal_keys as (
            select *,
                row_number() over (partition by {", ".join(dataset.key)}, reasons = 0, nth_row = 1 {newest_first})
                    as nth_key
            from equal_rows
        )
        select {FILE_NUMBER}, {RECORD_NUMBER}, {columns},
            case
                when reasons <> 0 then reasons
                when nth_row > 1 then {_REPEATED}
                when nth_key > 1 then {bit(Reason.DUPLICATE_KEY)}
                else 0
            end as reasons
        from equal_keys
    """)
    return f"select {columns} from {_RANKED} where reasons = 0 order by {FILE_NUMBER}, {RECORD_NUMBER}"


def _counts(tally: _Tally, malformed: int) -> Counts:
    accepted, duplicate = tally.rows[0], tally.rows[_REPEATED]
    broken = malformed
    per_reason = Counter({Reason.WRONG_FIELD_COUNT: malformed})
    for bits, rows in tally.rows.items():
        if bits > 0:
            reasons = reasons_in(bits)
            per_reason.update(dict.fromkeys(reasons, rows))
            broken += rows if reasons != [Reason.DUPLICATE_KEY] else 0
    quarantined = broken + per_reason[Reason.DUPLICATE_KEY]
    return Counts(
        rows_read=accepted + quarantined + duplicate,
        rows_accepted=accepted,
        rows_quarantined=quarantined,
        rows_duplicate=duplicate,
        reasons={reason.value: per_reason[reason] for reason in Reason if per_reason[reason]},
        partners=tally.partners,
        broken=broken,
    )


def content_hash(con: duckdb.DuckDBPyConnection, dataset: Dataset, accepted: str) -> str:
    """The hash of the rows that a statement selects, as typed values, in any order."""
    columns = ", ".join(dataset.column_names)
    # Sums don't depend on order. DuckDB's hash may differ between its versions: content then counts as changed once.
    found = con.execute(f"""
        select count(*), coalesce(sum(row_hash), 0)::varchar, coalesce(sum(hash(row_hash)), 0)::varchar
        from (select hash({columns}) as row_hash from ({accepted}))
    """).fetchone()
    assert found is not None  # noqa: S101  an aggregate without groups gives one row
    rows, first, second = found
    return f"{rows:x}-{int(first):x}-{int(second):x}"


def _quarantined_sql(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, day: date, files: Sequence[DeliveredFile], rows: str
) -> str:
    """The quarantined rows, looked up by number in what was delivered.

    Looked up in Arrow, not joined in DuckDB: a join may spill the delivered text, and with it user ids, to disk.
    """
    bad = con.execute(f"select {FILE_NUMBER}, {RECORD_NUMBER}, reasons from {rows} where reasons > 0").fetchnumpy()
    selects = []
    for number, file in enumerate(files):
        name = f"{sql_text(file.name)} as file"
        of_file = bad[FILE_NUMBER] == number
        if of_file.any():
            positions = np.searchsorted(file.rows.column(RECORD_NUMBER).to_numpy(), bad[RECORD_NUMBER][of_file])
            delivered = file.rows.take(positions).append_column("reasons", pa.array(bad["reasons"][of_file]))
            con.register(f"quarantined_{number}", delivered)
            selects.append(
                f"select {name}, {RECORD_NUMBER}, {_reason_list()} as reasons, "
                f"{raw_row_sql(dataset, file)} as raw_row from quarantined_{number}"
            )
        if file.malformed.num_rows:
            con.register(f"malformed_{number}", file.malformed)
            selects.append(
                f"select {name}, {RECORD_NUMBER}, ['{Reason.WRONG_FIELD_COUNT}'] as reasons, "
                f"{raw_fields_sql(dataset)} as raw_row from malformed_{number}"
            )
    everything = " union all ".join(selects)
    return f"""
        select '{dataset.name}' as dataset, date '{day}' as partition_date, file, record_number, reasons, raw_row
        from ({everything}) order by file, record_number
    """


def _reason_list() -> str:
    named = ", ".join(f"case when reasons & {bit(reason)} > 0 then '{reason}' end" for reason in Reason)
    return f"list_filter([{named}], lambda reason: reason is not null)"
