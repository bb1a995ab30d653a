"""Harm to a file's bytes: flipped, overwritten, cut out, put in, repeated, cut off."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

_NASTY = [
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b" ",
    b"-",
    b"9" * 20,
    b"\xff" * 8,
]


@dataclass(frozen=True)
class Edit:
    """One harm, at a place that is a share of the file's length."""

    kind: str
    place: float
    length: int
    bit: int
    piece: bytes

    def apply(self, content: bytes) -> bytes:
        """The content after the harm."""
        at = int(self.place * len(content))
        return _KINDS[self.kind](content[:at], content[at:], self)


_Harm = Callable[[bytes, bytes, Edit], bytes]
_KINDS: dict[str, _Harm] = {
    "flip": lambda before, after, edit: before + bytes([after[0] ^ 1 << edit.bit]) + after[1:] if after else before,
    "overwrite": lambda before, after, edit: before + edit.piece + after[len(edit.piece) :],
    "insert": lambda before, after, edit: before + edit.piece + after,
    "cut out": lambda before, after, edit: before + after[edit.length :],
    "repeat": lambda before, after, edit: before + after[: edit.length] + after,
    "cut off": lambda before, after, edit: before,
}

_PLACES = st.one_of(
    st.floats(0, 1, exclude_max=True),
    st.floats(0.9, 1, exclude_max=True),  # a Parquet file's footer
)
_EDITS = st.builds(
    Edit,
    # Mostly small harm: what is cut off is seldom worth a second look.
    kind=st.sampled_from(["flip"] * 4 + ["overwrite", "overwrite", "insert", "insert", "cut out", "repeat", "cut off"]),
    place=_PLACES,
    length=st.integers(1, 60),
    bit=st.integers(0, 7),
    piece=st.sampled_from(_NASTY),
)
HARM = st.lists(_EDITS, min_size=1, max_size=4)


def harmed(content: bytes, harm: list[Edit]) -> bytes:
    """The content after all of the harm."""
    for edit in harm:
        content = edit.apply(content)
    return content
