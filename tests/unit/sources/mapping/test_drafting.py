"""`map init`'s drafts: format, header row, columns and their operations, and open lines for what is not known."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from expectations.contract import DATASETS
from sources.mapping.drafting.draft import draft_mapping
from sources.mapping.drafting.values import guess_dates, guess_signs, is_yes_or_no
from sources.mapping.loading import MappingError, parse_mapping
from sources.mapping.mapper import map_file
from sources.mapping.model import Feed
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits

from .mapped import near, put

EXAMPLES = Path(__file__).resolve().parents[4] / "docs" / "mapping"


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def draft(*paths: Path) -> str:
    text, said = draft_mapping(paths, ReadLimits(), 64 << 20, scratch)
    assert said == []
    return text


def opened(text: str) -> list[str]:
    """The open lines, without their remark."""
    marked = [
        line.strip().removeprefix("# open: ") for line in text.splitlines() if line.strip().startswith("# open: ")
    ]
    return [line.partition("   #")[0].strip() for line in marked]


def filled(text: str, answers: dict[str, str]) -> dict[str, Feed]:
    """The feeds of a draft whose open lines are filled in, by dataset."""
    lines = []
    for line in text.splitlines():
        before, mark, rest = line.partition("# open: ")
        lines.append(before + answers[rest.partition(":")[0]] if mark and not before.strip() else line)
    return {feed.dataset: feed for feed in parse_mapping("draft.yaml", "\n".join(lines).encode()).feeds}


@pytest.mark.parametrize(
    ("example", "answers"),
    [
        ("german", {"partner_id": 'partner_id: {constant: "acme"}'}),
        (
            "ordering",
            {
                "partner_id": 'partner_id: {constant: "acme"}',
                '"A-MTG-STD"': '"A-MTG-STD": meetings',
                '"A-MTG-ENT"': '"A-MTG-ENT": meetings',
                '"A-CALL-PRO"': '"A-CALL-PRO": calling',
                '"A-MSG-1"': '"A-MSG-1": messaging',
                '"A-CC-10"': '"A-CC-10": contact_center',
            },
        ),
        ("distributor", {}),
    ],
)
def test_an_example_s_mapping_is_its_draft_with_the_open_lines_filled_in(tmp_path, example, answers):
    inbox = EXAMPLES / example / "inbox"
    text = draft(*sorted(inbox.iterdir()))
    assert {line.partition(":")[0] for line in opened(text)} == set(answers)
    drafted = filled(text, answers)
    mapping = parse_mapping("mapping.yaml", (EXAMPLES / example / "mapping.yaml").read_bytes())
    declared = {feed.dataset: feed for feed in mapping.feeds}
    assert drafted.keys() == declared.keys()
    for dataset, feed in declared.items():
        assert drafted[dataset].read == feed.read
        assert drafted[dataset].day == feed.day
        assert drafted[dataset].rows == feed.rows
        differing = {name for name, column in feed.columns.items() if drafted[dataset].columns[name] != column}
        assert differing == ({"product"} if example == "ordering" and dataset == "license_assignments" else set())
    for feed in mapping.feeds:
        taken = [path for path in inbox.iterdir() if path.match(feed.files)]
        for path in taken:
            made = map_file(feed, path.name, near(tmp_path, inbox=inbox, lookups=inbox.parent))
            assert {name: found.count for name, found in made.account.columns.items() if found.count} == {}


HEADERS = {
    "en": "Client No|Company|Agreement ID|Service|Part Number|Seats|In Use|Commence|Valid Until|Renews|Demo|State",
    "de": "KdNr|Firma|Abo-Nr.|Leistung|Artikel-Nr|Menge|Vergeben|Laufzeit von|Läuft ab am|AutoVerlängerung"
    "|Test|Zustand",
    "camel": "customerId|customerName|subscriptionId|productFamily|licenseCode|totalLicenses|assignedLicenses|startDate"
    "|endDate|autoRenew|isTrial|status",
    "fr": "N° client|Raison sociale|N° abonnement|Gamme|Référence|Licences achetées|Licences attribuées|Date de début"
    "|Échéance|Reconduction tacite|Essai|Statut",
    "es": "Código de cliente|Razón social|Contrato|Producto|Referencia|Cantidad|En uso|Fecha inicio|Vencimiento"
    "|Renovación automática|Prueba|Estado",
    "it": "Codice cliente|Ragione sociale|Contratto|Prodotto|Codice|Quantità|Assegnate|Data inizio|Scadenza"
    "|Rinnovo automatico|Prova|Stato",
    "nl": "Klantnummer|Klantnaam|Contractnummer|Productfamilie|Artikelcode|Aantal|Toegewezen|Ingangsdatum|Vervaldatum"
    "|Automatisch verlengen|Proef|Status",
    "ja": "得意先コード|得意先名|契約番号|製品|品目|購入数|割当数|開始日|終了日|自動更新|試用|状態",
}
ROW = "17|Ada Ltd|S-1|Webex Calling|CAL|1200|7|03/25/2026|04/13/2027|yes|no|active"


@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headers_of_many_languages_are_guessed(tmp_path, language, delimiter):
    lines = [text.replace("|", delimiter) for text in (HEADERS[language], ROW, ROW.replace("S-1", "S-2"))]
    name = put(tmp_path, "export_2026-03-01.csv", "\n".join(lines))
    text = draft(near(tmp_path).inbox / name)
    feeds = filled(text, {"partner_id": "partner_id: {constant: p}"})
    assert list(feeds) == ["customers", "subscriptions", "license_assignments"]
    wanted = HEADERS[language].split("|")
    names = ("customer_id", "customer_name", "subscription_id", "product", "license_code", "total_licenses")
    names += ("assigned_licenses", "start_date", "end_date", "auto_renew", "is_trial", "status")
    for feed in feeds.values():
        found = {key: column.from_ for key, column in feed.columns.items() if column.from_}
        assert found == {key: header for key, header in zip(names, wanted, strict=True) if key in found}
        assert set(found) == {column.name for column in DATASETS[feed.dataset].columns} & set(names)
    made = map_file(feeds["subscriptions"], name, near(tmp_path))
    assert made.files[date(2026, 3, 1)].read_text().splitlines()[1] == (
        '"p","17","S-1","false","active","2026-03-25","2027-04-13","true"'
    )


def test_an_unknown_language_has_its_first_row_for_a_header(tmp_path):
    lines = ["Ügyfélkód;Cégnév;Ország;Darab", "17;Ada Kft;HU;3", "18;Bob Kft;HU;4", "TOTAL;;;7", "Total;Sum;;8"]
    name = put(tmp_path, "ugyfelek_2026-03-01.csv", "\n".join(lines))
    assert "# ugyfelek_2026-03-01.csv: Ügyfélkód, Cégnév, Ország, Darab" in draft(near(tmp_path).inbox / name)


@pytest.mark.parametrize(
    ("price", "landed"),
    [
        ("1\u00a0012,50 €", "1012.50"),
        ("EUR 1\u202f012,50", "1012.50"),
        ("7 €", "7"),
        ("(5,00 €)", "(5,00 €)"),
        ("5,00 € -", "5,00 € -"),
        ("2 x 5,00 €", "2 x 5,00 €"),
    ],
)
def test_a_price_is_the_whole_number_beside_its_sign_or_none(tmp_path, price, landed):
    header = "N° client;N° abonnement;Gamme;Référence;Devise;Prix unitaire"
    prices = ["12,00 €", "1\u00a0250,00 €", *[f"{number},00 €" for number in range(6)], price]
    lines = [header, *[f"1;S{number};Réunions;R1;EUR;{each}" for number, each in enumerate(prices)]]
    name = put(tmp_path, "prix_2026-03-01.csv", "\n".join(lines))
    text = draft(near(tmp_path).inbox / name)
    feed = filled(text, {"partner_id": "partner_id: {constant: p}"})["contract_lines"]
    made = map_file(feed, name, near(tmp_path))
    rows = [line.split('","')[-1].strip('"') for line in made.files[date(2026, 3, 1)].read_text().splitlines()[1:]]
    assert rows == ["12", "1250", "0", "1", "2", "3", "4", "5", landed]


def test_dates_and_day_numbers_side_by_side_are_both_read(tmp_path):
    lines = ["Contract No;Customer ID;Valid From;Valid To;Renews;Trial;Status"]
    lines += ["K1;C1;2026-01-05;46500;yes;no;active", "K2;C1;46030;2027-04-23;no;no;active"]
    name = put(tmp_path, "contracts_2026-03-01.csv", "\n".join(lines))
    feed = filled(draft(near(tmp_path).inbox / name), {"partner_id": "partner_id: {constant: p}"})["subscriptions"]
    text = map_file(feed, name, near(tmp_path)).files[date(2026, 3, 1)].read_text()
    assert [line.split('"')[11:14:2] for line in text.splitlines()[1:]] == [
        ["2026-01-05", "2027-04-23"],
        ["2026-01-08", "2027-04-23"],
    ]


def test_names_in_json_are_told_by_their_paths_and_the_file_s_name(tmp_path):
    record = {
        "id": "S1",
        "customer": {"id": "C1", "name": "Ada"},
        "terms": {"start": "2026-01-01T00:00:00Z", "end": None, "autoRenew": True},
        "trial": False,
        "state": "ACTIVE",
    }
    name = put(tmp_path, "subscriptions-2026-03-01.json", json.dumps({"data": [record]}))
    feeds = filled(draft(near(tmp_path).inbox / name), {"partner_id": "partner_id: {constant: p}"})
    assert {feed: columns.columns["customer_id"].from_ for feed, columns in feeds.items()} == {
        "customers": "customer.id",
        "subscriptions": "customer.id",
    }
    found = {key: column.from_ for key, column in feeds["subscriptions"].columns.items()}
    assert (found["subscription_id"], found["start_date"], found["auto_renew"]) == (
        "id",
        "terms.start",
        "terms.autoRenew",
    )


def test_title_rows_totals_and_other_sheets(tmp_path):
    path = near(tmp_path).inbox / "usage.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Info").write_column(0, 0, ["Customer", "Read me"])
    sheet = book.add_worksheet("Daten")
    rows = [["Nutzung im März"], [], ["Partner", "Kunde Nr", "Vertrag", "Produkt", "E-Mail", "Anzahl Meetings", "Tag"]]
    rows += [
        ["P1", f"K{number}", "V1", "Meetings", f"u{number}@x.example", number, "2026-03-01"] for number in range(1, 9)
    ]
    rows += [["Summe", "", "", "", "", 36, ""], ["Stand 01.04.2026"]]
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    text = draft(path)
    assert opened(text) == []
    (feed,) = filled(text, {}).values()
    assert (feed.dataset, feed.read.sheet, feed.read.header_row, feed.read.footer_rows) == (
        "license_usage",
        "Daten",
        3,
        1,
    )
    made = map_file(feed, path.name, near(tmp_path))
    assert made.rows == {date(2026, 3, 1): 8}
    assert made.account.dropped["totals"] == 1


def test_each_sheet_with_a_table_is_a_feed_of_its_own(tmp_path):
    path = near(tmp_path).inbox / "export 2026-03-01.xlsx"
    book = xlsxwriter.Workbook(str(path))
    usage = ["Partner", "Customer ID", "Subscription", "Product", "User", "Day"]
    for name, rows in {
        "Cover": [["Report", "of March"]],
        "Customers": [["Partner", "Customer", "Customer ID"], ["P1", "Ada Ltd", "C1"]],
        "Usage": [usage, ["P1", "C1", "S1", "Calling", "u1", "2026-03-01"]],
    }.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    text = draft(path)
    assert [line.partition(":")[0] for line in opened(text)] == ["activity_count"]
    feeds = filled(text, {"activity_count": "activity_count: {constant: 1}"})
    assert {name: feed.read.sheet for name, feed in feeds.items()} == {
        "customers": "Customers",
        "license_usage": "Usage",
    }
    found = {name: column.from_ for name, column in feeds["customers"].columns.items()}
    assert found == {"partner_id": "Partner", "customer_id": "Customer ID", "customer_name": "Customer"}


def test_customers_come_from_the_file_that_is_about_them(tmp_path):
    put(tmp_path, "customers_2026-03-01.csv", "Customer ID,Customer,Country\n1,A,DE\n")
    put(tmp_path, "orders_2026-03-01.csv", "Customer ID,Customer,Order #,Start date,Seats\n1,A,S1,2026-01-01,5\n")
    text = draft(*sorted(near(tmp_path).inbox.iterdir()))
    assert text.count("- dataset: customers") == 1
    assert "- dataset: customers" in text.partition("orders_")[0]
    alone = draft(near(tmp_path).inbox / "orders_2026-03-01.csv")
    assert alone.count("- dataset: customers") == 1


def test_what_is_not_known_is_an_open_line(tmp_path):
    put(
        tmp_path,
        "list.csv",
        "Kundennummer,Kundenname,Vertrag,Ende,Status\n1,A,V1,31.12.2026,seltsam\n2,B,V2,n/a,aktiv\n",
    )
    text = draft(near(tmp_path).inbox / "list.csv")
    open_lines = opened(text)
    assert {line.partition(":")[0] for line in open_lines} == {
        *("partner_id", "day", "is_trial", "start_date", "auto_renew", '"seltsam"'),
    }
    with pytest.raises(MappingError, match=r"customers needs partner_id, too"):
        parse_mapping("draft.yaml", text.encode())
    feeds = filled(
        text,
        {
            "partner_id": "partner_id: {constant: p}",
            "day": "day: {name: true}",
            "is_trial": "is_trial: {constant: 'false'}",
            "start_date": "start_date: {constant: 2026-01-01}",
            "auto_renew": "auto_renew: {constant: 'false'}",
            '"seltsam"': '"seltsam": pending',
        },
    )
    assert feeds["subscriptions"].read.empty_words == ("n/a",)
    lookup = feeds["subscriptions"].columns["status"].lookup
    assert lookup is not None
    assert lookup.values == {"aktiv": "active", "seltsam": "pending"}


def test_files_that_differ_in_their_dates_are_one_feed_and_broken_ones_are_named(tmp_path):
    for day in ("2026-03-01", "2026-03-02"):
        put(tmp_path, f"customers_{day}.csv", "Customer ID,Customer name\n1,A\n")
    put(tmp_path, "broken.xlsx", b"PK no")
    inbox = near(tmp_path).inbox
    text, said = draft_mapping(sorted(inbox.iterdir()), ReadLimits(), 64 << 20, scratch)
    assert text.count("dataset:") == 1
    assert 'files: "customers_*.csv"' in text
    assert len(said) == 1
    assert said[0].startswith("broken.xlsx: is no Excel workbook")
    with pytest.raises(UnreadableFileError, match=r"^broken\.xlsx: is no Excel workbook"):
        draft_mapping([inbox / "broken.xlsx"], ReadLimits(), 64 << 20, scratch)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["31.12.2026", "1.3.2026"], "%d.%m.%Y"),
        (["12/31/2026"], "%m/%d/%Y"),
        (["31/12/2026", "01/02/2026"], "%d/%m/%Y"),
        (["31.12.26"], "%d.%m.%y"),
        (["2026-03-01", "2026-03-01T10:00:00Z", "-"], "iso"),
        (["46082", "46100"], "excel"),
        (["3-Mar-2026"], "%d-%b-%Y"),
        (["01.03.2026 10:15"], "%d.%m.%Y %H:%M"),
        (["20260301"], "%Y%m%d"),
    ],
)
def test_date_formats(values, first):
    assert guess_dates(values)[0] == first


@pytest.mark.parametrize("values", [[], ["soon"], ["31.12.2026", "12/31/2026"], ["-"]])
def test_no_dates(values):
    assert guess_dates(values) == []


@pytest.mark.parametrize(
    ("values", "signs"),
    [
        (["1.234,50", "7"], (",", ".")),
        (["1,234.50"], (".", ",")),
        (["1.234", "12"], (",", ".")),
        (["1,234"], (".", ",")),
        (["12,5"], (",", None)),
        (["12.5", "1234"], (".", None)),
        (["1 234", "5"], (".", " ")),
        (["1'234.50"], (".", "'")),
        (["12"], (".", None)),
        (["1.234", "12,5"], (",", ".")),
    ],
)
def test_signs_of_numbers(values, signs):
    assert guess_signs(values) == signs


def test_words_for_yes_and_no():
    assert is_yes_or_no(["Ja", "nein"])
    assert is_yes_or_no(["X", "-"])
    assert not is_yes_or_no(["Ja", "vielleicht"])
    assert not is_yes_or_no([])


def test_the_day_is_looked_for_in_folders_and_in_archives(tmp_path):
    lines = "Customer,Name,Country\nC1,Ada,DE\nC2,Bob,DE\n"
    name = put(tmp_path, "weekly/2026-03-01/customers.csv", lines)
    inbox = near(tmp_path).inbox
    text, _ = draft_mapping([inbox / name], ReadLimits(), 64 << 20, scratch, inbox)
    feed = filled(text, {"partner_id": "partner_id: {constant: p}"})["customers"]
    assert feed.files == "weekly/*/customers.csv"
    made = map_file(feed, name, near(tmp_path))
    assert made.files[date(2026, 3, 1)].read_text().splitlines()[1:] == ['"p","C1","Ada","DE"', '"p","C2","Bob","DE"']

    packed = inbox / "usage.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("out/README.txt", "what this is")
        for day in (1, 2):
            file.writestr(
                f"out/use-2026-03-0{day}.csv", "Customer ID,Subscription,Product,User,Count\nC,S,Meetings,u,2\n"
            )
    feed = filled(draft(packed), {"partner_id": "partner_id: {constant: p}"})["license_usage"]
    assert sorted(map_file(feed, "usage.zip", near(tmp_path)).files) == [date(2026, 3, 1), date(2026, 3, 2)]


def test_ids_under_a_name_s_header_are_no_names(tmp_path):
    seats = "Subscription,Account,Product,Code,Seats,Assigned\nS1,A1,Meetings,EE,3,2\nS2,A2,Meetings,EE,3,2\n"
    path = near(tmp_path).inbox / put(tmp_path, "seats-2026-03-01.csv", seats)
    assert list(filled(draft(path), {"partner_id": "partner_id: {constant: p}"})) == ["license_assignments"]


def test_a_log_of_changes_is_offered_as_a_history(tmp_path):
    log = "Subscription,Customer ID,Changed,Status,Trial,Start,End,Renews\nS1,C1,01.02.2026,active,no,2026-01-01,,yes\n"
    path = near(tmp_path).inbox / put(tmp_path, "changes.csv", log)
    answers = {"partner_id": "partner_id: {constant: p}", "day": "# no day"}
    answers["history"] = 'history: {changed_on: {from: "Changed", date: "%d.%m.%Y"}, first: 2026-02-01}'
    text = draft(path)
    assert f"# open: {answers['history']}" in text
    feed = filled(text, answers)["subscriptions"]
    rows = map_file(feed, "changes.csv", near(tmp_path)).rows
    assert {day for day, count in rows.items() if count} == {date(2026, 2, 1) + timedelta(days=n) for n in range(37)}
