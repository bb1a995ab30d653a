"""What people call the contract's columns and values, in English and German; `languages.py` has others."""

from sources.mapping.drafting.languages import OTHER_HEADERS, OTHER_VALUES


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_HEADERS = {
    "partner_id": (
        "partner|partner id|partner no|partner number|partner org id|partnernummer|partner nr|reseller|"
        "reseller id|reseller no|managing partner|haendler|händler|händlernummer|wiederverkäufer|"
        "vertriebspartner|partner code|partner org|dealer|dealer id|var"
    ),
    "customer_id": (
        "customer id|customer no|customer number|account id|account no|account number|kundennummer|"
        "kunden nr|kunde nr|kdnr|kd nr|kunden id|client id|client no|org id|organization id|organisation id|"
        "end customer id|endkunde nr|endkundennummer|company id|cust no|cust id|customer code|debitor|"
        "debitorennummer|debitor nr|site id|tenant id|customer org id|customer ref|kundennr|mandant|"
        "end user id|acct no|acct id"
    ),
    "customer_name": (
        "customer name|account name|customer|account|company|company name|kunde|kundenname|firma|firmenname|"
        "end customer|end customer name|endkunde|endkundenname|organization|organisation|client|organization name|"
        "organisation name|client name|name|display name|legal name|bill to|customer company|sold to|"
        "ship to name|end user|end user name|tenant|tenant name"
    ),
    "country_code": (
        "country|country code|land|ländercode|laenderkennzeichen|länderkennzeichen|iso country|country iso|lkz|"
        "nation|billing country|ship to country|land iso"
    ),
    "created_on": (
        "created|created on|created at|creation date|customer since|kunde seit|angelegt am|angelegt|"
        "erstellt am|anlagedatum|account created|onboarded|onboarding date|since"
    ),
    "subscription_id": (
        "subscription id|subscription|subscription no|subscription number|sub|sub id|sub ref id|abo|abo nr|"
        "abonummer|abo id|abonnement|abonnement nr|vertrag|vertragsnummer|vertrag nr|contract id|contract no|"
        "contract number|contract|order id|order number|order no|auftragsnummer|auftrag nr|subscription ref|"
        "subscription reference|web order id|agreement no|agreement id|agreement|vertrags id|vertragsnr|"
        "service id|so number|sales order|po number"
    ),
    "is_trial": (
        "is trial|trial|test|testversion|testabo|probe|probeabo|teststellung|evaluation|trial flag|demo|"
        "is evaluation|try and buy|testphase|pilot|subscription type|order type|type|typ|art|vertragsart"
    ),
    "status": (
        "status|state|subscription status|contract status|zustand|vertragsstatus|abo status|lifecycle|"
        "order status|line status|service status"
    ),
    "start_date": (
        "start date|start|begin|beginn|vertragsbeginn|startdatum|laufzeitbeginn|gültig ab|valid from|from|ab|"
        "von|activation date|term start|begin date|contract start|commence|laufzeit von|aktiv seit|"
        "service start|subscription start|effective date|start of term|bezug ab"
    ),
    "end_date": (
        "end date|end|expiry|expiry date|expiration|expiration date|expires|expires on|ende|ablauf|ablaufdatum|"
        "läuft ab|läuft ab am|vertragsende|enddatum|laufzeitende|gültig bis|valid to|valid until|to|bis|"
        "term end|renewal date|contract end|laufzeit bis|verlängerung am|service end|subscription end|"
        "termination date|end of term|kündigung zum|restlaufzeit bis"
    ),
    "auto_renew": (
        "auto renew|auto renewal|autorenew|automatic renewal|autorenewal|auto verlängerung|renews|"
        "automatische verlängerung|verlängert sich|auto|verlängerung|autom verlängerung|renewal|renewing|"
        "auto renew flag|renew automatically|verlängert automatisch|autoverlängerung"
    ),
    "product": (
        "product|produkt|product family|family|produktfamilie|offer|sku|part number|artikel|artikelnummer|"
        "service|product name|produktname|item|part no|product code|licence type|license type|lizenztyp|"
        "lizenzart|offering|leistung|workload|article|material|plan"
    ),
    "license_code": (
        "license code|licence code|lizenzcode|code|sku|part number|artikelnummer|product code|product id|"
        "artikel nr|item code|license sku|artikel|part no|mpn|article no|material|item|item no|item number"
    ),
    "license_name": (
        "license name|licence name|lizenzname|lizenz|license|licence|description|bezeichnung|beschreibung|"
        "product description|item description|product name|artikelbezeichnung|produktname|sku description|"
        "artikeltext|line description|label|designation"
    ),
    "total_licenses": (
        "total licenses|total licences|licenses|licences|quantity|qty|seats|anzahl|menge|lizenzen|"
        "anzahl lizenzen|lizenzen gesamt|lizenzanzahl|purchased|purchased licenses|ordered|bestellt|gekauft|"
        "seat count|total seats|stück|stückzahl|plätze|gesamt|total|units|qty ordered|ordered qty|entitled|"
        "entitlements|gekaufte lizenzen|lizenzmenge|seats purchased|license count|licence count|"
        "purchased seats|licenses purchased|bestellmenge|volume"
    ),
    "assigned_licenses": (
        "assigned licenses|assigned licences|assigned|zugewiesen|zugewiesene lizenzen|in use|used|allocated|"
        "assigned seats|consumed|vergeben|belegt|genutzt|active seats|provisioned|davon zugewiesen|"
        "qty assigned|zuweisungen|used seats|in benutzung|licenses assigned|seats used|consumed licenses|"
        "used licenses|verwendet|davon belegt|seats assigned|deployed"
    ),
    "user_id": (
        "user id|user|username|user email|email|e mail|benutzer|benutzername|benutzer id|mitarbeiter|login|upn|"
        "user principal name|mail|anwender|nutzer|host|host email|email address|person|person id|"
        "e mail adresse|nutzerkennung|teilnehmer|agent|seat holder|employee|employee id|participant|personalnummer|who"
    ),
    "activity_count": (
        "activity count|count|meetings|calls|anzahl|events|activities|sessions|aktivitäten|meetings hosted|"
        "number of meetings|anzahl meetings|anrufe|anzahl anrufe|besprechungen|total meetings|meeting count|"
        "call count|nutzungen|usage|total calls|calls made|sitzungen"
    ),
    "currency": "currency|währung|waehrung|curr|ccy|iso currency|currency code",
    "unit_price_month": (
        "unit price|price|price per month|monthly price|preis|einzelpreis|preis pro monat|list price|"
        "unit price month|monatspreis|net price|sell price|verkaufspreis|vk|unit price per month"
    ),
    "unit_cost_month": (
        "unit cost|cost|cost per month|monthly cost|kosten|einkaufspreis|ek|buy price|unit cost month|"
        "kosten pro monat|net cost"
    ),
    "notice_days": "notice days|notice period|notice|kündigungsfrist|frist|notice period days",
    "buying_model": "buying model|commercial model|kaufmodell|lizenzmodell|license model|purchase model",
    "growth_allowance": "growth allowance|growth|wachstum|true forward allowance|freies wachstum",
    "renewal_quantity": "renewal quantity|renewal qty|verlängerungsmenge|renewal seats|next term quantity",
    "owner": (
        "owner|account manager|account owner|sales rep|kundenbetreuer|betreuer|vertriebsmitarbeiter|"
        "verantwortlich|ansprechpartner|vertriebler|salesperson|responsible"
    ),
    "segment": "segment|customer segment|kundensegment|size|größenklasse|vertical|branche|tier",
    "sub_partner_id": "sub partner|sub partner id|indirect reseller|subreseller|unterhändler|tier 2 partner",
}
HEADERS = {name: _words(f"{text}|{OTHER_HEADERS.get(name, name)}") for name, text in _HEADERS.items()}
"""Headers, as they are compared: without case, spaces, `_` and `-`."""

