"""CSV files whose bytes were harmed, plain and compressed."""

import csv
import gzip
import io

from hypothesis import example, given
from hypothesis import strategies as st

from ..reference.contract import CUSTOMERS, DATASETS, LICENSE_USAGE, Dataset
from .cases import cases
from .edits import HARM, Edit, harmed
from .ingesting import Ingesting

_TEXTS = {
    "text": ["p", "00123", " p", 'a"b', "x,y", "l\nm", "l\r\nm", "é", "", "=1"],
    "integer": ["1", "0", "25", " 3", "+4", "9223372036854775807"],
    "date": ["2024-02-29", "2024-03-01", " 2024-03-01\n"],
    "decimal": ["0", "12.50", "1.0", "-0", "999999999999.999999", "1e3", "", " 7.5 "],
    "boolean": ["true", "FALSE", "0"],
}
_FIT = {"status": ["active", "pending"], "product": ["meetings", "calling"], "currency": ["EUR", "USD"]}


@st.composite
def csv_files(draw: st.DrawFn, dataset: Dataset) -> bytes:
    """Mostly good rows: each has an id of its own."""
    columns = [column for column in dataset.columns if column.required or draw(st.booleans())]
    written = io.StringIO(newline="")
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(written, lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])), quoting=quoting)
    extra = [""] * draw(st.sampled_from([0, 0, 0, 1, 3]))
    writer.writerow([*(column.name for column in columns), *extra])
    for number in range(draw(st.integers(1, 30))):
        if draw(st.integers(0, 9)) == 0:
            writer.writerow([draw(st.sampled_from(["", " ", "\t", "\n"])) for _ in [*columns, *extra]])
        writer.writerow(
            [
                f"{number}"
                if column.name in dataset.key[1:] and column.name not in _FIT
                else draw(st.sampled_from(_FIT.get(column.name, _TEXTS[column.kind])))
                for column in columns
            ]
            + extra
        )
    return written.getvalue().encode()


@st.composite
def harmed_files(draw: st.DrawFn) -> tuple[Dataset, bytes]:
    """A dataset, and a file of it that was harmed."""
    dataset = draw(st.sampled_from(DATASETS))
    return dataset, harmed(draw(csv_files(dataset)), draw(HARM))


_HEADER = b"partner_id,customer_id,customer_name\n"


@cases(350)
@given(harmed_files())
@example((CUSTOMERS, b"\n" + _HEADER + b"p,c,n\n"))
@example((CUSTOMERS, _HEADER + b'p,c,"n\np,d,n\np,e,"n"\n'))
@example((CUSTOMERS, _HEADER + b"p,c,n\r\rp,d,n\n\rp,e,n"))
@example((LICENSE_USAGE, b"\xef\xbb\xbf"))
@example((CUSTOMERS, b",,\n" + _HEADER + b'p,c,n\n , ,\t\n""\np,d,n\n'))
@example((CUSTOMERS, _HEADER.strip() + b",,\np,c,n,,\np,d,n\np,e,n,, \n,,,,\n"))
@example((CUSTOMERS, _HEADER.strip() + b",,\np,c,n,,\np,d,n,x,\n"))
@example((CUSTOMERS, _HEADER.strip() + b",\np,c,n,\np,d,n,x\n"))
@example((CUSTOMERS, b"qartner_id,customer_id,customer_name\n,,\np,0\xadp\n"))
def test_harmed_csv(home: Ingesting, case: tuple[Dataset, bytes]) -> None:
    dataset, content = case
    (home.next_folder(dataset) / "export.csv").write_bytes(content)
    home.assert_as_reference(dataset)


@cases(100)
@given(csv_files(CUSTOMERS), HARM)
def test_harmed_gzip(home: Ingesting, content: bytes, harm: list[Edit]) -> None:
    (home.next_folder(CUSTOMERS) / "export.csv.gz").write_bytes(harmed(gzip.compress(content, mtime=0), harm))
    home.assert_as_reference(CUSTOMERS)
