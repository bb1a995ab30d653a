"""All faults, by name."""

from importlib.util import find_spec, module_from_spec
from itertools import chain
from types import ModuleType

from .absent import ABSENT_FAULTS
from .fault import Fault
from .feed import of_size
from .files import FILE_FAULTS
from .parquet import PARQUET_FAULTS
from .rows import ROW_FAULTS, WHOLE_PARTITION_FAULTS
from .terms import TERMS_FAULTS
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
    *TERMS_FAULTS,
]
NAMED = {fault.name: fault for fault in FAULTS}

_LISTS = {
    "files": ("FILE_FAULTS",),
    "rows": ("WHOLE_PARTITION_FAULTS", "ROW_FAULTS"),
    "texts": ("TEXT_FAULTS", "FORM_FAULTS", "REPEAT_FAULTS"),
    "parquet": ("PARQUET_FAULTS",),
    "usage": ("USAGE_FAULTS",),
    "absent": ("ABSENT_FAULTS",),
    "terms": ("TERMS_FAULTS",),
}


def faults_of_size(rows: int) -> list[Fault]:
    """The same faults in a feed of so many rows; what they state of counts and causes is of forty."""
    with of_size(rows):
        return list(chain.from_iterable(getattr(_anew(name), listed) for name in _LISTS for listed in _LISTS[name]))


def _anew(name: str) -> ModuleType:
    """The module as it is when its good rows are made now; the imported one stays as it is."""
    spec = find_spec(f"{__package__}.{name}")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


assert len(NAMED) == len(FAULTS), "two faults of one name"
