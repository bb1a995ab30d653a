"""dbt in this process: one build of the whole project, and what its tests found."""
