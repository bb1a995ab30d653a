"""A template that was compiled once is taken from the file, whatever that holds."""

import hashlib
import marshal

import pytest
from dbt.clients.jinja import get_rendered
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.exceptions import CompilationError

from assets.dbt.templates import kept_templates
from storage.files.atomic import StorageError


@pytest.fixture
def compiled(monkeypatch):
    """The sources that Jinja compiles."""
    sources: list[str] = []
    compile_anew = MacroFuzzEnvironment.compile

    def noting(self, source, *args, **options):
        sources.append(source)
        return compile_anew(self, source, *args, **options)

    monkeypatch.setattr(MacroFuzzEnvironment, "compile", noting)
    return sources


def render(file, *templates):
    with kept_templates(file):
        return [get_rendered(template, {"number": 3}, native=native) for template, native in templates]


def test_each_template_is_compiled_once(tmp_path, compiled):
    file = tmp_path / "made" / "templates"
    twice, native = ("{{ number * 2 }}", False), ("{{ number * 2 }}", True)
    assert render(file, twice) == render(file, twice) == ["6"]
    assert len(compiled) == 1
    assert render(file, twice, native) == render(file, twice, native) == ["6", 6]
    assert len(compiled) == 2, "an environment of its own"
    written = file.read_bytes()
    assert render(file, native) == [6] and file.read_bytes() == written
    render(file, ("{{ number + 1 }}", False))
    render(file, native)
    assert compiled == ["{{ number * 2 }}"] * 2 + ["{{ number + 1 }}", "{{ number * 2 }}"], "what was not used is gone"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
        lambda content: _signed(b"no marshal"),
        lambda content: _signed(marshal.dumps(("another Python", {}))),
        lambda content: _signed(marshal.dumps("x")),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_written_anew(damage, tmp_path, compiled):
    file, template = tmp_path / "templates", ("{{ number }} and more", False)
    render(file, template)
    file.write_bytes(damage(file.read_bytes()))
    for _ in range(2):
        assert render(file, template) == ["3 and more"]
    assert len(compiled) == 2, "once before, and once after"


def test_dbt_is_as_it_was_and_nothing_is_written_after_an_error(tmp_path):
    before = MacroFuzzEnvironment.compile
    with pytest.raises(CompilationError, match="division"):
        render(tmp_path / "templates", ("{{ number / 0 }}", False))
    assert MacroFuzzEnvironment.compile is before and not (tmp_path / "templates").exists()


def test_a_folder_that_can_t_be_written_is_told_of(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        render(tmp_path / "file" / "templates", ("{{ number }}", False))


def _signed(content):
    return hashlib.sha256(content).digest() + content
