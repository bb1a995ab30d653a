"""The rows that refused a partition: nothing of it is stored, so its landing files are read again to show them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from assets.landing.report import SampleRow
from assets.landing.samples import sample_row
from expectations.contract import DATASETS
from expectations.quarantine import check_partition
from planning.records import RefusalRecord
from sources.landing.folder import LandingFolder
from sources.readers.limits import ReadLimits
from sources.readers.reading import read_file
from storage.files.temporary import temporary_folder
from storage.lake.lake import Lake


@dataclass(frozen=True)
class RefusedRows:
    """Rows of a refused partition's landing files that break the contract, as the files are now."""

    rows: Sequence[SampleRow] = ()
    found: int = 0
    """How many there are."""
    note: str = ""
    """What keeps them from being shown, or makes them other ones than those that were refused."""


def refused_rows(
    landing: LandingFolder,
    refusal: RefusalRecord,
    limit: int | None,
    memory_limit: str,
    limits: ReadLimits | None = None,
) -> RefusedRows:
    """Read a refused partition's landing files again; the first `limit` rows, who they name masked.

    Nothing of it is kept: what does not fit in memory goes to a temporary folder, licence holders hashed with a key
    that nobody has. `limits` are those of what is read, the usual ones when None.

    Raises:
        LandingError: the landing folder can't be listed.
    """
    dataset, day = DATASETS[refusal.dataset], refusal.partition_date
    landed = landing.partition(dataset.name, day)
    if landed is None:
        return RefusedRows(note="its landing files are gone")
    files = [read_file(path, dataset, limits) for path in landed.files]
    delivered = [file.delivered for file in files if file.delivered is not None]
    if len(delivered) < len(files):
        return RefusedRows(note="a landing file of it can't be read any more")
    # The ledger's signature begins with a line on the rules of reading.
    same = refusal.landing_signature.partition("\n")[2] == landed.signature()
    with temporary_folder("quarantine") as folder:
        rules = IngestRules(holder_key=secrets.token_bytes(32), max_quarantined_share=1, memory_limit=memory_limit)
        with open_workbench(Lake(folder), rules) as con:
            checked = check_partition(con, dataset, day, delivered)
            if checked.quarantined_sql is None:
                return RefusedRows(note="its landing files were replaced, and none of their rows breaks the contract")
            found = con.execute(
                f"select file, record_number, reasons, raw_row from ({checked.quarantined_sql})"
                f" order by file, record_number {'' if limit is None else f'limit {limit}'}"
            ).fetchall()
    return RefusedRows(
        [sample_row(dataset, day, *row) for row in found],
        checked.counts.rows_quarantined,
        "" if same else "its landing files were touched since; these are their rows now",
    )
