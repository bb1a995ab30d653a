"""A text file's bytes as UTF-8, and its encoding guessed where nobody named it."""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sources.readers.errors import UnreadableFileError
from sources.readers.raw_file import PIECE

_LOOKED_AT = 256 << 10
_USUAL = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "mac_roman", "cp437", "cp850")
"""Encodings that are guessed, beside UTF-8 and UTF-16."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WESTERN = frozenset(
    "äöüßÄÖÜéèêëàâçñóíáúôîïûåæøÅÆØÉÈÀÇÑÓÍÁÚ€§°«»®©½²³·\u00a0\u00b4"
    "ÀÂËÊÎÏÔÛ¡¿ªº"
    "\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026\u2122"
)
"""Letters and signs of Western exports; a text with no others is cp1252."""
_FRENCH_OE = re.compile("[œŒ](?=[uiUI])")
"""The same bytes are a Polish letter, which no u or i follows."""


def guessed_encoding(path: Path) -> str:
    """The encoding of a text file: by its mark, else UTF-8 where all of it is, else what its letters look like."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    wrong = _first_not_utf8(path)
    if wrong is None:
        return "utf-8"
    with path.open("rb") as file:
        file.seek(max(0, wrong - _LOOKED_AT // 2))
        sample = file.read(_LOOKED_AT)
    return _by_its_letters(sample)


def _first_not_utf8(path: Path) -> int | None:
    """Where the first byte is that can't be UTF-8, or is 0 as every second one of UTF-16; None where all is well."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before = 0
    try:
        for piece in read_pieces(path):
            if b"\0" in piece:
                return before
            decoder.decode(piece)
            before += len(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return max(0, before + error.start - 4)
    return None


def _by_its_letters(sample: bytes) -> str:
    if sample.count(b"\0") > len(sample) // 8:
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    western = sample.decode("cp1252", "ignore")
    beyond = {letter for letter in re.sub(_FRENCH_OE, "", western) if not letter.isascii()}
    if len(western) == len(sample) and beyond <= _WESTERN:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_USUAL)).best()
    return best.encoding if best is not None else "cp1252"


def read_pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes, in pieces."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def as_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The text of an encoding as UTF-8.

    Raises:
        UnreadableFileError: it is another encoding's.
    """
    if codecs.lookup(encoding).name == "utf-8":
        yield from pieces  # whoever reads records holds them to it
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:  # lone halves of UTF-16 letters can't be written as UTF-8 either
        raise UnreadableFileError(
            f"is no text of the encoding {encoding}; `read.encoding` names another one"
        ) from error
