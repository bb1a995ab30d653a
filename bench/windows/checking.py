"""A contender's result against the exact answers, cell for cell."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

COUNTS = ("users_7", "users_90")


def compare(result: pa.Table, answers_file: str) -> tuple[int, float, float]:
    """Cells that differ, and the mean and the largest relative error of the cells that are not 0.

    Raises:
        ValueError: the result's days and groups are not the answers', each once.
    """
    answers = pq.read_table(answers_file)
    keys, expected = _sorted(answers)
    found_keys, found = _sorted(result)
    if len(keys) != len(found_keys) or (keys != found_keys).any():
        raise ValueError(f"{len(found_keys)} rows, not those of the {len(keys)} days and groups with anyone active")
    wrong = int((expected != found).sum())
    errors = np.abs(found - expected)[expected > 0] / expected[expected > 0]
    return wrong, float(errors.mean()), float(errors.max())


def _sorted(table: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Day and group as one number, ascending, and the counts beside it, `[rows, 2]`."""
    days = table.column("day").cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
    keys = days << 32 | table.column("group_id").to_numpy().astype(np.int64)
    order = np.argsort(keys)
    return keys[order], np.stack([table.column(name).to_numpy()[order].astype(np.int64) for name in COUNTS], axis=1)
