"""Random draws for one small story at a time; the bulk of the work (usage) draws whole arrays instead."""

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import numpy as np

_T = TypeVar("_T")


class Draws:
    """A numpy generator behind a handful of named draws, all of them reproducible from the seed parts."""

    def __init__(self, *seed_parts: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed_parts)))
        self._random = self._generator.random

    @classmethod
    def named(cls, *names: str) -> "Draws":
        """Draws that depend on names alone."""
        digest = hashlib.blake2b("\0".join(names).encode(), digest_size=8).digest()
        return cls(int.from_bytes(digest, "big"))

    def uniform(self, low: float, high: float) -> float:
        """A float in [low, high)."""
        return low + (high - low) * self._random()

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random() < probability

    def exponential(self, mean: float) -> int:
        """A waiting time in whole days, 0 or more."""
        return int(-mean * math.log1p(-self._random()))

    def pick(self, options: Sequence[_T]) -> _T:
        """One of the options, all equally likely; repeat an option to make it likelier."""
        return options[int(self._random() * len(options))]

    def permutation(self, count: int) -> list[int]:
        """The numbers 0 … count-1 in random order."""
        return [int(rank) for rank in self._generator.permutation(count)]

    def uuid(self) -> str:
        """A version 4 UUID as text."""
        return str(UUID(bytes=self._generator.bytes(16), version=4))

    def seed(self) -> int:
        """A 63-bit seed for hashes."""
        return int(self._generator.integers(0, 2**63))
