"""The mart contract as a short text, one line a column: two versions of it can be compared.

`python -m contracts.listing` prints it.
"""

import sys
from collections.abc import Sequence

from contracts.marts import Mart, read_marts


def listing(marts: Sequence[Mart]) -> str:
    """The marts by name, each with its grain, and its columns in order with type and null."""
    return "\n".join(_mart(mart) for mart in sorted(marts, key=lambda mart: mart.name))


def _mart(mart: Mart) -> str:
    columns = [f"    {column.name} {column.type}{'' if column.nullable else ' not null'}\n" for column in mart.columns]
    return f"{mart.name}: one row per {', '.join(mart.grain)}\n{''.join(columns)}"


if __name__ == "__main__":
    sys.stdout.write(listing(read_marts()))
