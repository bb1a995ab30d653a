"""Hand-written landing folders, and what the landing checks say of them."""

from datetime import date
from pathlib import Path

from assets.landing.checking import CheckRequest, check_landing
from assets.landing.report import DatasetReport, LandingReport
from expectations.contract import DATASETS
from sources.landing.folder import LandingFolder

DAY, NEXT, LATER = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 4)
NEWEST = date(2026, 3, 31)
GOOD = {
    "customers": ["p,c1,Acme,DE,2020-01-01", "p,c2,Bolt,,"],
    "subscriptions": ["p,c1,s1,false,active,2026-01-01,,true", "p,c2,s2,true,active,2026-01-01,2026-12-31,false"],
    "license_assignments": ["p,c1,s1,meetings,EE,,10,4", "p,c2,s2,calling,CC,,5,6"],
    "license_usage": ["p,c1,s1,meetings,ann,1", "p,c2,s2,calling,bob,2"],
}


class Silent:
    """Nobody watches."""

    def start(self, task: str, total: int) -> None:
        """Begin."""

    def advance(self, task: str, step: str = "") -> None:
        """Go on."""


def write(landing: Path, dataset: str, day: date, *rows: str, name: str = "a.csv", header: str = "") -> Path:
    folder = landing / dataset / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join([header or ",".join(DATASETS[dataset].column_names), *rows]) + "\n")
    return path


def write_good(landing: Path, *days: date) -> None:
    for day in days:
        for dataset, rows in GOOD.items():
            write(landing, dataset, day, *rows)


def checked(landing: Path, **request: object) -> LandingReport:
    limits = {"newest": NEWEST, "max_quarantined_share": 0.5, "max_snapshot_age_days": 3} | request
    return check_landing(LandingFolder(landing), CheckRequest(**limits), Silent())  # type: ignore[arg-type]


def of(report: LandingReport, dataset: str) -> DatasetReport:
    return next(found for found in report.datasets if found.name == dataset)


def failed(report: LandingReport) -> list[tuple[str, str, str]]:
    return [(result.asset, result.check_name, result.message) for result in report.failed]
