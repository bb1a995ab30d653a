"""What the commands about the source `webex` tell: its report, and a contract file to fill in."""

import csv
import io
from typing import Any

from expectations.contract import SUBSCRIPTIONS
from pipelines.settings import Settings
from pipelines.sources import webex_options
from sources.errors import SourceError
from sources.landing.folder import LandingFolder


def webex_report(settings: Settings) -> dict[str, Any]:
    """What the last deliveries had to say, by part; empty where there was none."""
    from sources.webex.report import Report

    return Report(settings.folders.webex).fields


def contract_template(settings: Settings) -> str:
    """A contract file with each subscription that Webex lists or the file in force has, and what that one knows.

    Raises:
        SourceError: no snapshot was landed yet, or the contract file in force can't be used.
    """
    from sources.webex.landed import subscriptions_on
    from sources.webex.terms import COLUMNS, UNKNOWN, read_terms

    landing = LandingFolder(settings.landing_folder)
    days = landing.days(SUBSCRIPTIONS.name)
    if not days:
        raise SourceError(
            f"{landing.root} holds no subscriptions yet; run `portfolio materialize --source webex`, then this again"
        )
    terms = read_terms(webex_options(settings).contract_file)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for subscription in sorted({*subscriptions_on(landing, days[-1]), *terms}):
        known = terms.get(subscription, UNKNOWN)
        renews = "" if known.auto_renew is None else str(known.auto_renew).lower()
        writer.writerow([subscription, known.start_date or "", known.end_date or "", renews, known.status or ""])
    return text.getvalue()
