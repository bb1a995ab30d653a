"""Telling a receiver of runs, beside the work: no run waits for it but at its end, and none fails by it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING

import dagster as dg

from assets.postgres import POSTGRES_KEY
from expectations.interrupts import interrupt_behind
from pipelines.base_settings import SettingsError
from pipelines.lineage.receiver import Receiver, receiver_of
from pipelines.runs.jobs import MATERIALIZE
from pipelines.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from pipelines.lineage.events import Ran, State

SECONDS = 5.0
"""That a receiver may take for an event, and that a command waits at its end for what is under way."""
_INSTALL = "openlineage-python is not installed; install partner-portfolio[lineage] from its wheel"


class Teller:
    """Makes and posts events in their order, in a thread; after the first trouble the others are left out."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._waiting: SimpleQueue[Callable[[], Sequence[RunEvent]] | None] = SimpleQueue()
        self._trouble = ""
        self._thread = threading.Thread(target=self._post_all, daemon=True)
        self._thread.start()

    def tell(self, make: "Callable[[], Sequence[RunEvent]]") -> None:
        """Have some events made and posted, after those before."""
        self._waiting.put(make)

    def close(self) -> str:
        """Wait for what is under way, but not for long; a line of what did not arrive, or nothing."""
        self._waiting.put(None)
        self._thread.join(SECONDS)
        trouble = "it does not answer in time" if self._thread.is_alive() else self._trouble
        return f"lineage was not told to its receiver: {trouble}" if trouble else ""

    def _post_all(self) -> None:
        try:
            from pipelines.lineage.posting import post

            while (make := self._waiting.get()) is not None:
                for event in make():
                    post(self.receiver, event, SECONDS)
        except ImportError:
            self._trouble = _INSTALL
        except Exception as error:  # whatever it is, the run goes on
            self._trouble = _reason(error)


class Lineage:
    """What a command tells of its runs; nothing where there is no receiver."""

    def __init__(self, settings: Settings, teller: Teller | None = None) -> None:
        self._settings = settings
        self._teller = teller

    @contextmanager
    def of(
        self, run_id: str, first: date, last: date, assets: Sequence[dg.AssetKey]
    ) -> Iterator[Callable[[str], None]]:
        """Tell that a run of some assets begins, and at the block's end how it ended.

        The block calls what it is given with why the run failed, or with an empty text. A block that does not was
        stopped, or failed where it raises an error; of that no more is told than what it is, since it may quote data.
        """
        ended: list[str] = []
        self._tell(run_id, first, last, assets, "START")
        try:
            yield ended.append
        except Exception as error:
            if interrupt_behind(error) is None:
                ended[:] = [type(error).__name__]
            raise
        finally:
            state: State = "ABORT" if not ended else "FAIL" if ended[0] else "COMPLETE"
            self._tell(run_id, first, last, assets, state, *ended)

    def _tell(
        self, run_id: str, first: date, last: date, assets: Sequence[dg.AssetKey], state: "State", cause: str = ""
    ) -> None:
        if self._teller is None:
            return
        settings, receiver, now = self._settings, self._teller.receiver, datetime.now(UTC)

        def make() -> "Sequence[RunEvent]":
            ran = run_of(run_id, first, last, assets)
            return events_at(settings, receiver, ran, dict.fromkeys(ran.parts, state), now, cause)

        self._teller.tell(make)


@contextmanager
def telling_lineage(settings: Settings, say: Callable[[str], None]) -> Iterator[Lineage]:
    """Tell of the runs of a block; at its end what did not arrive is said, in one line.

    Args:
        say: takes the line.
    """
    try:
        receiver = receiver_of(settings)
    except SettingsError as error:
        say(f"warning: lineage is told to nobody: {error}")
        receiver = None
    if receiver is None:
        yield Lineage(settings)
        return
    teller = Teller(receiver)
    try:
        yield Lineage(settings, teller)
    finally:
        if trouble := teller.close():
            say(f"warning: {trouble}")


def run_of(run_id: str, first: date, last: date, assets: Sequence[dg.AssetKey]) -> "Ran":
    """A run of some assets, as far as its lineage goes."""
    from pipelines.lineage.events import Ran

    raw = sorted(key.path[1] for key in assets if key.path[0] == "raw")
    builds = any(key.path[0] != "raw" and key != POSTGRES_KEY for key in assets)
    return Ran(run_id, MATERIALIZE.name, first, last, raw, builds)


def events_at(
    settings: Settings, receiver: Receiver, ran: "Ran", states: "Mapping[str, State]", at: datetime, cause: str
) -> "Sequence[RunEvent]":
    """The events of a run in the home folder of the settings, as `events_of` has them."""
    from pipelines.lineage.events import Places, events_of

    home = settings.folders
    places = Places(settings.landing_folder, home.lake, home.serving.file, settings.engine)
    return events_of(ran, states, at, receiver.namespace, places, cause)


def _reason(error: Exception) -> str:
    """Why an event did not arrive, without the address or what the receiver said: either may be a secret."""
    from pipelines.lineage.posting import RefusedError

    return str(error) if isinstance(error, RefusedError) else f"{type(error).__name__}"
