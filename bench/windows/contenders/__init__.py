"""One module a contender, each with `solve(task)`."""
