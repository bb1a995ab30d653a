"""The same contracts in version 3.2 of the Open Data Contract Standard, with what is new in it."""

import copy

from contracts.odcs import Document
from contracts.osi import HOW_TO_ASK


def as_3_2(contract: Document) -> Document:
    """A contract of `contracts.odcs` in ODCS 3.2: a column lists the values that it takes, beside the rule about them.

    The mart contract also says how its rows are asked for.
    """
    newer = copy.deepcopy(contract)
    for table in newer["schema"]:
        for column in table["properties"]:
            for rule in column.get("quality", ()):
                if "validValues" in rule.get("arguments", {}):
                    column["enum"] = [{"value": value} for value in rule["arguments"]["validValues"]]
    newer["apiVersion"] = "v3.2.0"
    if any(table["physicalType"] == "table" for table in newer["schema"]):
        newer["context"] = {"instructions": HOW_TO_ASK}
    return newer
