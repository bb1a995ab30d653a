"""Values that an operation did not understand, kept from being taken for others by the contract.

With a decimal comma, 1.500 may be one and a half or fifteen hundred: the operation does not know, and the contract,
which reads points, would.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow.compute

from expectations.declaration import ColumnType
from expectations.row_checks import DATE_PATTERN, DECIMAL_PATTERN, INTEGER_PATTERN
from sources.mapping.tables import trimmed

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

MARK = " (not understood)"
"""What stands behind such a value, so that it goes to quarantine and shows why."""
_TAKEN: Mapping[ColumnType, str] = {
    ColumnType.INTEGER: INTEGER_PATTERN,
    ColumnType.DECIMAL: DECIMAL_PATTERN,
    ColumnType.DATE: DATE_PATTERN,
    ColumnType.BOOLEAN: "(?i:true|false|1|0)",
}


def unmistakable(values: Any, understood: Any, kind: ColumnType | None) -> Any:
    """A column's values; those that were not understood and that its type takes all the same are marked."""
    if kind is None or kind not in _TAKEN or pc.all(understood).as_py():
        return values
    taken = pc.match_substring_regex(trimmed(values), rf"\A(?:{_TAKEN[kind]})\z")
    marked = pc.binary_join_element_wise(values, MARK, "")
    return pc.if_else(pc.and_not(pc.fill_null(taken, False), understood), marked, values)
