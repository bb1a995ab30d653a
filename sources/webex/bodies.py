"""An answer's body as it comes in pieces, unpacked, up to a size: a few kilobytes of gzip can stand for gigabytes."""

import zlib

from sources.webex.errors import AgainError, RefusedError

ASKED_FOR = "gzip"
"""The one packing that is asked for: what others unpack to can't be bounded on the way."""
_GZIP = 16 + zlib.MAX_WBITS


class Body:
    """A body that pieces are added to."""

    def __init__(self, packing: str, status: int, most: int) -> None:
        """`packing` is the answer's Content-Encoding, `most` the bytes that it may have once it is unpacked.

        Raises:
            AgainError: it is packed in a way that nobody asked for.
        """
        packing = packing.strip().lower()
        if packing not in ("", "identity", ASKED_FOR):
            raise AgainError("an answer that is packed as nobody asked for")
        self._unpacker = zlib.decompressobj(_GZIP) if packing == ASKED_FOR else None
        self._status, self._most = status, most
        self._content = bytearray()

    def add(self, piece: bytes) -> None:
        """Take the next bytes of the answer.

        Raises:
            RefusedError: it is larger than it may be.
            AgainError: it can't be unpacked.
        """
        if self._unpacker is not None:
            try:
                piece = self._unpacker.decompress(piece, self._most - len(self._content) + 1)
            except zlib.error:
                raise AgainError("an answer that can't be unpacked") from None
        self._content += piece
        if len(self._content) > self._most:
            raise RefusedError(f"an answer beyond {self._most >> 20} MiB", self._status)

    def whole(self) -> bytes:
        """The body, once the answer is over.

        Raises:
            AgainError: it is cut off.
        """
        if self._unpacker is not None and self._content and not self._unpacker.eof:
            raise AgainError("an answer that is cut off")
        return bytes(self._content)
