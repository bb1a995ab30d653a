"""When: every morning, the last complete UTC day."""

import dagster as dg

from pipelines.jobs import MATERIALIZE

# The feeds of a UTC day have arrived by four in the morning.
DAILY_SCHEDULE = dg.build_schedule_from_partitioned_job(MATERIALIZE, name="daily", hour_of_day=4, minute_of_hour=0)
