"""A pack as a workbook: a sheet a table, typed cells, Excel's own charts; nothing in it is a formula."""

import re
from io import BytesIO
from typing import Any

from pipelines.pack.cells import plain
from pipelines.pack.contents import Chart, Contents, Head, Kind, Table
from pipelines.pack.drawing import COLORS
from pipelines.pack.wording import PRODUCT_NAMES
from storage.reading.workbook import cell, fitting

_FORMATS = {Kind.COUNT: "#,##0", Kind.PERCENT: "0%", Kind.MONEY: "#,##0.00", Kind.DATE: "yyyy-mm-dd", Kind.TEXT: "@"}
_CURRENCY = re.compile("[A-Z]{3}")
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(pack: Contents) -> bytes:
    """The workbook. Delivered text is written as text, whatever it looks like."""
    import xlsxwriter

    held = BytesIO()
    with xlsxwriter.Workbook(held, _OPTIONS) as book:
        formats: dict[Any, Any] = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        formats["bold"] = book.add_format({"bold": True})
        formats["title"] = book.add_format({"bold": True, "font_size": 16})
        _overview(book, pack, formats)
        for chart in pack.charts:
            _chart(book, chart, formats)
        for table in pack.tables:
            _table(book.add_worksheet(table.title), table, formats)
    return held.getvalue()


def _overview(book: Any, pack: Contents, formats: dict[Any, Any]) -> None:
    sheet = book.add_worksheet("Overview")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 4, 30)
    _text(sheet, 0, 0, pack.name, formats["title"])
    _text(sheet, 1, 0, pack.subtitle)
    at = 3
    for figure in pack.head:
        _text(sheet, at, 0, figure.name)
        _figure(book, sheet, at, figure)
        at += 1
    at += 1
    for column, title in enumerate(("Recommendation", "Subscription", "Product", "By", "Arithmetic")):
        _text(sheet, at, column, title, formats["bold"])
    for item in pack.advice:
        at += 1
        _text(sheet, at, 0, item.title)
        _text(sheet, at, 1, item.subscription)
        _text(sheet, at, 2, PRODUCT_NAMES.get(item.product, item.product))
        _cell(sheet, at, 3, item.due, Kind.DATE, formats)
        for column, step in enumerate(item.steps, start=4):
            _text(sheet, at, column, step)
    if not pack.advice:
        _text(sheet, at + 1, 0, pack.no_advice)
    for number, note in enumerate(pack.notes, start=at + 3):
        _text(sheet, number, 0, note)


def _figure(book: Any, sheet: Any, row: int, figure: Head) -> None:
    """A typed cell, an amount with its currency; the text where Excel can't hold the value, or the currency's code."""
    held, code = cell(figure.value), _FORMATS[figure.kind]
    if figure.kind is Kind.MONEY:
        held = held if _CURRENCY.fullmatch(figure.currency or "") else None
        code += f' "{figure.currency}"'
    is_typed = held is not None and not isinstance(held, str)
    form = book.add_format({"bold": True, "align": "left", "num_format": code if is_typed else "@"})
    if not is_typed:
        _text(sheet, row, 1, figure.text, form)
    elif figure.kind is Kind.DATE:
        sheet.write_datetime(row, 1, held, form)
    else:
        sheet.write_number(row, 1, held, form)


def _chart(book: Any, chart: Chart, formats: dict[Any, Any]) -> None:
    """The chart's days on a sheet, and the chart beside them."""
    name = chart.title
    sheet = book.add_worksheet(name)
    columns = [("Date", Kind.DATE), *((title, Kind.COUNT) for title in chart.lines)]
    rows = [list(row) for row in zip(chart.days, *chart.lines.values(), strict=True)]
    _table(sheet, Table(name, "", columns, rows, ""), formats)
    drawn = book.add_chart({"type": "line"})
    for number, (title, color) in enumerate(zip(chart.lines, COLORS, strict=True), start=1):
        drawn.add_series(
            {
                "name": title,
                "categories": [name, 1, 0, len(rows), 0],
                "values": [name, 1, number, len(rows), number],
                "line": {"color": color, "width": 2},
            }
        )
    drawn.set_x_axis({"date_axis": True, "num_format": "mmm yy", "major_unit": 2, "major_unit_type": "months"})
    drawn.set_y_axis(
        {"min": 0, "num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#e2e8f0"}}}
    )
    drawn.set_title({"none": True})
    drawn.set_legend({"position": "top"})
    drawn.set_size({"width": 760, "height": 320})
    drawn.show_blanks_as("gap")
    sheet.insert_chart(1, len(columns) + 1, drawn)


def _table(sheet: Any, table: Table, formats: dict[Any, Any]) -> None:
    sheet.freeze_panes(1, 0)
    for column, (title, kind) in enumerate(table.columns):
        sheet.set_column(column, column, 26 if kind is Kind.TEXT else 14)
        _text(sheet, 0, column, title, formats["bold"])
        for number, row in enumerate(table.rows, start=1):
            _cell(sheet, number, column, row[column], kind, formats)
    if not table.rows:
        _text(sheet, 1, 0, table.empty)
    elif table.lead:
        _text(sheet, len(table.rows) + 2, 0, table.lead)


def _cell(sheet: Any, row: int, column: int, value: Any, kind: Kind, formats: dict[Any, Any]) -> None:
    """A typed cell; what Excel can't hold is text, and what is not known stays empty."""
    held = cell(value)
    if isinstance(held, str):
        _text(sheet, row, column, held)
    elif kind is Kind.DATE and held is not None:
        sheet.write_datetime(row, column, held, formats[kind])
    elif held is not None:
        sheet.write_number(row, column, held, formats[kind])


def _text(sheet: Any, row: int, column: int, text: str, form: Any = None) -> None:
    sheet.write_string(row, column, fitting(plain(text)), form)
