"""The data product in the Open Data Product Standard 1.1 (https://bitol.io): what goes in and out, by what contract."""

from contracts.odcs import DOMAIN, PRODUCT, Document, contract_id
from contracts.osi import HOW_TO_ASK
from expectations.contract import CONTRACT_VERSION, MARTS_CONTRACT_VERSION


def data_product(semantic_model: str) -> Document:
    """The data product as an ODPS document; its version is the mart contract's.

    Args:
        semantic_model: the name of the file, beside the document's, that has the metrics (OSI).
    """
    return {
        "apiVersion": "v1.1.0",
        "kind": "DataProduct",
        "id": PRODUCT,
        "name": "Partner portfolio",
        "version": MARTS_CONTRACT_VERSION,
        "status": "active",
        "domain": DOMAIN,
        "type": "consumerAligned",
        "description": {
            "purpose": "What expires, what renews, who exceeds their licences: analytics of a Cisco Webex partner.",
            "usage": "For dashboards and BI tools, by the contract of the output port.",
            "limitations": "As good as what was delivered; meta.freshness says how old that is. Holders are hashes.",
        },
        "inputPorts": [{"name": "raw", "version": CONTRACT_VERSION, "contractId": contract_id("raw")}],
        "outputPorts": [
            {
                "name": "marts",
                "description": "What the portfolio was on each as-of date, by partner.",
                "type": "tables",
                "version": MARTS_CONTRACT_VERSION,
                "contractId": contract_id("marts"),
                "inputContracts": [{"id": contract_id("raw"), "version": CONTRACT_VERSION}],
                "customProperties": [
                    {
                        "property": "semanticModel",
                        "value": semantic_model,
                        "description": "The metrics in Open Semantic Interchange, beside this file.",
                    }
                ],
                "context": {"instructions": HOW_TO_ASK},
            }
        ],
    }
