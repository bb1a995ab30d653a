"""The `portfolio` command: one module a command group."""
