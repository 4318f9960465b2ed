"""Tables of appropriations as files: CSV and Excel, read with suspicion and written without traps."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from marketplace.budgets.errors import SheetRefused

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 5000
MAX_COLUMNS = 40
# What spreadsheet programs take for a formula when it stands first in a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: its number as people count it, and the text of its cells by heading."""

    number: int
    cells: dict[str, str]
    formulas: tuple[str, ...] = ()


def read(content: bytes, headings: Sequence[str]) -> list[Line]:
    """The rows of a CSV or Excel file under the given headings; what a file is, its content says.

    Raises SheetRefused for what is no such table, too large, or built to do harm.
    """
    if len(content) > MAX_BYTES:
        raise SheetRefused(why="too_large", limit=MAX_BYTES // 1024 // 1024)
    if content.startswith(_OLD_EXCEL):
        raise SheetRefused(why="old_excel")
    raw = _excel(content) if content.startswith(_ZIP) else _csv(content)
    return _under(raw, headings)


def _under(raw: Iterable[tuple[int, list[str], tuple[int, ...]]], headings: Sequence[str]) -> list[Line]:
    rows = iter(raw)
    first = next(rows, None)
    names = [] if first is None else [cell.strip().removesuffix("*") for cell in first[1]]
    missing = [name for name in headings if name not in names]
    if missing or len(set(filter(None, names))) < len([name for name in names if name]):
        raise SheetRefused(why="headings", missing="、".join(missing))
    lines: list[Line] = []
    for number, cells, formulas in rows:
        if len(lines) >= MAX_ROWS:
            raise SheetRefused(why="too_many_rows", limit=MAX_ROWS)
        if not any(cell.strip() for cell in cells):
            continue
        found = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        lines.append(Line(number, {name: found.get(name, "") for name in names if name}, _names(names, formulas)))
    if not lines:
        raise SheetRefused(why="empty")
    return lines


def _names(names: Sequence[str], formulas: Iterable[int]) -> tuple[str, ...]:
    return tuple(names[index] for index in formulas if index < len(names) and names[index])


def _csv(content: bytes) -> Iterable[tuple[int, list[str], tuple[int, ...]]]:
    text = _text(content)
    if "\x00" in text:
        raise SheetRefused(why="not_a_table")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row[:MAX_COLUMNS], tuple(i for i, cell in enumerate(row) if cell.startswith("="))
    except csv.Error as error:
        raise SheetRefused(why="not_a_table") from error


def _text(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else the encoding of Chinese Windows."""
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetRefused(why="encoding")


def _excel(content: bytes) -> Iterable[tuple[int, list[str], tuple[int, ...]]]:
    from openpyxl import load_workbook

    _require_harmless(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS), start=1):
            formulas = tuple(i for i, cell in enumerate(row) if cell.data_type == "f")
            yield number, [_shown(cell.value) for cell in row], formulas
    except SheetRefused:
        raise
    except Exception as error:  # a broken workbook raises whatever its XML happens to break
        raise SheetRefused(why="not_a_table") from error


def _require_harmless(content: bytes) -> None:
    """Look at the parts before anything is unpacked: no bombs, no entities, no more parts than a table needs."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise SheetRefused(why="bomb")
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                raise SheetRefused(why="macros")
            for part in parts:
                with packed.open(part) as stream:
                    if b"<!DOCTYPE" in stream.read(2048):
                        raise SheetRefused(why="bomb")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise SheetRefused(why="not_a_table") from error


def _shown(value: object) -> str:
    """A cell as text: a day as a day, a number as it is written, so that 0.1 + 0.2 is not passed off as 0.30."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file that Excel opens as UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(headings)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def as_excel(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An Excel file of text cells, so that codes keep their zeros and amounts their fen."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(headings))
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=_harmless(cell)) for cell in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _harmless(cell: str) -> str:
    """Text that a spreadsheet shows and does not compute; a plain negative number stays one."""
    if not cell.startswith(_FORMULA) or cell.replace(".", "", 1).removeprefix("-").isdecimal():
        return cell
    return f"'{cell}"
