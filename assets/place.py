"""What the assets and pools of a home folder are called in Dagster's instance, which several homes may share."""

from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True)
class Place:
    """A home folder among others: its name begins the keys of its assets and ends the names of its pools.

    Two homes whose assets had the same keys would be one asset to Dagster, and a backfill might run in either.
    """

    name: str = ""
    """Empty where a home folder has the instance to itself: nothing is added."""

    def key(self, *path: str) -> dg.AssetKey:
        """The key of an asset that is called so within the home."""
        return dg.AssetKey([self.name, *path] if self.name else list(path))

    def within(self, key: dg.AssetKey) -> dg.AssetKey:
        """What the asset of a key is called within the home."""
        return dg.AssetKey(key.path[1:]) if self.name else key

    def pool(self, pool: str) -> str:
        """A pool of the home's own, in which nobody else waits."""
        return f"{pool}_{self.name}" if self.name else pool
