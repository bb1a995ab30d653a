"""What the command checks before it starts."""

import pytest

from cli.errors import UserError
from cli.main import check_interpreter


@pytest.mark.parametrize("optimize", [0, 1])
def test_python_may_leave_assertions_out(optimize):
    assert check_interpreter(optimize) is None


def test_python_without_docstrings_is_refused():
    with pytest.raises(UserError, match="PYTHONOPTIMIZE=2"):
        check_interpreter(2)
