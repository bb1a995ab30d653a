"""Splits a partition's rows into accepted, quarantined and exact duplicates, in DuckDB, and judges the whole.

read = accepted + quarantined + duplicate, always, counted in input rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from expectations.breaker import Counts
from expectations.contract import Dataset, Reason
from expectations.delivery import RECORD_NUMBER, DeliveredFile
from expectations.given_rows import give, take_back
from expectations.holder_keys import HolderKeys
from expectations.judging import judge
from expectations.row_checks import (
    FILE_NUMBER,
    HOLDER_KEY_VARIABLE,
    bit,
    raw_fields_sql,
    raw_row_sql,
    reasons_in,
)
from expectations.sql_text import sql_text

_JUDGED = "judged_rows"
_ACCEPTED = "accepted_rows"
_QUARANTINED, _MALFORMED = "quarantined", "malformed"
_RANKED = "ranked_rows"
_SUMMED = "summed_rows"
_REPEATED = -1
"""In place of reasons: an exact duplicate of a row read later. It is neither accepted nor quarantined."""
_LARGEST = 2**63 - 1
"""Sums of usage stop here."""


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
    accepted_rows: pa.Table | None = None
    """What `accepted_sql` selects, where it is at hand: where no key repeats."""


def use_holder_key(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give the connection the key of the keyed hash, as a variable: no SQL text or error message carries it."""
    con.execute(f"set variable {HOLDER_KEY_VARIABLE} = ?", [key])


def check_partition(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    day: date,
    files: Sequence[DeliveredFile],
    holders: HolderKeys | None = None,
) -> CheckedPartition:
    """Check every row of the files, which are in the order of reading, against the contract.

    `holders` are the keys of licence holders that other partitions had, under the same hash key.
    """
    judged = judge(con, dataset, day, files, holders or HolderKeys())
    give(con, _JUDGED, judged.rows)
    malformed = sum(file.malformed.num_rows for file in files)
    if judged.repeats_a_key():
        return _check_repeats(con, dataset, day, files, malformed)
    accepted = judged.rows.select(dataset.column_names)
    bad = np.flatnonzero(judged.reasons)
    if bad.size:
        accepted = accepted.filter(pa.array(judged.reasons == 0))
    give(con, _ACCEPTED, accepted)
    per_reason = zip(*(part.tolist() for part in np.unique(judged.reasons, return_counts=True)), strict=True)
    partners: Any = accepted.column("partner_id").value_counts()
    tally = _Tally(Counter(dict(per_reason)), dict(sorted(tuple(row.values()) for row in partners.to_pylist())))
    counts = _counts(tally, malformed)
    places = {name: judged.rows.column(name).to_numpy()[bad] for name in (FILE_NUMBER, RECORD_NUMBER, "reasons")}
    quarantined = _quarantined_sql(con, dataset, day, files, places) if counts.rows_quarantined else None
    return CheckedPartition(
        counts=counts,
        content_hash=judged.content_hash(),
        accepted_sql=f"select {', '.join(dataset.column_names)} from {_ACCEPTED}",
        quarantined_sql=quarantined,
        judged=_JUDGED,
        merged=0,
        accepted_rows=accepted,
    )


def let_go(con: duckdb.DuckDBPyConnection, files: int) -> None:
    """Free what the last partition, which had so many files, left in the connection."""
    for name in (_JUDGED, _ACCEPTED, *(f"{kind}_{n}" for n in range(files) for kind in (_QUARANTINED, _MALFORMED))):
        take_back(con, name)
    for name in (_RANKED, _SUMMED):
        con.execute(f"drop table if exists {name}")


def _check_repeats(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, day: date, files: Sequence[DeliveredFile], malformed: int
) -> CheckedPartition:
    """The same for judged rows of which some may repeat a key."""
    rows, merged = _JUDGED, 0
    if dataset.summed:
        accepted, merged = _sum_repeats(con, dataset, dataset.summed)
    else:
        rows, accepted = _RANKED, _rank_repeats(con, dataset)
    counts = _counts(_tally(con, rows), malformed)
    quarantined = None
    if counts.rows_quarantined:
        places = f"select {FILE_NUMBER}, {RECORD_NUMBER}, reasons from {rows} where reasons > 0"
        quarantined = _quarantined_sql(con, dataset, day, files, con.execute(places).fetchnumpy())
    return CheckedPartition(counts, content_hash(con, dataset, accepted), accepted, quarantined, rows, merged)


@dataclass(frozen=True)
class _Tally:
    rows: Counter[int]
    """Rows per value of reasons."""
    partners: dict[str, int]
    """Rows without a reason, per partner_id."""


def _tally(con: duckdb.DuckDBPyConnection, relation: str) -> _Tally:
    groups = con.execute(f"""
        select reasons, case when reasons = 0 then partner_id end as partner, count(*)
        from {relation}
        group by reasons, partner
    """).fetchall()
    rows: Counter[int] = Counter()
    for reasons, _, count in groups:
        rows[reasons] += count
    return _Tally(rows, {partner: count for reasons, partner, count in sorted(groups) if reasons == 0})


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
        from {_JUDGED} where reasons = 0 group by {", ".join(dataset.key)}
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
            from {_JUDGED}
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
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    day: date,
    files: Sequence[DeliveredFile],
    bad: Mapping[str, Any],
) -> str:
    """The quarantined rows, looked up by number in what was delivered; `bad` has their file, number and reasons.

    Looked up in Arrow, not joined in DuckDB: a join may spill the delivered text, and with it user ids, to disk.
    """
    selects = []
    for number, file in enumerate(files):
        name = f"{sql_text(file.name)} as file"
        of_file = bad[FILE_NUMBER] == number
        if of_file.any():
            positions = np.searchsorted(file.rows.column(RECORD_NUMBER).to_numpy(), bad[RECORD_NUMBER][of_file])
            delivered = file.rows.take(positions).append_column("reasons", pa.array(bad["reasons"][of_file]))
            give(con, f"{_QUARANTINED}_{number}", delivered)
            selects.append(
                f"select {name}, {RECORD_NUMBER}, {_reason_list()} as reasons, "
                f"{raw_row_sql(dataset, file)} as raw_row from {_QUARANTINED}_{number}"
            )
        if file.malformed.num_rows:
            give(con, f"{_MALFORMED}_{number}", file.malformed)
            selects.append(
                f"select {name}, {RECORD_NUMBER}, ['{Reason.WRONG_FIELD_COUNT}'] as reasons, "
                f"{raw_fields_sql(dataset)} as raw_row from {_MALFORMED}_{number}"
            )
    everything = " union all ".join(selects)
    return f"""
        select '{dataset.name}' as dataset, date '{day}' as partition_date, file, record_number, reasons, raw_row
        from ({everything}) order by file, record_number
    """


def _reason_list() -> str:
    named = ", ".join(f"case when reasons & {bit(reason)} > 0 then '{reason}' end" for reason in Reason)
    return f"list_filter([{named}], lambda reason: reason is not null)"
