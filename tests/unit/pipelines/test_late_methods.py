"""mashumaro's methods are the same whether they are made when a class is declared or when they are called."""

import subprocess
import sys
from dataclasses import dataclass, field

import mashumaro.mixins.dict as mixins
import pytest
from mashumaro.config import BaseConfig
from mashumaro.exceptions import MissingField
from mashumaro.mixins.msgpack import DataClassMessagePackMixin

from pipelines.late_methods import compile_when_called


@pytest.fixture(params=["late", "lazily", "at once"])
def declared(request, monkeypatch):
    """A class and its subclass, each with a field of another class, declared one way or another."""
    if request.param == "late":
        for name in ("compile_mixin_unpacker", "compile_mixin_packer"):
            monkeypatch.setattr(mixins, name, getattr(mixins, name))
        compile_when_called(mixins)

    @dataclass
    class Part(DataClassMessagePackMixin):
        number: int

        class Config(BaseConfig):
            lazy_compilation = request.param != "at once"

    @dataclass
    class Whole(DataClassMessagePackMixin):
        parts: list[Part]
        name: str = "unnamed"

        @classmethod
        def __pre_deserialize__(cls, data):
            return {"parts": [], **data}

    @dataclass
    class Longer(Whole):
        tags: dict[str, Part] = field(default_factory=dict)

    return Part, Whole, Longer


def test_methods_read_and_write_what_they_should(declared):
    part, whole, longer = declared
    plain = {"parts": [{"number": 1}, {"number": 2}], "name": "two", "tags": {"a": {"number": 3}}}
    made = longer.from_dict(plain)
    assert made == longer([part(1), part(2)], "two", {"a": part(3)})
    assert made.to_dict() == plain
    assert longer.from_msgpack(made.to_msgpack()) == made
    assert whole.from_dict({}) == whole([])
    assert whole([part(4)]).to_dict() == {"parts": [{"number": 4}], "name": "unnamed"}


def test_a_subclass_has_methods_of_its_own_after_its_parent_was_used(declared):
    part, whole, longer = declared
    assert whole.from_dict({"parts": [{"number": 1}]}).to_dict() == {"parts": [{"number": 1}], "name": "unnamed"}
    assert longer([], tags={"a": part(1)}).to_dict() == {"parts": [], "name": "unnamed", "tags": {"a": {"number": 1}}}


def test_what_is_wrong_is_said_at_every_call(declared):
    part, _, _ = declared
    for _ in range(2):
        with pytest.raises(MissingField, match="number"):
            part.from_dict({})


def test_dbt_declares_its_classes_without_a_method_written():
    asked = (
        "import pipelines.starting\n"
        "import mashumaro.core.meta.code.builder as builder\n"
        "written = []\n"
        "compile_code = builder.CodeBuilder.compile\n"
        "builder.CodeBuilder.compile = lambda self: (written.append(self.cls.__name__), compile_code(self))\n"
        "import dbt.cli.main, dbt.contracts.graph.manifest as manifest\n"
        "print(len(written))\n"
        "manifest.ManifestMetadata().to_dict()\n"
        "print(sorted(set(written)))\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    before, after = done.stdout.splitlines()
    assert int(before) <= 5
    assert "ManifestMetadata" in after
