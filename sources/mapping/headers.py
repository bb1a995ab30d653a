"""Headers of a file, found by the names that a mapping calls them: case, spaces, `_` and `-` make no difference."""

from collections.abc import Iterable, Sequence

from sources.readers.errors import UnreadableFileError, listed

_LEFT_OUT = str.maketrans("", "", "_-\ufeff\u200b\u00ad\u2010\u2011\u2012\u2013")


def plain(name: str) -> str:
    """A header's name as it is compared."""
    return "".join(name.translate(_LEFT_OUT).split()).casefold()


class Headers:
    """The headers of one file, by their names."""

    def __init__(self, header: Sequence[str]) -> None:
        self.header = tuple(header)
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(header):
            if key := plain(name):
                self._places.setdefault(key, []).append(place)

    def place(self, name: str) -> int | None:
        """Where the column of this name stands, from 0; None where there is none.

        Raises:
            UnreadableFileError: several headers are this name.
        """
        found = self._places.get(plain(name), [])
        if len(found) > 1:
            alike = listed(self.header[place] for place in found)
            raise UnreadableFileError(
                f"has several columns that {name!r} may mean: {alike}; give it names of your own: `header_row: 0`,"
                " `names`, and `skip_rows: 1` for its headers"
            )
        return found[0] if found else None

    def unnamed_by(self, names: Iterable[str]) -> list[str]:
        """The headers that none of the names means, in the file's order; those without a name are left out."""
        used = {plain(name) for name in names}
        return [name for name in self.header if plain(name) and plain(name) not in used]
