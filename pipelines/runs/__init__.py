"""When and where the job runs: schedule, sensors, Dagster's instance, web server and daemon."""
