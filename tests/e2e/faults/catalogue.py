"""All faults, by name."""

from .absent import ABSENT_FAULTS
from .fault import Fault
from .files import FILE_FAULTS
from .parquet import PARQUET_FAULTS
from .rows import ROW_FAULTS, WHOLE_PARTITION_FAULTS
from .texts import FORM_FAULTS, REPEAT_FAULTS, TEXT_FAULTS
from .usage import USAGE_FAULTS

FAULTS: list[Fault] = [
    *FILE_FAULTS,
    *WHOLE_PARTITION_FAULTS,
    *ROW_FAULTS,
    *TEXT_FAULTS,
    *FORM_FAULTS,
    *REPEAT_FAULTS,
    *PARQUET_FAULTS,
    *USAGE_FAULTS,
    *ABSENT_FAULTS,
]
NAMED = {fault.name: fault for fault in FAULTS}
assert len(NAMED) == len(FAULTS), "two faults of one name"
