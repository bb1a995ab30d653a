"""Which columns of a file may be which of the contract's: by their headers, and by what is in them."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from expectations.contract import (
    CUSTOMERS,
    DATASETS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    SUBSCRIPTIONS,
    Column,
    ColumnType,
    Dataset,
)
from sources.mapping.drafting.looking import Seen
from sources.mapping.drafting.values import guess_dates, is_number, is_yes_or_no, meant
from sources.mapping.drafting.words import DAYS, HEADERS, ID_WORDS, TELLING, WEAK
from sources.mapping.headers import plain

LEAST = 0.6
"""Likeness from which on a guess is made."""
_OF_A_PART = 0.75
_WEAK = 0.8
"""Likeness of a header that is as well another column's."""
_TYPO = 0.88
_MOST_HEADERS = 300
_OWN_ID = {
    CUSTOMERS.name: ("customer_id", ("customer", "client", "account", "kunde", "organi", "tenant", "compan")),
    SUBSCRIPTIONS.name: ("subscription_id", ("subscription", "contract", "abo", "vertr", "order", "contrat")),
}
"""Of a dataset the id of its rows, and words in names of files that are about them."""
_SPLIT = re.compile(r"[\W_]+|(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")


@dataclass(frozen=True)
class Guess:
    """A column of the file that may be one of the contract's."""

    place: int
    header: str
    likeness: float


def guess_columns(seen: Seen, dataset: Dataset) -> dict[str, Guess]:
    """For each column of a dataset the file's column that is most like it; no two are the same one, but for codes."""
    pairs = [
        (_likeness(name, header, seen.column(place), _type_of(dataset, name)), name, Guess(place, header, 0))
        for place, header in enumerate(seen.header[:_MOST_HEADERS])
        if header and seen.header.count(header) == 1
        for name in dataset.column_names
    ]
    found: dict[str, Guess] = {}
    taken: set[int] = set()
    pairs += _own_ids(seen, dataset)
    for likeness, name, guess in sorted(pairs, key=lambda pair: (-pair[0], pair[2].place)):
        if likeness < LEAST:
            break
        if name not in found and guess.place not in taken:
            found[name] = Guess(guess.place, guess.header, likeness)
            taken.add(guess.place)
    _share_codes(pairs, found)
    _name_for_id(seen, found, taken)
    return found


def _own_ids(seen: Seen, dataset: Dataset) -> list[tuple[float, str, Guess]]:
    """A column called `id` is that of what the file is called after."""
    own, words = _OWN_ID.get(dataset.name, ("", ()))
    if not any(word in plain(seen.name) for word in words):
        return []
    return [
        (_OF_A_PART, own, Guess(place, header, _OF_A_PART))
        for place, header in enumerate(seen.header[:_MOST_HEADERS])
        if plain(header) == "id"
    ]


def _share_codes(pairs: Sequence[tuple[float, str, Guess]], found: dict[str, Guess]) -> None:
    """One column of SKUs tells both the product and the licence's code."""
    for name, other in (("product", "license_code"), ("license_code", "product")):
        if name in found or other not in found:
            continue
        alike = [likeness for likeness, of, guess in pairs if of == name and guess.place == found[other].place]
        if max(alike, default=0) >= LEAST:
            found[name] = Guess(found[other].place, found[other].header, max(alike))


def _name_for_id(seen: Seen, found: dict[str, Guess], taken: set[int]) -> None:
    """Where no column has the customer's id, its name stands for it: as good, while it does not change."""
    if "customer_id" in found:
        return
    own = found.get("customer_name")
    if own is not None and own.likeness <= _WEAK:
        del found["customer_name"]  # a `Name` alone may be of anything
        return
    free = [
        place
        for place, header in enumerate(seen.header)
        if header and place not in taken and seen.header.count(header) == 1
    ]
    likeness = {place: _likeness("customer_name", seen.header[place], (), ColumnType.TEXT) for place in free}
    best = own.place if own else max(likeness, key=lambda place: likeness[place], default=None)
    if best is None or (own is None and likeness[best] < LEAST):
        return
    found["customer_id"] = Guess(best, seen.header[best], LEAST)
    if own is not None and _look_like_ids(seen.column(best)):
        del found["customer_name"]  # ids under a name's header, such as `Customer`: another column may have the names
        name = max(likeness, key=lambda place: likeness[place], default=None)
        if name is not None and likeness[name] >= LEAST:
            found["customer_name"] = Guess(name, seen.header[name], likeness[name])
            taken.add(name)


