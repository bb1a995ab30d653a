"""Files and mappings that nobody should write: each ends with one line, and takes no more than it may."""

import gzip
import io
import json
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mapping.json_stream import _Depth
from sources.mapping.loading import MappingError, parse_mapping
from sources.mapping.typed import shown
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits
from sources.readers.reading import attempt

from .mapped import feed_of, mapped, near, put, rows_of
from .whole_tables import read

NAME = "customers-2026-03-01"


def lookup(file: str) -> str:
    return f"""
feeds:
  - dataset: customers
    files: "*"
    columns:
      partner_id: {{constant: p}}
      customer_id: id
      customer_name: {{from: id, lookup: {{file: {json.dumps(file)}, key: a, value: b}}}}
"""


@pytest.mark.parametrize("file", ["/etc/passwd", "../token", "tables/../../token", "..\\token", "C:\\token"])
def test_a_table_lies_beside_the_mapping(file):
    with pytest.raises(MappingError, match=r"customer_name\.lookup\.file: is a path that goes on from") as error:
        parse_mapping("mapping.yaml", lookup(file).encode())
    assert len(error.value.lines) == 1
    assert parse_mapping("mapping.yaml", lookup("tables/products.csv").encode()).feeds


def test_half_a_letter_is_no_text():
    with pytest.raises(MappingError, match=r"line 6, column .*half a letter"):
        parse_mapping("mapping.yaml", lookup("x").replace("constant: p", r'constant: "\ud800"').encode())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1e999999999"), "1E+999999999"),
        (Decimal("-1e-999999999"), "-1E-999999999"),
        (Decimal("0e999999"), "0E+999999"),
        (1e308, "1" + "0" * 308),
        (Decimal("1e3"), "1000"),
        (5e-324, "0." + "0" * 323 + "494065645841247"),
    ],
)
def test_no_number_is_spelt_out_to_gigabytes(value, text):
    assert shown(value) == text


def test_a_record_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sources.mapping.json_stream._LARGEST_RECORD", 1 << 20)
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(b'[{"id": 1}, {"id": "' + b"x" * (8 << 20) + b'"}]'))
    with pytest.raises(UnreadableFileError, match="has a record of more than 1 MB"):
        read(path)
    path.write_bytes(gzip.compress(json.dumps([{"id": "x" * 1000, "n": n} for n in range(5000)]).encode()))
    assert len(read(path)["rows"]) == 5000


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'[{"id":' + b'{"a":' * 100_000, b'[{"id": ' + b"[" * 5000 + b"]" * 5000 + b"}]"]
)
def test_nested_without_end_is_one_line(tmp_path, text):
    put(tmp_path, f"{NAME}.json", text)
    with pytest.raises(UnreadableFileError, match=r"^is nested more than 200 levels deep$"):
        mapped(tmp_path, feed_of(files="*"), f"{NAME}.json")
    put(tmp_path, f"{NAME}.jsonl", text.replace(b"[{", b"{", 1))
    assert "is no JSON" in (attempt(lambda: mapped(tmp_path, feed_of(files="*"), f"{NAME}.jsonl"), NAME)[1] or "")


JSON = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('[]{}"\\a\n'), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.sampled_from('[]{}"\\a'), max_size=3), inner)
    ),
    max_leaves=12,
)


def depth_of(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


@given(JSON, st.integers(1, 5))
def test_the_depth_is_that_of_the_brackets_outside_of_texts(value, size):
    content, depth = json.dumps(value).encode(), _Depth()
    deepest = max(depth.after(content[place : place + size]) for place in range(0, len(content), size))
    assert deepest == depth_of(value)


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl"])
def test_columns_without_end_are_one_line(tmp_path, ending):
    names = [f"c{number}" for number in range(100_000)]
    content = {
        "csv": ",".join(names) + "\n",
        "tsv": "\t".join(names) + "\n",
        "json": json.dumps([dict.fromkeys(names, 1)]),
        "jsonl": json.dumps(dict.fromkeys(names, 1)),
    }[ending]
    put(tmp_path, f"{NAME}.{ending}", content)
    with pytest.raises(UnreadableFileError, match=r"column|record of more than"):
        mapped(tmp_path, feed_of(files="*"), f"{NAME}.{ending}", limits=ReadLimits())
    assert near(tmp_path).inbox.is_dir()


def test_names_in_an_archive_lead_nowhere(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("../../out.csv", "/out.csv", "a/../../out.csv", f"long.{'x' * 300}", "in/ok.csv"):
            file.writestr(name, f"id,name\n{name[:20]},x\n")
    put(tmp_path, f"{NAME}.zip", packed.getvalue())
    made = mapped(tmp_path, feed_of(files="*", read={"format": "csv"}), f"{NAME}.zip")
    assert [row["customer_id"] for row in rows_of(made)] == [
        "/out.csv",
        "a/../../out.csv",
        "in/ok.csv",
        f"long.{'x' * 15}",
    ]
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {f"{NAME}.zip", "2026-03-01.csv"}
