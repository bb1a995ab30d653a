"""`portfolio dbt` runs dbt on a home folder's warehouse with the environment that the pipeline gives it."""

from pathlib import Path

from .running import portfolio


def test_compiles_a_model_before_anything_was_built(tmp_path: Path) -> None:
    """The example of the README."""
    finished = portfolio("dbt", "--home", tmp_path / "home", "compile", "--select", "license_positions")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "int_position_flags" in finished.stdout
    assert (tmp_path / "home" / "dbt").is_dir()


def test_hands_on_the_exit_code_of_dbt(tmp_path: Path) -> None:
    finished = portfolio("dbt", "--home", tmp_path, "ls", "--select", "no_such_selector_method:x")
    assert finished.returncode != 0
    assert "Traceback" not in finished.stdout + finished.stderr
