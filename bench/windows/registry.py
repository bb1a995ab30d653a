"""Who competes. A contender is a module in `contenders` with `solve(task)`; here is what tables call it."""

import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Contender:
    """A way to the answer, in a tool."""

    key: str
    tool: str
    idea: str
    module: str
    written_in: tuple[str, ...] = ()
    """Further modules that hold its code, for the count of lines."""
    exact: bool = True
    package: str | None = None
    """A package and version beside those of requirements.txt."""

    @property
    def lines(self) -> int:
        """Lines of code, without blank ones, comments and docstrings, set-up shared with others left out."""
        return sum(
            code_lines((FOLDER / name).read_text()) for name in (f"contenders/{self.module}.py", *self.written_in)
        )


def code_lines(source: str) -> int:
    """How many lines of a Python module hold code or text that code uses."""
    held: set[int] = set()
    at_start = True
    layout = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = at_start and token.type == tokenize.STRING
        if token.type == tokenize.NEWLINE:
            at_start = True
        elif token.type not in layout and not is_docstring:
            held.update(range(token.start[0], token.end[0] + 1))
            at_start = False
    return len(held)


DUCKDB_1, DUCKDB_2 = "DuckDB 1.5", "DuckDB 2.0"
NEW_DUCKDB = "duckdb==2.0.1"
STATES = ("chdb_sql.py",)
CONTENDERS = (
    Contender("ours", DUCKDB_1, "bit words (ours)", "duckdb_words", ("bit_words.py",)),
    Contender("ours-duckdb2", DUCKDB_2, "bit words (ours)", "duckdb_words", ("bit_words.py",), package=NEW_DUCKDB),
    Contender("ours-portable", DUCKDB_1, "spells in portable SQL (ours)", "duckdb_spells", ("spells.py",)),
    Contender("duckdb-lead", DUCKDB_1, "lead and running sums", "duckdb_lead"),
    Contender("duckdb2-lead", DUCKDB_2, "lead and running sums", "duckdb_lead", package=NEW_DUCKDB),
    Contender("duckdb-distinct", DUCKDB_1, "count(distinct) over a frame of days", "duckdb_distinct"),
    Contender("duckdb-join", DUCKDB_1, "range join, count(distinct)", "duckdb_join"),
    Contender("polars", "Polars", "spells of a packed, sorted column", "polars_spells"),
    Contender("polars-words", "Polars", "bit words", "polars_words"),
    Contender("numpy", "NumPy", "spells of a packed, sorted array", "numpy_spells"),
    Contender("pandas", "pandas", "spells of sorted rows", "pandas_spells"),
    Contender("datafusion", "DataFusion", "bit words", "datafusion_words"),
    Contender("datafusion-lead", "DataFusion", "lead and running sums", "datafusion_lead"),
    Contender("chdb", "chDB", "bit words", "chdb_words"),
    Contender("chdb-bitmap", "chDB", "roaring bitmaps (groupBitmap)", "chdb_bitmap", STATES),
    Contender("chdb-exact", "chDB", "sets (uniqExact)", "chdb_exact", STATES),
    Contender("chdb-combined", "chDB", "uniqCombined64(12), merged", "chdb_combined", STATES, exact=False),
    Contender("duckdb-hll", DUCKDB_1, "range join, approx_count_distinct", "duckdb_hll", exact=False),
    Contender("datasketches", "DataSketches", "HLL sketches, 4,096 registers", "datasketches_hll", exact=False),
)
