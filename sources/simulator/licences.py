"""The licence lines of subscriptions: what was bought, and how much of it is assigned on a day."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from sources.simulator.draws import Draws

_TRUE_UPS = 3  # later renewals keep the size, or growth would compound without end
_WORKSPACE_SHARE = 0.15


class Adoption(Enum):
    """How a customer, year after year, hands out what it bought."""

    LOW = "low"
    NORMAL = "normal"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Line:
    """One licence line, and the parameters of its curve (see `assigned`)."""

    product: str
    code: str
    name: str
    total: int
    """Licences bought in the first term."""
    growth: float
    """What a renewal multiplies the total by."""
    target: float
    """Share of the total that is assigned once the roll-out is over."""
    head_start: float
    """Share of the target that is assigned on the first day."""
    rollout_days: float
    drift: float
    """What the assigned share gains from the first to the last day of each term."""
    sway: float
    sway_days: float
    phase: float
    holder_seed: int
    """Who holds the licences: lines of one customer share it, so that one person holds several."""
    habit_seed: int
    """How eagerly each holder uses this line."""
    usage_level: float
    """How much this customer's holders do, as a share of what is usual."""


# product -> (code, name, share of the subscription's size, how often the line is there)
_CATALOGUE: dict[str, tuple[tuple[str, str, float, float], ...]] = {
    "meetings": (("EE", "Webex Meetings Suite", 1.0, 1.0),),
    "messaging": (("MS", "Webex Messaging", 1.0, 0.7),),
    "call_on_webex": (("FTC", "Call on Webex", 0.8, 0.3),),
    "calling": (
        ("BCSTD", "Webex Calling Professional", 1 - _WORKSPACE_SHARE, 1.0),
        ("BCCA", "Webex Calling Common Area", _WORKSPACE_SHARE, 0.6),
    ),
    "contact_center": (("CJPPRM", "Webex Contact Center Premium Agent", 0.2, 1.0),),
    "devices": (("SD", "Webex Device Registration", 0.1, 1.0),),
}
_COMPANIONS = {"meetings": ("messaging", "call_on_webex")}
WORKSPACE_CODES = frozenset({"BCCA", "SD"})


def lines_of(
    draws: Draws, products: tuple[str, ...], seats: float, adoption: Adoption, holder_seed: int, *, is_trial: bool
) -> list[Line]:
    """The licence lines of a subscription to `products` for about `seats` people."""
    lines = []
    usage_level = draws.uniform(0.55, 1.0)
    for product in products:
        for family in (product, *_COMPANIONS.get(product, ())):
            for code, name, share, odds in _CATALOGUE[family]:
                if draws.chance(odds):
                    total = max(1, round(seats * share * draws.uniform(0.92, 1.08)))
                    lines.append(_line(draws, family, code, name, total, adoption, holder_seed, usage_level, is_trial))
    return lines


def _line(
    draws: Draws,
    product: str,
    code: str,
    name: str,
    total: int,
    adoption: Adoption,
    holder_seed: int,
    usage_level: float,
    is_trial: bool,
) -> Line:
    drift = 0.0
    growth = draws.pick((1.0, 1.0, 1.0, 1.05, 1.1, 0.92))
    sway = draws.uniform(0.01, 0.05)
    if adoption is Adoption.LOW:
        target = draws.uniform(0.08, 0.4)
    elif adoption is Adoption.OVER:
        target, drift = draws.uniform(0.98, 1.06), draws.uniform(0.1, 0.4)
        growth = 1 + drift / 2
    else:
        target = draws.uniform(0.68, 0.96)
    return Line(
        product=product,
        code=code,
        name=name,
        total=total,
        growth=growth,
        target=target,
        head_start=draws.uniform(0.02, 0.5),
        rollout_days=draws.uniform(6, 18) if is_trial else draws.uniform(12, 60),
        drift=drift,
        sway=sway,
        sway_days=draws.uniform(70, 160),
        phase=draws.uniform(0, 1),
        holder_seed=holder_seed,
        habit_seed=draws.seed(),
        usage_level=usage_level,
    )


def resized(totals: npt.NDArray[np.int64], sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Licences bought where a subscription was cut or topped up to a share of its usual size; at least one."""
    return np.maximum(np.rint(totals * sizes), 1).astype(np.int64)


class LineCurves:
    """The lines' parameters as arrays, so that a day is a few vector operations."""

    def __init__(self, lines: list[Line]) -> None:
        def column(name: str) -> npt.NDArray[np.float64]:
            return np.array([getattr(line, name) for line in lines], dtype=np.float64)

        self._total = column("total")
        self._growth = column("growth")
        self._target = column("target")
        self._head_start = column("head_start")
        self._rollout_days = column("rollout_days")
        self._drift = column("drift")
        self._sway = column("sway")
        self._sway_days = column("sway_days")
        self._phase = column("phase")

    def totals(self, lines: npt.NDArray[np.int64], term: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Licences bought, for each line index in `lines` in its `term` (terms completed before)."""
        bought = self._total[lines] * self._growth[lines] ** np.minimum(term, _TRUE_UPS)
        return np.maximum(np.rint(bought), 1).astype(np.int64)

    def assigned(
        self,
        lines: npt.NDArray[np.int64],
        totals: npt.NDArray[np.int64],
        age: npt.NDArray[np.int64],
        progress: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.int64]:
        """Licences assigned, `age` days after the start (negative: none yet) and `progress` (0 … 1) into the term.

        A roll-out that levels off exponentially, plus the term's drift, times a slow sway.
        """
        ramp = 1 - (1 - self._head_start[lines]) * np.exp(-np.maximum(age, 0) / self._rollout_days[lines])
        sway = 1 + self._sway[lines] * np.sin(2 * np.pi * (age / self._sway_days[lines] + self._phase[lines]))
        share = (self._target[lines] * ramp + self._drift[lines] * progress) * sway
        return np.where(age < 0, 0, np.rint(totals * share)).astype(np.int64)