DAYS = _words(
    "snapshot date|activity date|date|datum|day|tag|stichtag|as of|as of date|report date|berichtsdatum|stand|"
    "usage date|nutzungsdatum|meeting date|export date|call date|reporting date|timestamp|ts|time|date time|when|at|"
    "occurred at|zeitpunkt|zeitstempel|jour|fecha|giorno|datum tijd|data|日付|利用日|日時"
)
"""Headers of a row's day."""

CHANGES = _words(
    "changed|changed on|changed at|change date|modified|modified on|last modified|updated|updated at|last updated|"
    "effective from|geändert|geändert am|änderungsdatum|letzte änderung|modifié le|date de modification"
)
"""Headers of the day of a change log's row."""

TELLING: dict[str, tuple[frozenset[str], ...]] = {
    "license_usage": (
        frozenset({"user_id", "activity_count"}),
        frozenset({"user_id", "subscription_id"}),
        frozenset({"user_id", "product"}),
    ),
    "license_assignments": (
        frozenset({"assigned_licenses", "total_licenses"}),
        frozenset({"subscription_id", "total_licenses"}),
        frozenset({"product", "total_licenses"}),
    ),
    "subscriptions": (
        frozenset({"end_date", "subscription_id"}),
        frozenset({"start_date", "subscription_id"}),
        frozenset({"auto_renew", "subscription_id"}),
    ),
    "customers": (frozenset({"customer_id", "customer_name"}),),
    "contract_lines": (frozenset({"currency", "subscription_id", "unit_price_month"}),),
    "accounts": (frozenset({"customer_id", "owner"}), frozenset({"customer_id", "segment"})),
}
"""A file delivers a dataset where it has all columns of one of these."""

