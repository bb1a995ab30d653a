"""What kind of file some first bytes are of, where it is none that can be read under its name."""

_BEGINNINGS = {
    b"%PDF": "it is a PDF document; export the table as CSV",
    b"\xd0\xcf\x11\xe0": "it is an Excel workbook of the old kind (.xls); save its sheet as CSV UTF-8",
    b"BZh": "it is compressed with bzip2; compress it with gzip, or not at all",
    b"\xfd7zXZ": "it is compressed with xz; compress it with gzip, or not at all",
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd; compress it with gzip, or not at all",
    b"7z\xbc\xaf": "it is a 7-Zip archive; unpack it",
    b"Rar!": "it is a RAR archive; unpack it",
    b"SQLite format 3": "it is an SQLite database; export the table as CSV",
    b"Obj\x01": "it is an Avro file; write it as CSV or Parquet",
    b"ORC": "it is an ORC file; write it as CSV or Parquet",
    b"PARE": "it is an encrypted Parquet file; write it without encryption",
    b"ARROW1": "it is an Arrow file; write it as CSV or Parquet",
}
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PARTS_OF_EXCEL = (b"xl/", b"[Content_Types].xml")
_LOOKED_AT = 4 << 10


def kind_of(content: bytes, ending: str, *, packed: bool) -> str | None:
    """What the bytes are, and what to do; None where nothing speaks against the ending.

    Args:
        content: the first bytes of a file, unpacked where that was possible.
        ending: of its name.
        packed: whether they should be those of a gzip file.
    """
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning) and not _is_csv_after_all(content, beginning):
            return kind
    if content.startswith(b"\x1f\x8b"):
        return _gzip(ending, packed=packed)
    if content.startswith(b"PAR1"):
        return None if ending == ".parquet" else "it is a Parquet file; name it .parquet"
    if content.startswith(_UTF32):
        return "it is UTF-32; save it as UTF-8"
    if content.startswith(_UTF16) or _has_a_zero_in_every_letter(content):
        return "it is UTF-16; save it as UTF-8 (Excel: CSV UTF-8)"
    return _text(content.removeprefix(b"\xef\xbb\xbf").lstrip(), ending, packed=packed)


def _is_csv_after_all(content: bytes, beginning: bytes) -> bool:
    """Letters alone may begin a header, too."""
    return beginning.isalpha() and b"," in content.partition(b"\n")[0]


def _archive(content: bytes) -> str:
    if any(part in content for part in _PARTS_OF_EXCEL):
        return "it is an Excel workbook; save its sheet as CSV UTF-8"
    if b"opendocument.spreadsheet" in content:
        return "it is an OpenDocument spreadsheet; save its sheet as CSV, UTF-8"
    return "it is a zip archive; unpack it"


def _gzip(ending: str, *, packed: bool) -> str | None:
    if ending == ".csv.gz":
        return None if packed else "it is compressed twice; compress it once"
    return (
        "it is compressed with gzip; name it .csv.gz" if ending == ".csv" else "it is compressed with gzip; unpack it"
    )


def _has_a_zero_in_every_letter(content: bytes) -> bool:
    looked = content[:_LOOKED_AT]
    share = max(len(looked) // 2, 1)
    return len(looked) >= 8 and max(looked[::2].count(0), looked[1::2].count(0)) > 0.9 * share


def _text(content: bytes, ending: str, *, packed: bool) -> str | None:
    begin = content[:_LOOKED_AT].lower()
    if begin.startswith((b"<!doctype html", b"<html")):
        return "it is a web page (HTML), perhaps that of a login or an error; deliver the export itself"
    if begin.startswith(b"<"):
        return "it is XML; export the table as CSV"
    if _is_json(begin):
        return "it is JSON; export the table as CSV, with a header line"
    if begin and (packed or ending == ".parquet") and _is_text(content[:_LOOKED_AT]):
        return "it is plain text; name it .csv if it is CSV"
    return None


def _is_json(begin: bytes) -> bool:
    """An object or a list: what comes after the bracket can begin one."""
    if begin.startswith(b"{"):
        return begin[1:].lstrip()[:1] in (b'"', b"}")
    return begin.startswith(b"[") and begin[1:].lstrip()[:1] in (b"{", b"[", b'"', b"]")


def _is_text(content: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in content)
