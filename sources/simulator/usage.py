"""Who was active on a day: a stable population of licence holders with habits, drawn a whole day at once.

Holders are numbered per licence line, 0 … assigned-1, so that a licence that is taken away is the last one handed out.
What is lasting about a holder (name, habit, when the licence changes hands) is a hash of seeds and number; what
happens on a day comes from that day's generator. Nothing depends on which day came before.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.simulator import days
from sources.simulator.licences import WORKSPACE_CODES, Line
from sources.simulator.snapshots import Ints, LineDay

USED_PRODUCTS = ("meetings", "calling", "call_on_webex", "contact_center")

_TENURE_DAYS = 1300  # after which a licence goes to somebody else: about one in four a year
_NEVER_ACTIVE = 0.1  # share of holders who got a licence and hardly touch it
_DAY_NOISE = 0.03
_USAGE_STREAM = 1_000_000  # seed part that keeps the days' generators apart from those of partners and slots

# Activities of an active holder by product: 256 quantiles of a geometric distribution with this mean.
_MEAN_ACTIVITIES = {"meetings": 2.6, "calling": 5.5, "call_on_webex": 2.0, "contact_center": 24.0}

_ID_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
_ID_WIDTH = 16
_PREFIXES = {False: b"user-", True: b"room-"}

Hashes = npt.NDArray[np.uint64]


class UsageModel:
    """The holders of all lines of a range, and the usage rows of each of its days; days are asked for in order."""

    def __init__(self, lines: Sequence[Line], line_rows: pa.Table, capacity: Ints, first: int, seed: int) -> None:
        """Prepare the holders of each line.

        `capacity` is the most licences that each line has assigned on any day of the range that begins on `first`.
        """
        self._seed = seed
        self._day = first
        is_used = np.array([line.product in USED_PRODUCTS for line in lines], dtype=np.bool_)
        self._capacity = np.where(is_used, capacity, 0)
        self._offset = np.cumsum(self._capacity) - self._capacity
        owner = np.repeat(np.arange(len(lines)), self._capacity)
        self._number = (np.arange(len(owner)) - self._offset[owner]).astype(np.uint64)

        habit_seeds = np.array([line.habit_seed for line in lines], dtype=np.uint64)
        level = np.array([line.usage_level for line in lines], dtype=np.float32)
        self._propensity = level[owner] * _propensity(_hash(habit_seeds[owner], self._number))

        is_workspace = np.array([line.code in WORKSPACE_CODES for line in lines], dtype=np.bool_)
        holder_seeds = np.array([line.holder_seed for line in lines], dtype=np.uint64) + is_workspace.astype(np.uint64)
        self._holder_seed = holder_seeds[owner]
        prefixes = np.array([_PREFIXES[bool(workspace)] for workspace in is_workspace], dtype="S5")
        self._user_id = np.zeros((len(owner), _ID_WIDTH), dtype=np.uint8)
        self._user_id[:, :5] = prefixes[owner].view(np.uint8).reshape(-1, 5)
        self._phase = _phase(self._holder_seed, self._number)
        self._by_phase = np.argsort(self._phase, kind="stable")
        self._phase_bounds = np.searchsorted(self._phase[self._by_phase], np.arange(_TENURE_DAYS + 1))
        self._name_holders(np.arange(len(owner)))

        products = [line.product for line in lines]
        self._activity = np.array([_activity_quantiles(_MEAN_ACTIVITIES.get(product, 1.0)) for product in products])
        texts = ("partner_id", "customer_id", "subscription_id", "product")
        self._texts = {name: line_rows[name].combine_chunks() for name in texts}

    def rows_on(self, day: int, line_day: LineDay) -> pa.Table:
        """The license_usage dataset of a day: one row per holder who was active, text columns as dictionaries."""
        self._advance_to(day)
        holders_of = np.zeros(len(self._capacity), dtype=np.int64)
        holders_of[line_day.lines] = np.where(line_day.in_use, line_day.assigned, 0)
        holders_of = np.minimum(holders_of, self._capacity)
        before = np.cumsum(holders_of) - holders_of
        holder = np.arange(int(holders_of.sum())) + np.repeat(self._offset - before, holders_of)

        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence((self._seed, _USAGE_STREAM, day))))
        factor = days.activity_factor(days.from_number(day)) * (1 + _DAY_NOISE * generator.standard_normal())
        chosen = generator.random(len(holder), dtype=np.float32) < self._propensity[holder] * np.float32(factor)
        line = np.repeat(np.arange(len(holders_of)), holders_of)[chosen]
        activity = self._activity[line, generator.integers(0, 256, len(line), dtype=np.uint8)]

        line_index = pa.array(line, pa.int32())
        texts = {name: pa.DictionaryArray.from_arrays(line_index, values) for name, values in self._texts.items()}
        user_id = _fixed_width_text(self._user_id[holder[chosen]])
        return pa.table({**texts, "user_id": user_id, "activity_count": pa.array(activity)})

    def _advance_to(self, day: int) -> None:
        """Give the licences that change hands since the last day asked for to their next holders."""
        while self._day < day:
            self._day += 1
            phase = -self._day % _TENURE_DAYS
            self._name_holders(self._by_phase[self._phase_bounds[phase] : self._phase_bounds[phase + 1]])

    def _name_holders(self, holders: Ints) -> None:
        """Write the ids of these holders as of the current day: 55 bits of a hash in letters and digits."""
        turn = ((self._day + self._phase[holders]) // _TENURE_DAYS).astype(np.uint64)
        name = _hash(_hash(self._holder_seed[holders], self._number[holders]), turn)
        for position in range(5, _ID_WIDTH):
            self._user_id[holders, position] = _ID_LETTERS[(name & np.uint64(31)).astype(np.int64)]
            name >>= np.uint64(5)


def _hash(seed: Hashes, number: Hashes) -> Hashes:
    """SplitMix64 (Steele, Lea, Flood 2014) at position `number` of the stream that `seed` begins."""
    mixed: Hashes = seed + (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _phase(holder_seed: Hashes, number: Hashes) -> Ints:
    """Where in its tenure each licence is on day 0."""
    return (_hash(holder_seed ^ np.uint64(0x5BF0), number) % np.uint64(_TENURE_DAYS)).astype(np.int64)


def _propensity(hashes: Hashes) -> npt.NDArray[np.float32]:
    """The chance of being active on a full working day: most holders often, some hardly ever."""
    rank = (hashes >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
    eager = 0.3 + 0.69 * np.sqrt(np.maximum(rank - _NEVER_ACTIVE, 0) / (1 - _NEVER_ACTIVE))
    return np.where(rank < _NEVER_ACTIVE, 0.004, eager).astype(np.float32)


def _activity_quantiles(mean: float) -> Ints:
    """256 equally likely activity counts, 1 or more, of a geometric distribution with about this mean."""
    if mean <= 1:
        return np.ones(256, dtype=np.int64)
    rank = (np.arange(256) + 0.5) / 256
    quantiles: Ints = np.floor(1 + np.log1p(-rank) / np.log1p(-1 / mean)).astype(np.int64)
    return quantiles


def _fixed_width_text(characters: npt.NDArray[np.uint8]) -> "pa.Array[Any]":
    """Rows of ASCII characters as a text column, without copying them."""
    offsets = np.arange(len(characters) + 1, dtype=np.int32) * _ID_WIDTH
    return pa.StringArray.from_buffers(len(characters), pa.py_buffer(offsets.data), pa.py_buffer(characters.data))