ID_WORDS = frozenset(("id", "no", "nr", "number", "nummer", "code", "ref", "reference", "key", "kennung"))
"""Words that tell an id from a name: `Customer ID` beside `Customer`."""
WEAK = {
    "product": frozenset(_words(_HEADERS["license_code"])),
    "license_name": frozenset(_words(_HEADERS["product"])),
    "customer_name": frozenset(("name", "display name", "bill to")),
    "total_licenses": frozenset(("total", "gesamt", "units", "volume")),
    "is_trial": frozenset(("type", "typ", "art", "test")),
    "start_date": frozenset(("from", "ab", "von")),
    "end_date": frozenset(("to", "bis", "renewal date")),
    "auto_renew": frozenset(("renewal", "verlängerung")),
    "activity_count": frozenset(("anzahl", "count", "usage")),
}
"""Headers that are as well another column's."""

_VALUES = {
    "status": {
        "active": "active|aktiv|live|in force|current|laufend|provisioned|ok|in kraft|open",
        "suspended": "suspended|gesperrt|ausgesetzt|on hold|paused|pausiert|ruhend|hold",
        "cancelled": "cancelled|canceled|gekündigt|gekuendigt|storniert|terminated|beendet|closed",
        "expired": "expired|abgelaufen|ended|lapsed|ausgelaufen|past term",
        "pending": "pending|ausstehend|offen|in progress|ordered|bestellt|geplant|future|new|neu",
    },
    "product": {
        "meetings": "meetings|meeting|webex meetings|besprechungen|webinar|webinars|suite|conferencing",
        "calling": "calling|webex calling|telefonie|call|telephony|cloud calling|voice",
        "messaging": "messaging|webex messaging|nachrichten|chat|teams messaging",
        "call_on_webex": "call on webex",
        "contact_center": "contact center|contact centre|webex contact center|contactcenter|kontaktcenter",
        "devices": "devices|device|geräte|gerät|room devices|room device|endpoints|raumsysteme",
        "other": "other|sonstiges|sonstige|andere|misc|übrige",
    },
    "buying_model": {
        "named_user": "named user|nu|benannter benutzer",
        "active_user": "active user|au|aktiver benutzer",
        "enterprise_agreement": "enterprise agreement|ea|rahmenvertrag",
        "wholesale": "wholesale|großhandel",
    },
}
VALUES = {
    column: {name: _words(f"{text}|{OTHER_VALUES.get(name, name)}") for name, text in values.items()}
    for column, values in _VALUES.items()
}
"""What people call the values of columns with a list of them."""

TRUE = _words(
    "true|yes|y|1|on|ja|j|wahr|x|auto|automatic|enabled|trial|test|evaluation|testversion|probe|demo|pilot|si|oui|aktiv|vrai|sí|sì|sim|waar|vero|verdadero|essai|prueba|prova|はい|有|有効"
)
FALSE = _words(
    "false|no|n|0|off|nein|falsch|-|manual|manuell|disabled|paid|none|non|inaktiv|purchase|subscription|regular|full|"
    "commercial|kauf|vollversion|non|não|nao|nee|faux|falso|いいえ|無|無効"
)
"""Words for yes and no."""
TOTALS = (
    r"(?i)^\s*((summe|gesamt|gesamtsumme|total[se]?|grand total|sub ?total|sum|insgesamt|zwischensumme|endsumme|"
    r"totaal|suma|somme|sous-total)\b|合計|小計|総計)"
)
"""Begins the first value of a row with totals."""
NO_VALUE = _words("-|--|—|n/a|na|#n/a|null|none|nil|k.a.|k. a.|keine angabe|(leer)|(blank)|tbd")
OPEN_ENDED = _words("unbefristet|open ended|open-ended|offen|evergreen|never|nie|unlimited|perpetual|∞")
"""What stands in date and number columns for no value."""
