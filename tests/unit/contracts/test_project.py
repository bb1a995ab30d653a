from pathlib import Path

from contracts.project import dbt_project

ROOT = Path(__file__).parents[3]


def test_a_checkout_reads_the_repositorys_own_dbt_project():
    assert dbt_project() == (ROOT / "dbt_project").resolve()
    assert (ROOT / "contracts" / "dbt_project").readlink() == Path("../dbt_project")
