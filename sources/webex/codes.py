"""Which product a licence line is of, by the vendor's code; the name varies from subscription to subscription."""

from collections.abc import Mapping
from pathlib import Path

from expectations.contract import PRODUCTS
from sources.errors import SourceError
from sources.webex.tables import rows_of

OTHER = "other"
KNOWN_CODES: Mapping[str, str] = {
    "EE": "meetings",
    "BCSTD": "calling",
    "BCCA": "calling",
    "FTC": "call_on_webex",
    "FMS": "messaging",
    "MS": "messaging",
    "CJPPRM": "contact_center",
    "CJPSTD": "contact_center",
    "SD": "devices",
    # Lines without a seat for each person, and features that come with others.
    **dict.fromkeys(
        ("BCRLC", "BCHDO", "FSS", "FTM", "CE", "CG", "HM", "UCPREM", "CF", "RTT", "EPC", "SFDSK"),
        OTHER,
    ),
}
"""As they were seen in what one organisation lists."""
_SETTING = "PORTFOLIO_WEBEX_CODES_FILE"


def read_codes(file: Path | None) -> Mapping[str, str]:
    """The product of each known code, in upper case; those of the file go before ours.

    Raises:
        SourceError: the file can't be used.
    """
    codes = dict(KNOWN_CODES)
    for line, row in rows_of(file, _SETTING, ("code", "product")) if file is not None else ():
        if row["product"] not in PRODUCTS:
            raise SourceError(f"{_SETTING}={file}, line {line}: product must be one of {', '.join(PRODUCTS)}")
        if not row["code"]:
            raise SourceError(f"{_SETTING}={file}, line {line}: code is empty")
        codes[row["code"].upper()] = row["product"]
    return codes
