"""The job that materialises a range of days, from landing to publication; and what the other one is called."""

import dagster as dg

DIGEST = "digest"
"""The job that sends the weekly digest."""

# One run for both: each raw asset also ingests what the range looks back on, so that the build,
# whose partition range is the as-of days, finds all that it needs.
MATERIALIZE = dg.define_asset_job(
    "materialize",
    selection=dg.AssetSelection.all(),
    description=(
        "Landing partitions into the lake, marts of the as-of days out of it, checked and published. A run's tag `days`"
        " says which days. After a failure: its last line says what is wrong, where, and what to do; `portfolio status`"
        " says what is missing or held (docs/operations.md; docs/monitoring.md for each state)."
    ),
)
