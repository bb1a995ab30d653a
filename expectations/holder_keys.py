"""Keys of licence holders' ids, each id hashed once: a holder is in many rows of a day, and in many days.

The keyed hash is most of what the row checks cost. Ids and keys are kept in Arrow's memory, which nothing spills to
disk.
"""

import threading
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute

from expectations.given_rows import give, take_back
from expectations.row_checks import keyed_hash, unless_blank

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_MOST_KNOWN = 1_000_000
_WORTH_LOOKING_UP = 6
"""Known ids for each id that is asked for, up to which looking up is quicker than hashing."""


class HolderKeys:
    """The keys of ids that were met already, for one hash key; several threads may ask."""

    def __init__(self) -> None:
        self._known: tuple[Any, Any] = (pa.array([], pa.string()), pa.array([], pa.int64()))
        self._adding = threading.Lock()

    def of(self, con: duckdb.DuckDBPyConnection, ids: Any) -> Any:
        """The key of each id, an integer; null where it is null or blank.

        Args:
            con: has the hash key.
            ids: a chunked array of strings.
        """
        ids = ids.combine_chunks() if ids.num_chunks != 1 else ids.chunk(0)
        known_ids, known_keys = known = self._known
        if not 0 < len(known_ids) <= _WORTH_LOOKING_UP * len(ids):
            return self._hashed(con, ids, known)
        places = pc.index_in(ids, value_set=known_ids)
        keys = pc.take(known_keys, places)
        if not places.null_count:
            return keys
        unknown = pc.is_null(places)
        return pc.replace_with_mask(keys, unknown, self._hashed(con, ids.filter(unknown), known))

    def _hashed(self, con: duckdb.DuckDBPyConnection, ids: Any, known: tuple[Any, Any]) -> Any:
        """The keys of ids that are not known, or not looked up; from now on they are known."""
        encoded = ids.dictionary_encode()
        keys = _hash(con, encoded.dictionary)
        with self._adding:
            if self._known is known and len(known[0]) + len(keys) <= _MOST_KNOWN:
                self._known = (pa.concat_arrays([known[0], encoded.dictionary]), pa.concat_arrays([known[1], keys]))
        return pc.take(keys, encoded.indices)


def _hash(con: duckdb.DuckDBPyConnection, ids: Any) -> Any:
    """The keys of some ids, in their order."""
    numbers = np.arange(len(ids), dtype=np.int64)
    give(con, "holder_ids", pa.table({"number": pa.array(numbers), "id": ids}))
    try:
        query = f"select number, case when {unless_blank('id')} is not null then {keyed_hash('id')} end as key"
        found = con.execute(f"{query} from holder_ids").to_arrow_table()
    finally:
        take_back(con, "holder_ids")
    if not np.array_equal(found.column("number").to_numpy(), numbers):
        found = found.sort_by("number")
    return found.column("key").combine_chunks()
