"""Modules that are imported and not used are not loaded, and are what they should be once they are."""

import json
import subprocess
import sys
import threading

import pytest

from pipelines.lazy_imports import DEFERRED, LateFinder

WHAT_IS_LOADED = """
import json, sys
import pipelines.definitions
import dbt.adapters.duckdb, dbt.cli.main, dbt.task.build
from pipelines.lazy_imports import DEFERRED
here = [name for name in DEFERRED if name in sys.modules]
print(json.dumps({name: sorted(vars(sys.modules[name])) for name in here}), "urllib3" in sys.modules)
"""
OF_GREAT_EXPECTATIONS = {
    "scipy.stats": "stats.entropy([0.5, 0.5]) > 0.69",
    "altair": "altair.Chart().mark_bar().to_dict()",
}
WHAT_IT_LOADS = f"""
import sys
import pipelines.starting
import great_expectations
from great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than import alt as altair, stats
for name in {list(OF_GREAT_EXPECTATIONS)}:
    assert all(one.startswith("__") for one in vars(sys.modules[name])), name
for used in {list(OF_GREAT_EXPECTATIONS.values())}:
    assert eval(used), used
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `late_package` with a module `inner`, which notes what is loaded; `late` of a name defers it."""
    folder = tmp_path / "late_package"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "import builtins\nbuiltins.loaded_late.append(__name__)\nfrom late_package import inner\n"
        "def function(number):\n    return number + 1\n"
    )
    (folder / "inner.py").write_text("value = 1\n")
    loaded: list[str] = []
    monkeypatch.setattr("builtins.loaded_late", loaded, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [LateFinder({"late_package": ("function",)}, {}), *sys.meta_path])
    yield loaded
    for name in [name for name in sys.modules if name.partition(".")[0] == "late_package"]:
        del sys.modules[name]


def test_nothing_of_what_is_deferred_is_used_while_the_definitions_and_dbt_are_imported():
    done = subprocess.run([sys.executable, "-c", WHAT_IS_LOADED], capture_output=True, text=True, check=True)
    text, _, urllib3 = done.stdout.rpartition("} ")
    held = json.loads(f"{text}}}")
    assert held.keys() == DEFERRED.keys() - OF_GREAT_EXPECTATIONS.keys()
    for name, attributes in held.items():
        own = {one for one in attributes if not one.startswith("__") and f"{name}.{one}" not in DEFERRED}
        ours = set(DEFERRED[name]) | {"dagster_dbt": _MODULES_THAT_WE_USE}.get(name, set())
        assert own == ours, name
    assert urllib3.strip() == "False", "what requests brings"


def test_great_expectations_loads_what_no_rule_needs_when_it_is_used():
    done = subprocess.run([sys.executable, "-c", WHAT_IT_LOADS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


_MODULES_THAT_WE_USE = {
    *("asset_decorator", "asset_utils", "compat", "dagster_dbt_translator", "dbt_manifest", "dbt_project", "errors"),
    *("metadata_set", "utils"),
}


def test_a_module_is_loaded_when_something_of_it_is_asked_for(package):
    import late_package

    assert package == []
    assert late_package.__path__ and late_package.__spec__.loader.get_source("late_package").startswith("import")
    assert package == [], "its name, path and source are known without"
    with pytest.raises(AttributeError, match="'late_package' has no attribute 'nothing'"):
        _ = late_package.nothing
    assert package == ["late_package"]
    assert late_package.function(1) == 2 and late_package.inner.value == 1
    assert package == ["late_package"], "loaded once"


def test_a_module_below_a_deferred_one_is_imported_without_it(package):
    from late_package.inner import value

    assert (value, package) == (1, [])


def test_a_part_of_requests_is_a_part_of_the_whole():
    """As Great Expectations imports it, before anything has asked for the whole."""
    asked = (
        "import pipelines.starting\n"
        "import requests\n"
        "from requests.adapters import HTTPAdapter\n"
        "import requests.adapters as again\n"
        "assert requests.adapters is again and again.HTTPAdapter is HTTPAdapter is requests.sessions.HTTPAdapter\n"
        "assert again.__spec__.origin == again.__file__\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stand_in_can_be_written_in_types_and_calls_the_real_thing(package):
    import late_package

    handed_on = late_package.function
    assert (handed_on | None) and package == []
    assert handed_on(3) == 4
    assert late_package.function is not handed_on, "the real one took its place"


def test_a_module_that_fails_to_load_says_so_each_time(package, tmp_path):
    (tmp_path / "late_package" / "__init__.py").write_text("raise ImportError('no more')")
    import late_package

    for _ in range(2):
        with pytest.raises(ImportError, match="no more"):
            _ = late_package.anything


def test_a_second_thread_waits_until_the_module_is_whole(package, tmp_path, monkeypatch):
    first, second = threading.Event(), threading.Event()
    monkeypatch.setattr("builtins.loaded_late", (first, second))
    (tmp_path / "late_package" / "__init__.py").write_text(
        "import builtins\nbuiltins.loaded_late[0].set()\nbuiltins.loaded_late[1].wait(30)\nlast = 'whole'\n"
    )
    import late_package

    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(late_package.last)) for _ in range(2)]
    threads[0].start()
    first.wait(30)
    threads[1].start()
    assert seen == []
    second.set()
    for thread in threads:
        thread.join(30)
    assert seen == ["whole", "whole"]