def _look_like_ids(values: Sequence[str]) -> bool:
    """Whether nearly all values have a digit and no space."""
    alike = sum(any(letter.isdigit() for letter in value) and " " not in value for value in values)
    return bool(values) and alike >= 0.9 * len(values)


def datasets_of(guesses: Mapping[str, Mapping[str, Guess]]) -> list[str]:
    """The datasets that a file may deliver, in the contract's order."""
    found = [
        name
        for name in DATASETS
        if any(telling <= guesses[name].keys() for telling in TELLING.get(name, (frozenset(DATASETS[name].key),)))
    ]
    customers = guesses[CUSTOMERS.name]
    if found == [CUSTOMERS.name] and customers["customer_id"].place == customers["customer_name"].place:
        return []  # a list of names, of whatever
    if LICENSE_USAGE.name not in found:
        return found
    # A list of orders names who ordered; one of activities has a count, and no seats.
    is_orders = SUBSCRIPTIONS.name in found or "assigned_licenses" in guesses[LICENSE_ASSIGNMENTS.name]
    return [name for name in found if name != LICENSE_USAGE.name] if is_orders else [LICENSE_USAGE.name]


def guess_day(seen: Seen, taken: Sequence[int]) -> Guess | None:
    """The column of each row's day."""
    known = {plain(name) for name in DAYS}
    for place, header in enumerate(seen.header):
        if plain(header) in known and place not in taken and guess_dates(seen.column(place)):
            return Guess(place, header, 1.0)
    return None


def _type_of(dataset: Dataset, name: str) -> ColumnType:
    return next(column.type for column in dataset.columns if column.name == name)


def _likeness(name: str, header: str, values: Sequence[str], kind: ColumnType) -> float:
    """From 0 to 1: how like the header is to what people call the column, less where the values are of another kind."""
    by_name = _by_name(name, header)
    if by_name < LEAST or not values:
        return by_name
    column = _column(name)
    if column is not None and column.allowed:
        known = sum(meant(name, value, column.allowed) is not None for value in set(values))
        return round(by_name * (1.0 if known else 0.85), 3)
    return round(by_name * (1.0 if _fits(values, kind) else 0.55), 3)


@cache
def _by_name(name: str, header: str) -> float:
    weak = {plain(known) for known in WEAK.get(name, ())}
    likeness = {known: _alike(header, known) for known in (name, *HEADERS.get(name, ()))}
    best = max(likeness, key=lambda known: (likeness[known], plain(known) not in weak))
    found = likeness[best]
    if found and plain(best) in weak:
        found *= _WEAK
    is_of_ids = bool(_words(header.replace("#", " no ")) & ID_WORDS) or _ends_as_id(header)
    if name == "customer_id" and is_of_ids:
        found = max(found, 0.9 * _by_name("customer_name", _without_id_words(header)))
    if name.endswith("_id") and not is_of_ids:
        found *= 0.95
    if name.endswith("_name") and is_of_ids and found < 1:
        found *= 0.6  # a code of it, and no name
    return round(found, 3)


def _without_id_words(header: str) -> str:
    return " ".join(word for word in _SPLIT.split(header.replace("#", " ")) if plain(word) not in ID_WORDS)


def _ends_as_id(header: str) -> bool:
    """Whether the header is one word that ends as an id's does, such as Kundennummer."""
    return plain(header).endswith(("nummer", "nr", "number", "id", "no"))


@cache
def _column(name: str) -> Column | None:
    """A column of this name; those of several datasets allow the same values."""
    return next((one for dataset in DATASETS.values() for one in dataset.columns if one.name == name), None)


def _alike(header: str, known: str) -> float:
    header = header.replace("#", " no ").replace("№", " no ").replace(".", " ")
    left, right = plain(header), plain(known)
    if left == right:
        return 1.0
    words, others = _words(header), _words(known)
    if others and others <= words:
        return _OF_A_PART + 0.2 * len(others) / len(words)
    matcher = difflib.SequenceMatcher(None, left, right)
    if matcher.real_quick_ratio() < _TYPO or matcher.quick_ratio() < _TYPO:
        return 0.0
    ratio = matcher.ratio()
    return 0.9 * ratio if ratio >= _TYPO else 0.0


def _words(text: str) -> set[str]:
    return {plain(word) for word in _SPLIT.split(text) if plain(word)}


def _fits(values: Sequence[str], kind: ColumnType) -> bool:
    if kind is ColumnType.DATE:
        return bool(guess_dates(values))
    if kind is ColumnType.BOOLEAN:
        return is_yes_or_no(values)
    if kind is ColumnType.TEXT:
        return True
    return sum(map(is_number, values)) >= 0.8 * len(values)
