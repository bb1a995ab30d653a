"""Runs of the mapping that are killed leave no trace: run again, they end as undisturbed ones."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.landing.writing import put_in_partition
from sources.mapping import source as source_module

from .exports import ONE_DAY_FEED, USAGE_FEED, WEEKLY_FEED, Exports


class Killed(BaseException):
    """The process ends here."""


def filled(folder: Path) -> Exports:
    exports = Exports(folder, WEEKLY_FEED, USAGE_FEED)
    exports.put("customers-2026-03-01.csv", "1,Ada", "2,Bob")
    exports.put("customers-2026-03-03.csv", "1,Ada")
    exports.put("customers-2026-03-03-b.csv", "1,Ida")
    exports.put_usage("usage-a.csv", "1,u,5,01.03.2026", "1,u,6,02.03.2026")
    exports.put_usage("usage-b.csv", "2,v,6,01.03.2026")
    return exports


def corrected(exports: Exports) -> None:
    exports.put_usage("usage-a.csv", "1,u,50,01.03.2026", "1,u,7,03.03.2026")
    exports.put("customers-2026-03-01.csv", "1,Zoe")


@settings(max_examples=8, deadline=None)
@given(kills=st.lists(st.integers(0, 12), min_size=1, max_size=4), between=st.integers(0, 4))
def test_a_run_that_is_killed_at_any_moment_and_run_again_ends_as_an_undisturbed_one(tmp_path_factory, kills, between):
    folder = tmp_path_factory.mktemp("kills")
    undisturbed, disturbed = filled(folder / "a"), filled(folder / "b")
    undisturbed.deliver()
    corrected(undisturbed)
    undisturbed.deliver()
    left = 0

    def step() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    def dying(act):
        def acts(*given: Any) -> None:
            step()
            act(*given)
            step()

        return acts

    with pytest.MonkeyPatch.context() as patch:
        for name, act in (("put_in_partition", put_in_partition), ("save_delivered", source_module.save_delivered)):
            patch.setattr(source_module, name, dying(act))
        for number, kill in enumerate(kills):
            if number == between:
                corrected(disturbed)
            left = kill
            try:
                disturbed.deliver()
            except Killed:
                continue
    if between >= len(kills):
        corrected(disturbed)
    disturbed.deliver()
    if not between < len(kills):
        undisturbed = filled(folder / "c")
        undisturbed.deliver()
        corrected(undisturbed)
        undisturbed.deliver()
    usage = "license_usage 2026-03-02"
    mine, other = disturbed.landed(), undisturbed.landed()
    if usage not in mine:  # killed before the first file's day came, which the correction no longer has
        other.pop(usage)
    assert mine == other
    assert disturbed.offered() == []
    assert not list(disturbed.landing.glob("*/_*"))


def test_a_partition_that_a_killed_process_had_set_aside_comes_back(tmp_path):
    exports = Exports(tmp_path, ONE_DAY_FEED)
    aside = exports.landing / "customers" / "_2026-03-01.replaced"
    aside.mkdir(parents=True)
    (aside / "export.csv").write_text("partner_id,customer_id,customer_name\nr,9,Zoe\n")
    exports.put("customers-2026-03-01.csv", "1,Ada")
    exports.deliver()
    assert exports.landed() == {"customers 2026-03-01": ["p,1,Ada", "r,9,Zoe"]}
