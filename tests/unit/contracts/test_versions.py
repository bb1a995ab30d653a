"""A contract that changed has another version, and the pages name the versions in force."""

from dataclasses import replace
from pathlib import Path

from contracts.listing import listing, raw_listing
from contracts.marts import Mart, MartColumn, MartTest, read_marts
from expectations.contract import (
    CONTRACT_VERSION,
    LICENSE_USAGE,
    MARTS_CONTRACT_VERSION,
    METRICS_VERSION,
    SUBSCRIPTIONS,
    Activity,
    ColumnType,
    Dataset,
    Snapshot,
)

ROOT = Path(__file__).parents[3]
LISTINGS = ROOT / "tests" / "contract_versions"
REMEDY = (
    "columns, types, nulls, their order or a grain of the marts are not those of version"
    f" {MARTS_CONTRACT_VERSION}: give the contract a new version, as tests/contract_versions/README.md says"
)
RAW_REMEDY = (
    "what a delivery has to be (columns, types, nulls, keys, values, or how a dataset serves) is not what version"
    f" {CONTRACT_VERSION} of the raw contract says: give it a new version, as tests/contract_versions/README.md says"
)
KEY = MartTest("unique_grain", "grain", "", {"columns": ["day"]})


def test_the_marts_are_those_of_their_contract_s_version() -> None:
    recorded = LISTINGS / f"marts-{MARTS_CONTRACT_VERSION}.txt"
    assert recorded.is_file(), f"{recorded.name} is missing: tests/contract_versions/README.md says how to write it"
    assert recorded.read_text(encoding="utf-8") == listing(read_marts()), REMEDY


def test_the_listing_shows_whatever_the_contract_holds() -> None:
    day, label = MartColumn("day", "date", False, "The day."), MartColumn("label", "string", True, "")
    mart = Mart("rooms", "core", "", (day, label), (KEY,))
    assert listing([mart]) == "rooms: one row per day\n    day date not null\n    label string\n"
    others = [
        Mart("rooms", "core", "", (label, day), (KEY,)),
        Mart("rooms", "core", "", (day,), (KEY,)),
        Mart("rooms", "core", "", (day, MartColumn("label", "bigint", True, "")), (KEY,)),
        Mart("rooms", "core", "", (day, MartColumn("label", "string", False, "")), (KEY,)),
        Mart("rooms", "core", "", (day, label), (MartTest("unique_grain", "", "", {"columns": ["day", "label"]}),)),
        Mart("halls", "core", "", (day, label), (KEY,)),
    ]
    assert listing([mart]) not in {listing([other]) for other in others}
    assert len({listing([other]) for other in others}) == len(others)


def test_the_datasets_are_those_of_their_contract_s_version() -> None:
    recorded = LISTINGS / f"raw-{CONTRACT_VERSION}.txt"
    assert recorded.is_file(), f"{recorded.name} is missing: tests/contract_versions/README.md says how to write it"
    assert recorded.read_text(encoding="utf-8") == raw_listing(), RAW_REMEDY


def test_the_raw_listing_shows_whatever_the_contract_holds() -> None:
    snapshot, usage = SUBSCRIPTIONS, LICENSE_USAGE
    first, *rest = snapshot.columns
    columns = [
        replace(first, name="reseller_id"),
        replace(first, type=ColumnType.INTEGER),
        replace(first, nullable=True),
        replace(first, minimum=0),
        replace(first, minimum=0, maximum=9),
        replace(first, pattern="[a-z]"),
        replace(first, allowed=("p",)),
        replace(first, personal=True),
    ]
    shown: list[Dataset] = [
        snapshot,
        *(replace(snapshot, columns=(column, *rest)) for column in columns),
        replace(snapshot, columns=(*rest, first)),
        replace(snapshot, name="agreements"),
        replace(snapshot, key=("partner_id",)),
        replace(snapshot, date_column="day"),
        replace(snapshot, ordered_dates=None),
        replace(snapshot, serves=Snapshot()),
        replace(snapshot, serves=replace(snapshot.serves, required_for_days=False)),
        usage,
        replace(usage, summed=None),
        replace(usage, serves=Activity(window_days=1)),
    ]
    assert len({raw_listing([dataset]) for dataset in shown}) == len(shown)


def test_pages_name_the_versions_in_force() -> None:
    def first_line(page: str) -> str:
        return (ROOT / page).read_text(encoding="utf-8").splitlines()[0]

    assert first_line("docs/marts.md") == f"# Mart contract, version {MARTS_CONTRACT_VERSION}"
    assert first_line("docs/metrics.md") == f"# Metrics, version {METRICS_VERSION}"
    assert first_line("docs/raw-contract.md") == f"# Raw contract, version {CONTRACT_VERSION}"
    versions = f"{CONTRACT_VERSION}, {METRICS_VERSION} and {MARTS_CONTRACT_VERSION} today"
    assert versions in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("\n", " ")
