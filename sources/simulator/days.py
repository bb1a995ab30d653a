"""Days as numbers (days since 1970-01-01, as Arrow's date32 counts them), and the rhythm of a working year."""

import math
from calendar import monthrange
from datetime import date

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

# Share of a full working day's activity, Monday to Sunday.
_WEEKDAY_FACTOR = (0.97, 1.0, 1.0, 0.97, 0.84, 0.07, 0.05)
# Days off wherever the customers are; what one country alone celebrates would not show in a partner's total.
_HOLIDAYS = {(1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31)}
_HOLIDAY_FACTOR = 0.06


def number(day: date) -> int:
    """The day as a number: 1970-01-01 is 0."""
    return day.toordinal() - _EPOCH_ORDINAL


def from_number(day_number: int) -> date:
    """The day of a number; the inverse of `number`."""
    return date.fromordinal(day_number + _EPOCH_ORDINAL)


def add_months(day_number: int, months: int) -> int:
    """The same day of the month `months` later, or that month's last day when it is shorter."""
    day = from_number(day_number)
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last_of_month = 28 if day.day <= 28 else monthrange(year, month + 1)[1]
    return number(date(year, month + 1, min(day.day, last_of_month)))


def activity_factor(day: date) -> float:
    """How busy a day is, as a share of a full working day: weekends and holidays are low, summers a little lower."""
    if (day.month, day.day) in _HOLIDAYS:
        return _HOLIDAY_FACTOR
    summer_dip = 0.12 * math.exp(-(((day.timetuple().tm_yday - 217) / 25) ** 2))
    return _WEEKDAY_FACTOR[day.weekday()] * (1 - summer_dip)
