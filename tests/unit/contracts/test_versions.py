"""A contract that changed has another version, and the pages name the versions in force."""

from pathlib import Path

from contracts.listing import listing
from contracts.marts import Mart, MartColumn, MartTest, read_marts
from expectations.contract import CONTRACT_VERSION, MARTS_CONTRACT_VERSION, METRICS_VERSION

ROOT = Path(__file__).parents[3]
LISTINGS = ROOT / "tests" / "contract_versions"
REMEDY = (
    "columns, types, nulls, their order or a grain of the marts are not those of version"
    f" {MARTS_CONTRACT_VERSION}: give the contract a new version, as tests/contract_versions/README.md says"
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


def test_pages_name_the_versions_in_force() -> None:
    def first_line(page: str) -> str:
        return (ROOT / page).read_text(encoding="utf-8").splitlines()[0]

    assert first_line("docs/marts.md") == f"# Mart contract, version {MARTS_CONTRACT_VERSION}"
    assert first_line("docs/raw-contract.md") == f"# Raw contract, version {CONTRACT_VERSION}"
    versions = f"{CONTRACT_VERSION}, {METRICS_VERSION} and {MARTS_CONTRACT_VERSION} today"
    assert versions in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("\n", " ")
