"""A worksheet that turns cells into text at once and packs finished rows, so that a large book stays small in memory.

XlsxWriter keeps every cell as an object until the book is closed, or (constant memory) wants them row by row. Ours
come block by block: a block's rows are packed when it is done, and what comes later goes to the right of them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.report.workbook.expr import NOW, PREVIOUS, letters

KEPT = 6
"""The first rows of a sheet are not packed: what stands there may be written last."""
AT_ONCE = 1 << 16
"""Bytes that are unpacked at a time."""
ELSEWHERE = re.compile(r"([a-z_]+)!\$?([A-Z]+)")
"""A sheet of the plan's tables and a column, as formulas name them."""
LONGEST = 32767
"""Characters that a cell may hold."""


def escape(text: str) -> str:
    """Text as it stands between the tags of XML."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text.replace("\n", "&#10;") if "\n" in text else text


class Exact(Worksheet):
    """A worksheet whose numbers read back to the last bit, and whose formulas name no function newer than 2007."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        # Looking for newer functions in every formula takes half of the time of writing; there are none.
        return formula.removeprefix("=")

    def _xml_number_element(self, number, attributes=()) -> None:
        attr = "".join(f' {k}="{v}"' for k, v in attributes)
        self.fh.write(f"<c{attr}><v>{float(number)!r}</v></c>")


class Spooled(Exact):
    """Cells as text. Within a row a cell is written once; rows before `done` get cells to their right only."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, dict[int, str]] = {}
        self.late: dict[int, dict[int, str]] = {}
        self.pack = zlib.compressobj(1)
        self.packed: list[bytes] = []
        self.spooled = KEPT
        self.bottom = self.right = 0
        self.hold = False
        """True: nothing is packed, so that cells may come in any order."""
        self.names: list[str] = []
        self.named: set[tuple[str, str]] = set()
        """Sheet and column of what formulas here name on other sheets whose name is a plain word."""

    def _put(self, row: int, column: int, text: str) -> None:
        lines = self.late if KEPT <= row < self.spooled else self.lines
        line = lines.get(row)
        if line is None:
            line = lines[row] = {}
        line[column] = text
        if row > self.bottom:
            self.bottom = row
        if column > self.right:
            self.right = column

    def _write_dimension(self) -> None:
        self.dim_rowmin, self.dim_rowmax, self.dim_colmin, self.dim_colmax = 0, self.bottom, 0, self.right
        super()._write_dimension()

    def _at(self, row: int, column: int) -> str:
        names = self.names
        while column >= len(names):
            names.append(letters(len(names)))
        return f"{names[column]}{row + 1}"

    def write_number(self, row: int, col: int, number: float, cell_format: Format) -> int:
        """A number."""
        self._put(row, col, f'<c r="{self._at(row, col)}" s="{cell_format._get_xf_index()}"><v>{float(number)!r}</v></c>')  # fmt: skip
        return 0

    def write_string(self, row: int, col: int, string: str, cell_format: Format) -> int:
        """A text, never a formula."""
        return self._write_string(row, col, string, cell_format)

    def _write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> int:
        style = "" if cell_format is None else f' s="{cell_format._get_xf_index()}"'
        number = self.str_table._get_shared_string_index(string[:LONGEST])
        self._put(row, col, f'<c r="{self._at(row, col)}"{style} t="s"><v>{number}</v></c>')
        return 0

    def write_blank(self, row: int, col: int, blank: object, cell_format: Format) -> int:
        """A cell with nothing but a format."""
        self._put(row, col, f'<c r="{self._at(row, col)}" s="{cell_format._get_xf_index()}"/>')
        return 0

    def write_formula(self, row: int, col: int, formula: str, cell_format: Format, value: object = 0.0) -> int:
        """A formula with its cached value."""
        kind = ' t="str"' if isinstance(value, str) else ""
        shown = escape(value) if isinstance(value, str) else repr(value)
        text = escape(formula.removeprefix("="))
        if "!" in text:
            self.named.update(ELSEWHERE.findall(text))
        self._put(row, col, f'<c r="{self._at(row, col)}" s="{cell_format._get_xf_index()}"{kind}><f>{text}</f><v>{shown}</v></c>')  # fmt: skip
        return 0

    def formulas(self, row: int, col: int, template: str, cell_format: Format, values: Sequence[float]) -> None:
        """One formula along a row: NOW and PREVIOUS in the template stand for the letters of each cell's column."""
        last = col + len(values) - 1
        self._at(row, last)
        names, r, style = self.names, row + 1, cell_format._get_xf_index()
        if "!" in template:
            self.named.update(ELSEWHERE.findall(template))
        parts = escape(template).split(NOW)
        backwards = PREVIOUS in template
        out = []
        for c, value in enumerate(values, start=col):
            now = names[c]
            text = now.join(parts)
            if backwards:
                text = text.replace(PREVIOUS, names[c - 1])
            out.append(f'<c r="{now}{r}" s="{style}"><f>{text}</f><v>{value!r}</v></c>')
        self._run(row, col, last, "".join(out))

    def numbers(self, row: int, col: int, cell_format: Format, values: Sequence[float]) -> None:
        """Numbers along a row."""
        last = col + len(values) - 1
        self._at(row, last)
        names, r, style = self.names, row + 1, cell_format._get_xf_index()
        cells = [f'<c r="{names[c]}{r}" s="{style}"><v>{value!r}</v></c>' for c, value in enumerate(values, start=col)]
        self._run(row, col, last, "".join(cells))

    def blanks(self, row: int, first: int, last: int, cell_format: Format) -> None:
        """Cells from the column `first` to `last` with nothing but a format, but for those that are there."""
        there = self.lines.get(row, {})
        for c in range(first, last + 1):
            if c not in there:
                self.write_blank(row, c, None, cell_format)

    def _run(self, row: int, first: int, last: int, text: str) -> None:
        self._put(row, first, text)
        self.right = max(self.right, last)

    def done(self, row: int) -> None:
        """Pack the rows before `row`: nothing more comes to them but to their right."""
        if self.hold:
            return
        rows = sorted(r for r in self.lines if self.spooled <= r < row)
        if not rows:
            return
        for r in rows:
            line = self.lines.pop(r)
            text = f"{r}\t{''.join(line[c] for c in sorted(line))}\n"
            self.packed.append(self.pack.compress(text.encode()))
        self.packed = [b"".join(self.packed)]
        self.spooled = row

    def _unpacked(self) -> Iterator[str]:
        """The packed rows, one after the other."""
        unpack, rest = zlib.decompressobj(), b""
        (packed,) = self.packed or [b""]
        packed += self.pack.flush()
        for i in range(0, len(packed), AT_ONCE):
            *lines, rest = (rest + unpack.decompress(packed[i : i + AT_ONCE])).split(b"\n")
            yield from (line.decode() for line in lines)

    def _write_rows(self) -> None:
        for r in sorted(r for r in self.lines if r < KEPT):
            self._row(r, "", self.lines[r])
        for text in self._unpacked():
            number, _, cells = text.partition("\t")
            self._row(int(number), cells, self.late.get(int(number), {}))
        for r in sorted(r for r in self.lines if r >= KEPT):
            self._row(r, "", self.lines[r])

    def _row(self, r: int, cells: str, more: dict[int, str]) -> None:
        self._write_row(r, None, self.row_info.get(r))
        self.fh.write(cells)
        self.fh.write("".join(more[c] for c in sorted(more)))
        self.fh.write("</row>")
