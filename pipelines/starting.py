"""Imported first in each process of ours, before the libraries that it defers."""

import gc

from pipelines.late_dataclasses import write_when_called
from pipelines.lazy_imports import defer_imports
from pipelines.unseen_imports import hide_from_c_code

# Python looks for unreachable cycles once per 700 new objects: a tenth of a command's CPU time, nearly all of it among
# a million objects that imports and dbt's manifest made and that stay. Rarer looks cost 10 MiB.
gc.set_threshold(200_000, 10, 10)
defer_imports()
write_when_called()
hide_from_c_code()
