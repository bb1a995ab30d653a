"""How values are written: dates, numbers, yes and no, and words for the contract's lists."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sources.mapping.drafting.words import FALSE, NO_VALUE, OPEN_ENDED, TRUE, VALUES

_FORMATS = (
    *("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,' \u00a0\u202f\u2019][0-9]{3})*([.,][0-9]+)?")
_DAY_NUMBER = re.compile(r"[34][0-9]{4}(\.[0-9]+)?|5[0-9]{4}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?")
_UNITS = r"(?:[$€£¥]|EUR|USD|CHF|GBP|JPY|Stk\.?|Stück|pcs|seats|licen[sc]es|Lizenzen)"
NUMBER_WITHIN = r"^[^0-9(+-]*([+-]?[0-9](?:[0-9.,' \x{a0}\x{202f}\x{2019}]*[0-9])?)[^0-9)-]*$"
"""Finds the number in a text such as `$1,234.50` or `12 Stück`; none where there are two, or a sign elsewhere."""
_LOOKED_AT = 300
_MOST_WORDS = 60


def no_values(values: Sequence[str]) -> list[str]:
    """The words that stand for no value, as they are written."""
    known = {*NO_VALUE, *OPEN_ENDED}
    return list(dict.fromkeys(value for value in values if value.strip().lower() in known))


def guess_dates(values: Sequence[str]) -> list[str]:
    """The formats that all of these dates are written in, the likeliest first; none where they are no dates.

    `iso` needs no operation, `excel` is a day number.
    """
    left = set(no_values(values))
    looked = [value.strip() for value in dict.fromkeys(values) if value not in left][:_LOOKED_AT]
    if not looked:
        return []
    if all(_ISO.fullmatch(value) for value in looked):
        return ["iso"]
    if all(_DAY_NUMBER.fullmatch(value) or _ISO.fullmatch(value) for value in looked):
        return ["excel"]  # which takes the other ones as well
    found = []
    for form in _FORMATS:
        for time in _TIMES:
            if all(is_date(value, form + time) for value in looked):
                found.append(form + time)
                break
    return found


def earliest(values: Sequence[str]) -> date | None:
    """The first day of these dates, by the likeliest of their formats; None where they have none of ours."""
    formats = guess_dates(values)
    if not formats or formats[0] == "excel":
        return None
    left = set(no_values(values))
    looked = [value.strip() for value in values if value not in left][:_LOOKED_AT]
    if formats[0] == "iso":
        return min(date.fromisoformat(value[:10]) for value in looked)
    return min(datetime.strptime(value, formats[0]).date() for value in looked)  # noqa: DTZ007  its day alone


def is_date(value: str, form: str) -> bool:
    """Whether a text is a date of this format, of a year that exports may be of."""
    try:
        year = datetime.strptime(value, form).year  # noqa: DTZ007  its day alone is looked at
    except ValueError:
        return False
    return 1990 <= year <= 2100 and ("%Y" in form or not re.search(r"[0-9]{4}$", value.split(" ")[0]))


def is_number(value: str) -> bool:
    """Whether a value is a number, whatever its signs."""
    return value.strip().lower() in NO_VALUE or _NUMBER.fullmatch(bare(value).rstrip("%\uff05 ")) is not None


def bare(value: str) -> str:
    """A number without currency or unit around it."""
    return re.sub(rf"^{_UNITS}\s*|\s*{_UNITS}$", "", value.strip(), flags=re.IGNORECASE)


def guess_signs(values: Sequence[str]) -> tuple[str, str | None]:
    """Decimal and thousands sign of numbers: `1.234,5` has `,` and `.`; with `1.234` alone, groups of three decide."""
    text = [bare(value) for value in values if is_number(value)]
    commas, points = ([value for value in text if sign in value] for sign in ",.")
    spaced = any(re.search(r"[0-9][ \u00a0\u202f][0-9]{3}", value) for value in text)
    quoted = any(re.search(r"[0-9]['\u2019][0-9]{3}", value) for value in text)
    other = " " if spaced else "'" if quoted else None
    both = [value for value in commas if "." in value]
    if both:
        german = both[0].rindex(",") > both[0].rindex(".")
        return (",", ".") if german else (".", ",")
    if commas and not points:
        grouped = all(re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+", value) for value in commas)
        return (".", ",") if grouped else (",", other)
    if points and not commas:
        grouped = all(re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+", value) for value in points)
        return (",", ".") if grouped else (".", other)
    if commas:  # 1.234 beside 12,5
        german = all(re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+", value) for value in points)
        return (",", ".") if german else (".", ",")
    return ".", other


def is_yes_or_no(values: Sequence[str]) -> bool:
    """Whether there are at most three different values, and all are words for yes and no."""
    words = {value.strip().lower() for value in values}
    return 0 < len(words) <= 4 and words <= {*TRUE, *FALSE}


def words_of(values: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The different values by what they may mean: true, false, or neither that is known."""
    found = list(dict.fromkeys(value.strip() for value in values))
    true = [word for word in found if word.lower() in TRUE]
    false = [word for word in found if word.lower() in FALSE]
    return true, false, [word for word in found if word not in {*true, *false}]


def meant(column: str, value: str, allowed: Sequence[str]) -> str | None:
    """The value of the contract's list that a word may mean."""
    word = re.sub(r"[\s_-]+", " ", value.strip().lower())
    for name in allowed:
        if word in (name, name.replace("_", " "), *VALUES.get(column, {}).get(name, ())):
            return name
    if column != "product":
        return None
    inside = [
        name
        for name in allowed
        if any(re.search(rf"\b{re.escape(one)}\b", word) for one in VALUES["product"].get(name, ()) if len(one) > 4)
    ]
    return inside[0] if len(inside) == 1 else None


def most_common(values: Sequence[str], most: int = _MOST_WORDS) -> list[str]:
    """The different values, the most frequent first."""
    return [value for value, _ in Counter(value.strip() for value in values).most_common(most)]
