"""Company names and countries, with the commas, quotes, ampersands and accents that real portfolios have."""

from dataclasses import dataclass

from sources.simulator.draws import Draws


@dataclass(frozen=True)
class _Locale:
    """Words of one business language; `patterns` may repeat to be likelier."""

    countries: tuple[str, ...]
    surnames: tuple[str, ...]
    words: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    patterns: tuple[str, ...]


_ENGLISH = _Locale(
    countries=("US", "US", "US", "US", "GB", "GB", "CA", "AU", "IE", "NZ", "IN", "SG"),
    surnames=(
        "Abbott", "Barlow", "Calloway", "Dunmore", "Ellery", "Fairbanks", "Galloway", "Hathaway", "Iverson",
        "Kessler", "Langford", "Merrick", "Norwood", "O'Brien", "Pemberton", "Quigley", "Rao", "Sinclair", "Thorne",
        "Underhill", "Vance", "Whitlock", "Yardley", "D'Souza",
    ),
    words=(
        "Harbor", "Northgate", "Silver Birch", "Redwood", "Blue Heron", "Granite", "Copper Hill", "Meridian",
        "Lakeshore", "Summit", "Prairie", "Old Mill", "Evergreen", "Ironbridge", "Kestrel", "Beacon", "Cedar",
        "Maple Leaf", "Stonefield", "Tidewater", "Fourth Street", "Juniper", "Clearwater", "Highland",
    ),
    trades=(
        "Logistics", "Health", "Credit Union", "School District", "Engineering", "Insurance", "Foods", "Energy",
        "Law", "Media", "Pharmaceuticals", "Architects", "Robotics", "Water Authority", "Travel", "Steel",
        "Analytics", "Veterinary Clinics", "Outdoor Supply", "Machine Works",
    ),
    forms=("Inc.", "LLC", "Ltd", "Group", "Holdings", "Corp.", "PLC", "Partners"),
    patterns=(
        "{word} {trade} {form}", "{word} {trade} {form}", "{word} {trade}", "{word} {trade}, {form}",
        "{surname} & {surname2} {trade}", "{surname}, {surname2} & {surname3} LLP", "{surname} {trade} {form}",
        '{surname} "{word}" {trade}', "City of {surname}", "University of {surname}",
    ),
)  # fmt: skip
_GERMAN = _Locale(
    countries=("DE", "DE", "DE", "AT", "CH"),
    surnames=(
        "Müller", "Schäfer", "Böhm", "Krüger", "Weiß", "Lindner", "Vogel", "Hofmann", "Köhler", "Brandt", "Jäger",
        "Steiner", "Zöllner", "Wagner",
    ),
    words=("Nordstern", "Rheintal", "Alpenblick", "Hanse", "Schwarzwald", "Elbe", "Isar", "Grünwald", "Süd", "Neckar"),
    trades=(
        "Maschinenbau", "Logistik", "Versicherung", "Elektrotechnik", "Kliniken", "Brauerei", "Verlag", "Stadtwerke",
        "Werkzeuge", "Energie",
    ),
    forms=("GmbH", "AG", "GmbH & Co. KG", "SE", "KG"),
    patterns=("{word} {trade} {form}", "{surname} & Söhne {form}", "{surname} {trade} {form}", "{trade} {surname}"),
)  # fmt: skip
_FRENCH = _Locale(
    countries=("FR", "FR", "FR", "BE", "CH", "CA"),
    surnames=("Lefèvre", "Béranger", "Gauthier", "Côté", "Moreau", "D'Arcy", "Pélissier", "Rousseau", "Garçon", "Noël"),
    words=("L'Étoile", "Grand Chêne", "Côte d'Azur", "Lumière", "Beauséjour", "Val de Loire", "Mont Blanc", "Océan"),
    trades=("Assurances", "Transports", "Énergie", "Cliniques", "Édition", "Bâtiment", "Conseil", "Textiles"),
    forms=("SA", "SAS", "SARL"),
    patterns=(
        "{word} {trade} {form}", "{trade} {surname} {form}", "{surname}, {surname2} et Associés", "Groupe {word}",
    ),
)  # fmt: skip
_IBERIAN = _Locale(
    countries=("ES", "ES", "MX", "MX", "BR", "PT", "CL"),
    surnames=("Núñez", "Peña", "García", "Ibáñez", "Muñoz", "Gonçalves", "Simões", "Araújo", "Castellón", "Ordóñez"),
    words=("Sol", "Río Grande", "Andaluz", "Montaña", "Atlântico", "Nuevo León", "Cordillera", "Serra"),
    trades=("Seguros", "Logística", "Construcción", "Energía", "Alimentos", "Clínicas", "Telecom", "Minería"),
    forms=("S.A.", "S.L.", "S.A. de C.V.", "Ltda."),
    patterns=("{word} {trade} {form}", "{trade} {surname}, {form}", "{surname} e Hijos {form}", "Grupo {surname}"),
)  # fmt: skip
_NORDIC = _Locale(
    countries=("SE", "NO", "DK", "FI"),
    surnames=("Åkesson", "Lindström", "Sørensen", "Bjørnstad", "Häkkinen", "Östberg", "Nygård", "Ekman", "Mäkelä"),
    words=("Nordlys", "Fjäll", "Skärgård", "Østerbro", "Järvi", "Malmö", "Bergen", "Vinter"),
    trades=("Rederi", "Energi", "Forsikring", "Teknik", "Sjukvård", "Papper", "Data", "Bygg"),
    forms=("AB", "AS", "A/S", "Oy"),
    patterns=("{word} {trade} {form}", "{surname} & {surname2} {form}", "{surname} {trade} {form}"),
)  # fmt: skip
_LOCALES = (_ENGLISH, _ENGLISH, _ENGLISH, _ENGLISH, _ENGLISH, _GERMAN, _GERMAN, _FRENCH, _IBERIAN, _NORDIC)

_WITHOUT_COUNTRY = 0.03


def company(draws: Draws) -> tuple[str, str | None]:
    """A company's display name and its ISO 3166-1 alpha-2 country (None for the few that never said)."""
    locale = draws.pick(_LOCALES)
    name = draws.pick(locale.patterns).format(
        surname=draws.pick(locale.surnames),
        surname2=draws.pick(locale.surnames),
        surname3=draws.pick(locale.surnames),
        word=draws.pick(locale.words),
        trade=draws.pick(locale.trades),
        form=draws.pick(locale.forms),
    )
    country = draws.pick(locale.countries)
    return name, None if draws.chance(_WITHOUT_COUNTRY) else country
