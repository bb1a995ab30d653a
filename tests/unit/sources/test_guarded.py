"""A source that says, offers or raises what it should not is one line, and nothing of it passes for a delivery."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.wording import LONGEST_LINE
from sources.errors import SourceError
from sources.files import FilesSource
from sources.guarded import GuardedSource
from sources.landing.folder import LandingFolder, LandingGoneError
from sources.source import Delivery, Offer, Source
from tests.interrupted import hidden_interrupt

from .memory_source import MemorySource

DAYS = [date(2026, 3, 1) + timedelta(days=offset) for offset in range(4)]


class OddSource(Source):
    """Does in each method what it is told to."""

    name = "odd"

    def __init__(self, landing: Path, act: Callable[[], Any]) -> None:
        self.landing = LandingFolder(landing)
        self.act = act

    def check(self) -> None:
        self.act()

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        return self.act()  # type: ignore[no-any-return]

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        yield from self.act()


def raising(error: BaseException) -> Callable[[], Any]:
    def act() -> None:
        raise error

    return act


def guarded(landing: Path, act: Callable[[], Any]) -> GuardedSource:
    return GuardedSource(OddSource(landing, act))


def deliver(source: GuardedSource, offers: Sequence[Offer], notes: list[str] | None = None) -> list[Delivery]:
    return list(source.deliver(offers, (notes if notes is not None else []).append))


@pytest.mark.parametrize(("says", "newest"), [(-1, -1), (0, 0), (5, 0)])
def test_no_day_that_is_yet_to_come_is_the_newest(tmp_path: Path, says: int, newest: int) -> None:
    source = OddSource(tmp_path, lambda: None)
    source.newest_day = lambda today: today + timedelta(days=says)  # type: ignore[method-assign]
    assert GuardedSource(source).newest_day(DAYS[1]) == DAYS[1] + timedelta(days=newest)
    assert GuardedSource(FilesSource(LandingFolder(tmp_path))).newest_day(DAYS[1]) == DAYS[0]


def test_nothing_to_bring_is_no_problem(tmp_path: Path) -> None:
    nothing = Delivery("customers", DAYS[0], nothing="a holiday")
    assert deliver(guarded(tmp_path, lambda: [nothing]), [Offer("customers", DAYS[0])]) == [nothing]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("token"), "source odd failed: KeyError: 'token'"),
        (ValueError(), "source odd failed: ValueError"),
        (ValueError("two\nlines"), "source odd failed: ValueError: two lines"),
        (SystemExit(7), "source odd failed: SystemExit: 7"),
        (RuntimeError("x" * 10_000), "source odd failed: RuntimeError: xxx"),
        (FileNotFoundError(2, "No such file or directory", "/data"), "/data cannot be used: No such file or directory"),
        (SourceError("no key is set; name one"), "no key is set; name one"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_source_raises_is_one_line(tmp_path: Path, error: BaseException, said: str) -> None:
    source = guarded(tmp_path, raising(error))
    for ask in (
        source.check,
        lambda: source.offers("customers"),
        lambda: deliver(source, [Offer("customers", DAYS[0])]),
    ):
        with pytest.raises(SourceError) as caught:
            ask()
        assert str(caught.value).startswith(said)
        assert len(str(caught.value)) <= LONGEST_LINE
        assert chr(10) not in str(caught.value)


def test_what_is_no_list_of_offers_or_deliveries_is_one_line(tmp_path: Path) -> None:
    source = guarded(tmp_path, lambda: None)
    with pytest.raises(SourceError, match="source odd failed: TypeError"):
        source.offers("customers")
    with pytest.raises(SourceError, match="source odd failed: AttributeError"):
        deliver(guarded(tmp_path, lambda: ["done"]), [Offer("customers", DAYS[0])])


def test_an_interrupt_passes(tmp_path: Path) -> None:
    for error in (KeyboardInterrupt(), hidden_interrupt()):
        with pytest.raises(KeyboardInterrupt):
            guarded(tmp_path, raising(error)).check()


def test_what_is_told_apart_by_its_class_stays_so(tmp_path: Path) -> None:
    with pytest.raises(LandingGoneError):
        GuardedSource(FilesSource(LandingFolder(tmp_path / "gone"))).check()


def test_offers_are_of_the_dataset_and_days_asked_for_and_once_a_day(tmp_path: Path) -> None:
    offered = [
        Offer("customers", DAYS[2], "1"),
        Offer("customers", DAYS[1], "1"),
        Offer("customers", DAYS[2], "2"),
        Offer("subscriptions", DAYS[1], "1"),
        Offer("customers", DAYS[3], "1"),
    ]
    source = guarded(tmp_path, lambda: offered)
    asked = source.offers("customers", DAYS[0], DAYS[2])
    assert asked == [Offer("customers", DAYS[1], "1"), Offer("customers", DAYS[2], "2")]
    assert source.days("customers") == [DAYS[1], DAYS[2], DAYS[3]]


def test_what_came_is_looked_for_in_landing(tmp_path: Path) -> None:
    source = GuardedSource(MemorySource(tmp_path, {("customers", DAYS[0]): b"partner_id\n"}))
    assert [one.problem for one in deliver(source, source.offers("customers"))] == [""]
    lying = guarded(tmp_path, lambda: [Delivery("customers", DAYS[1], came="1 file")])
    (told,) = deliver(lying, [Offer("customers", DAYS[1])])
    assert told.problem == f"source odd says that it came, and {tmp_path} has no file of it"


def test_a_dataset_that_there_is_not_was_not_delivered(tmp_path: Path) -> None:
    (tmp_path / "nonsense" / str(DAYS[0])).mkdir(parents=True)
    (tmp_path / "nonsense" / str(DAYS[0]) / "a.csv").write_text("x\n")
    notes: list[str] = []
    assert deliver(guarded(tmp_path, lambda: [Delivery("nonsense", DAYS[0], came="1 file")]), [], notes) == []
    assert notes == [f"source odd: nonsense {DAYS[0]}: the raw contract has no dataset nonsense"]


def test_a_problem_with_what_nobody_asked_for_is_said_and_counts_for_nothing(tmp_path: Path) -> None:
    notes: list[str] = []
    told = [Delivery("customers", DAYS[0], problem="gone"), Delivery("customers", DAYS[1], problem="gone")]
    assert deliver(guarded(tmp_path, lambda: told), [Offer("customers", DAYS[1])], notes) == told[1:]
    assert notes == [f"source odd: customers {DAYS[0]}: gone"]
