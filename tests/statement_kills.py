"""Work on SQLite files that ends before one of its statements, as if it was killed there."""

import os
import sqlite3
from collections.abc import Callable

from storage.files import sqlite as opened


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Work in a fork that is gone before its statement of that number; whether it came so far."""
    child = os.fork()
    if child == 0:
        left = step

        class Counting(opened._Connection):
            def execute(self, *arguments: object) -> sqlite3.Cursor:
                nonlocal left
                if left == 0:
                    os._exit(9)
                left -= 1
                return super().execute(*arguments)

        opened._Connection = Counting  # type: ignore[misc]
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
