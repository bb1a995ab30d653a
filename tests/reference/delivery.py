"""How rows arrive: split into files of any format, spelled in any allowed way, with duplicates, bad rows, bad files."""

import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .contract import Dataset
from .landing_files import spell, write_csv, write_parquet
from .mutations import break_row
from .raw import BREAKER_ROWS, Row

FILE_NAMES = ("10", "2", "Late", "export", "a b", "é")
REFUSALS = (
    "breaker",
    "breaker",
    "no_column",
    "other_case",
    "name_twice",
    "not_utf8",
    "cut_gzip",
    "empty",
    "header_only",
    "not_parquet",
    "open_quote",
)


@dataclass
class Record:
    """One record to write: typed values, and the texts that stand verbatim instead (what breaks a row)."""

    row: Row
    verbatim: dict[str, str] = field(default_factory=dict)
    fields_too_many: int = 0


class Delivery:
    """Writes partitions into a landing folder."""

    def __init__(self, rng: random.Random, landing: Path) -> None:
        self.rng = rng
        self.landing = landing

    def leave_ignored_file(self, dataset: Dataset, day: date) -> None:
        """Leave a file that is none of the contract's."""
        name = self.rng.choice(
            ("_SUCCESS", ".hidden.csv", "_part.parquet", "~$export.csv", "notes.txt", "export.csv.tmp")
        )
        (self._folder(dataset, day) / name).write_text("not,data\n1,2\n", encoding="utf-8")

    def deliver(self, dataset: Dataset, day: date, rows: list[Row], *, refused: bool) -> None:
        """Write one partition, or one that the contract refuses."""
        rng = self.rng
        refusal = rng.choice(REFUSALS) if refused else ""
        if refusal == "header_only" and not dataset.is_snapshot:
            refusal = "breaker"  # an empty usage day is a holiday
        records = [] if refusal == "header_only" else self._records(dataset, rows)
        self._add_bad_rows(dataset, records, too_many=refusal == "breaker")
        cut = rng.randint(0, len(records)) if rng.random() < 0.35 and refusal != "header_only" else len(records)
        chunks = [records[:cut], records[cut:]] if cut < len(records) else [records]
        names = sorted(rng.sample(FILE_NAMES, len(chunks)))
        damaged = rng.randrange(len(chunks))
        for position, (name, chunk) in enumerate(zip(names, chunks, strict=True)):
            harm = refusal if position == damaged and refusal not in ("breaker", "header_only") else ""
            self._write(self._folder(dataset, day), name, dataset, day, chunk, harm)
        if rng.random() < 0.1:
            self.leave_ignored_file(dataset, day)

    def _folder(self, dataset: Dataset, day: date) -> Path:
        folder = self.landing / dataset.name / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _records(self, dataset: Dataset, rows: list[Row]) -> list[Record]:
        """Shuffle the rows; repeat some, and put an older version of some before or after them."""
        rng = self.rng
        records = [Record(row) for row in rows]
        rng.shuffle(records)
        for record in list(records):
            if rng.random() < 0.05:
                records.insert(rng.randint(0, len(records)), Record(dict(record.row)))
            if rng.random() < 0.04:
                records.insert(rng.randint(0, len(records)), Record(self._other_version(dataset, record.row)))
        if records and rng.random() < 0.6:
            # Repeat rows up to the count where one or two bad ones do not yet trip the breaker.
            while len(records) % 19:
                records.append(Record(dict(rng.choice(records).row)))
        return records

    def _other_version(self, dataset: Dataset, row: Row) -> Row:
        """Return a row of the same key with another value."""
        changed: dict[str, Row] = {
            "customers": {"customer_name": "Former name"},
            "subscriptions": {"auto_renew": not row.get("auto_renew")},
            "license_assignments": {"assigned_licenses": self.rng.randint(0, 60)},
            "license_usage": {"activity_count": self.rng.randint(1, 9)},
            "contract_lines": {"notice_days": 30 if row.get("notice_days") != 30 else 60},
            "accounts": {"owner": "Former owner"},
        }
        return {**row, **changed[dataset.name]}

    def _add_bad_rows(self, dataset: Dataset, records: list[Record], *, too_many: bool) -> None:
        """Add as many bad rows as the breaker allows, 5 % of all or three (often the very limit), or one more."""
        rng, most = self.rng, max(len(records) // 19, BREAKER_ROWS)
        template = [record.row for record in records]
        if not template:
            if too_many:  # an empty usage day all of whose rows are bad
                template = [dict.fromkeys((column.name for column in dataset.columns), "x")]
            else:
                return
        for _ in range(most + 1 if too_many else most if rng.random() < 0.7 else 0):
            bad = Record(dict(rng.choice(template)))
            break_row(rng, dataset, bad.row, bad.verbatim)
            if not bad.verbatim:
                bad.fields_too_many = rng.choice((-1, 1))
            records.insert(rng.randint(0, len(records)), bad)

    def _write(self, folder: Path, name: str, dataset: Dataset, day: date, records: list[Record], harm: str) -> None:
        rng = self.rng
        columns = [column.name for column in dataset.columns]
        rng.shuffle(columns)
        carries_date = rng.random() < 0.3 or any(dataset.date_column in record.verbatim for record in records)
        extra = [dataset.date_column] * carries_date + ["comment"] * (rng.random() < 0.15)
        header = columns + extra
        rng.shuffle(header)
        required = rng.choice([column.name for column in dataset.columns if column.required])
        if harm == "no_column":
            header.remove(required)
        values = [{**record.row, dataset.date_column: rng.choice((day, day, None))} for record in records]
        texts = [
            [record.verbatim.get(column, spell(rng, row.get(column))) for column in header]
            for record, row in zip(records, values, strict=True)
        ]
        ragged = any(record.fields_too_many for record in records)
        if not harm and not ragged and rng.random() < 0.35:
            typed = [[row.get(column) for column in header] for row in values]
            broken = [[column in record.verbatim for column in header] for record in records]
            write_parquet(rng, folder / name, header, texts, typed, broken)
            return
        for record, fields in zip(records, texts, strict=True):
            if record.fields_too_many > 0:
                fields.append("surplus")
            elif record.fields_too_many < 0:
                fields.pop()
        if harm == "other_case":
            header[header.index(required)] = required.upper()
        if harm == "name_twice":
            header.append(required)
            texts = [[*fields, "again"] for fields in texts]
        if harm == "not_parquet":
            (folder / f"{name}.parquet").write_bytes(b"PAR1 no parquet file PAR1")
            return
        write_csv(rng, folder / name, header, texts, harm)
