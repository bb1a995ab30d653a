"""The dashboard in Apache Superset, as code. Runs in an environment of its own, `.venv-bi`."""
