"""The environment that dbt and git run in: what we decide. The user's own variables for them are left out.

One of dbt's (`DBT_EMPTY`) builds days without a row, another (`DBT_RESOURCE_TYPES`) leaves every test out, and git's
`GIT_DIR` names another project's revision. Of ours, a child gets what it is given, and so no secret.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_DECIDED = ("dbt_", "portfolio_", "git_", "openlineage_", "python_dotenv_disabled")
_UNREAD = {"PYTHON_DOTENV_DISABLED": "1"}
"""dbt would take what a file `.env` says, which may hold the hash key, and variables of its own."""


def child_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: the user's, without what is ours to decide, and with what is given."""
    return {name: value for name, value in os.environ.items() if not _is_decided(name)} | _UNREAD | dict(given)


@contextmanager
def environment_of(given: Mapping[str, str]) -> Iterator[None]:
    """Run a block in `child_environment`, in this process, and put back what was."""
    before = {name: value for name, value in os.environ.items() if _is_decided(name) or name in given}
    wanted = child_environment(given)
    for name in before.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in [name for name in os.environ if _is_decided(name) or name in given]:
            del os.environ[name]
        os.environ.update(before)


def _is_decided(name: str) -> bool:
    """Settings are read whatever the case of their names: `portfolio_hash_key` is a secret, too."""
    return name.lower().startswith(_DECIDED)
