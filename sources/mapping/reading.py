"""How a feed's files are read, as the mapping file says it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sources.mapping.declared import Declared, listed

FORMATS = ("csv", "tsv", "xlsx", "json", "jsonl", "parquet")
_ESCAPES = {"tab": "\t", r"\t": "\t", "none": "", "": ""}


def _letter(value: Any) -> Any:
    return _ESCAPES.get(value.lower(), value) if isinstance(value, str) else value


def _is_ascii(value: str) -> str:
    if len(value) > 1 or not value.isascii() or value in "\r\n\0":
        raise ValueError("is one ASCII character")
    return value


_Letter = Annotated[str, BeforeValidator(_letter)]


class Read(Declared):
    """The format and dialect of a feed's files; what is left out is guessed, or usual."""

    format: Literal["csv", "tsv", "xlsx", "json", "jsonl", "parquet"] | None = None
    """By the ending of the name, where it is left out."""
    delimiter: _Letter | None = None
    quote: _Letter = '"'
    encoding: str | None = None
    decimal: str = Field(default=".", min_length=1, max_length=1)
    thousands: str | None = Field(default=None, min_length=1, max_length=1)
    empty_words: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """Values that stand for none, such as `-` or `n/a`, in any case."""
    header_row: int = Field(default=1, ge=0)
    """Number of the row with the headers, from 1; 0 where the file has none, and `names` gives them."""
    names: tuple[str, ...] | None = None
    skip_rows: int = Field(default=0, ge=0)
    """Rows that are dropped after the header."""
    footer_rows: int = Field(default=0, ge=0, le=10_000)
    """Rows that are dropped at the end, blank ones not counted."""
    sheet: str | None = None
    """A sheet's name, or its number from 1; the first one."""
    records: str | None = None
    """The path to the records in JSON, such as `data.items`."""
    members: Annotated[tuple[str, ...] | None, BeforeValidator(listed)] = None
    """Patterns of the files that are read of a .zip; all whose ending is known."""

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str | None) -> str | None:
        if value is not None and (_is_ascii(value) == "" or value in "\"'"):
            raise ValueError("is one ASCII character, or `tab`")
        return value

    @field_validator("quote")
    @classmethod
    def _quote(cls, value: str) -> str:
        return _is_ascii(value)

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str | None) -> str | None:
        if value is not None:
            import codecs

            try:
                known = codecs.lookup(value)
            except (LookupError, ValueError):
                raise ValueError(f"there is no encoding {value!r}") from None
            if not known._is_text_encoding:
                raise ValueError(f"{value!r} is no encoding of text")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.header_row == 0 and not self.names:
            raise ValueError("header_row is 0, so that names has to give the headers")
        if self.delimiter is not None and self.delimiter == self.quote:
            raise ValueError("delimiter and quote are the same")
        if self.thousands is not None and self.thousands == self.decimal:
            raise ValueError("decimal and thousands are the same")
        return self
