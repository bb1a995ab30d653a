"""A dataclass is the same whether its methods are written when it is declared or when they are called."""

import dataclasses
import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from pipelines.late_dataclasses import LATE, write_when_called


@pytest.fixture(params=["late", "at once"])
def declared(request, monkeypatch):
    """A class and a frozen, ordered subclass of another, declared one way or another."""
    if hasattr(dataclasses, "_create_fn"):
        monkeypatch.setattr(dataclasses, "_create_fn", dataclasses._create_fn)
    if request.param == "late":
        write_when_called()

    @dataclass
    class Open:
        number: int
        parts: list["Open"] = field(default_factory=list)
        hidden: str = field(default="x", repr=False, compare=False)

    @dataclass(frozen=True, order=True, slots=True)
    class Frozen:
        number: int
        name: str = "unnamed"

    @dataclass(frozen=True)
    class Longer(Frozen):
        more: int = 0

    return Open, Frozen, Longer


def test_it_is_shown_compared_and_hashed(declared):
    opened, frozen, longer = declared
    whole = opened(1, hidden="y")
    assert whole == opened(1) != opened(2) and whole != frozen(1)
    whole.parts.append(whole)
    assert repr(whole).endswith("Open(number=1, parts=[...])")
    assert repr(longer(1)).endswith("Longer(number=1, name='unnamed', more=0)")
    assert frozen(1) < frozen(1, "z") <= frozen(2) and frozen(2) > frozen(1) >= frozen(1)
    assert sorted([frozen(2), frozen(1, "b"), frozen(1, "a")]) == [frozen(1, "a"), frozen(1, "b"), frozen(2)]
    assert {frozen(1): 1}[frozen(1)] == 1 and hash(frozen(1)) == hash((1, "unnamed"))
    assert longer(1) != frozen(1) and frozen(1).__eq__(longer(1)) is NotImplemented
    with pytest.raises(TypeError, match="unhashable"):
        hash(whole)
    with pytest.raises(TypeError, match="not supported"):
        _ = opened(1) < opened(2)


def test_what_is_frozen_stays_so(declared):
    _, frozen, longer = declared
    for one in (frozen(1), longer(1)):
        for _ in range(2):
            with pytest.raises(FrozenInstanceError, match="cannot assign to field 'number'"):
                one.number = 2
            with pytest.raises(FrozenInstanceError, match="cannot delete field 'number'"):
                del one.number
    assert dataclasses.replace(longer(1), number=2) == longer(2)


def test_methods_have_their_names(declared):
    opened, frozen, _ = declared
    for name in LATE:
        method = vars(frozen)[name]
        assert (method.__name__, method.__qualname__) == (name, f"{frozen.__qualname__}.{name}")
    assert vars(opened)["__hash__"] is None


def test_dbt_s_classes_are_declared_without_them():
    asked = (
        "import dataclasses\n"
        "write, written = getattr(dataclasses, '_create_fn', None), []\n"
        "if write is not None:\n"
        "    dataclasses._create_fn = lambda name, *a, **b: (written.append(name), write(name, *a, **b))[1]\n"
        "import pipelines.starting, dbt.cli.main\n"
        "inits = written.count('__init__')\n"
        "print(inits, len(written) - inits)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    inits, others = map(int, done.stdout.split())
    assert others < 30
    assert inits > 300 or sys.version_info >= (3, 13), "3.13 writes all methods of a class at once"
