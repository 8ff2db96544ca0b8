"""Files: what is written reads back equal; what cannot be read is said, never raised."""

import datetime as dt
import io
import os
import struct
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from planner.plan import limits
from planner.plan.cells import NOT_TEXT
from planner.plan.csv_tables import RISKY, armed, defused, write_csv
from planner.plan.files import read_bytes, read_plan, workbook_bytes, write_folder, write_workbook, write_zip, zip_bytes
from planner.plan.parse import parse_tables
from planner.plan.plan import Plan
from planner.plan.schema import join_list
from planner.plan.tables import PROVENANCE, TABLES
from tests.plan.conftest import SMALL, edit

SAMPLES = Path(__file__).parents[2] / "sample_data"


def only(reading) -> str:
    """The one fault of a reading."""
    assert reading.plan is None
    assert len(reading.faults) == 1, [f.text for f in reading.faults]
    return reading.faults[0].text


# What is written reads back.


@pytest.mark.parametrize("sample", ["pilot", "global_assistant"])
def test_samples_survive_every_form(sample, tmp_path):
    plan = read_plan(SAMPLES / sample).plan
    write_folder(plan, tmp_path / "folder")
    write_workbook(plan, tmp_path / "plan.xlsx")
    write_zip(plan, tmp_path / "plan.zip")
    for form in ("folder", "plan.xlsx", "plan.zip"):
        again = read_plan(tmp_path / form)
        assert again.faults == ()
        assert again.plan == plan
        assert again.plan.content_hash == plan.content_hash


WORDS = st.one_of(
    st.sampled_from(
        [
            "=1+1",
            "+1",
            "-1",
            "@x",
            "'",
            "''=",
            "\tx",
            '"',
            "a,b",
            "a\nb",
            "_x0041_",
            "_x005F_",
            "#N/A",
            "TRUE",
            "1e5",
            "é",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
LEGAL = WORDS.map(lambda s: NOT_TEXT.sub("", s.replace("\r", "\n")).strip())
IDS = LEGAL.map(lambda s: s.replace(";", "").replace("\n", " ").strip()).filter(bool)
MONEY = st.floats(0, 1e300) | st.sampled_from([0.1, 1 / 3, 5e-324, 1e22, 123456789.123456789])


@st.composite
def plans(draw):
    """Valid plans whose text is anything that a cell may hold and whose numbers have every digit."""
    site, place, work, gadget, offer = (draw(IDS) for _ in range(5))
    note = lambda: draw(LEGAL) or None  # noqa: E731
    zone, tag = draw(IDS), draw(IDS)
    raw = {
        "settings": [
            {"key": "name", "value": note(), "note": note()},
            {"key": "tax_rate", "value": draw(st.floats(0, 1))},
        ],
        "locations": [{"location": place, "zone": zone, "name": note(), "latitude": draw(st.floats(-90, 90))}],
        "workloads": [
            {"workload": work, "unit": draw(IDS), "team": note() and draw(IDS), "allowed_zones": join_list([zone, tag])}
        ],
        "hardware": [{"hardware": gadget, "note": note()}],
        "throughput": [{"workload": work, "hardware": gadget, "units_per_hour": draw(st.floats(1e-9, 1e9))}],
        "sites": [{"site": site, "zone": zone, "kind": "cloud", "provider": draw(IDS), "certifications": tag}],
        "offers": [
            {
                "offer": offer,
                "site": site,
                "pricing": "owned",
                "hardware": gadget,
                "purchase_price": draw(MONEY),
                "useful_life_months": draw(st.integers(1, 480)),
                "max_devices": draw(st.none() | MONEY),
                "source": note(),
            }
        ],
        "network": [{"site": site, "location": place, "latency_ms": draw(MONEY)}],
        "demand": [{"workload": work, "location": place, "period": t, "volume": draw(MONEY)} for t in (1, 2)],
        "assets": [{"asset": draw(IDS), "offer": offer, "devices": draw(MONEY), "in_service": "2026-01"}],
    }
    reading = parse_tables({k: pd.DataFrame(rows, dtype=object) for k, rows in raw.items()})
    assert reading.faults == (), [f.text for f in reading.faults]
    return reading.plan


@given(plans())
@settings(max_examples=8)
def test_any_plan_survives_every_form(plan):
    for name, data in (("p.zip", zip_bytes(plan)), ("p.xlsx", workbook_bytes(plan))):
        again = read_bytes(name, data)
        assert again.faults == (), [f.text for f in again.faults]
        assert again.plan == plan, name


@given(st.text())
def test_defusing_is_reversible_and_complete(text):
    assert armed(defused(text)) == text
    assert not defused(text).startswith(tuple(set(RISKY) - {"'"}))


def test_a_folder_holds_no_stale_tables(read, tmp_path):
    plan = read().plan
    write_folder(plan, tmp_path / "out")
    assert {p.stem for p in (tmp_path / "out").iterdir()} == set(SMALL)
    (tmp_path / "out" / "notes.csv").write_text("mine")
    write_folder(plan.replace(policies=plan.tables["policies"].iloc[:0]), tmp_path / "out")
    assert not (tmp_path / "out" / "policies.csv").exists()
    assert (tmp_path / "out" / "notes.csv").read_text() == "mine"
    assert "policies" not in read_plan(tmp_path / "out").tables


def test_csv_keeps_numbers_apart_from_text():
    table = TABLES["policies"]
    frame = Plan.of({"policies": pd.DataFrame({"policy": ["=p", "-q"], "limit": [-5.0, 1.0]})}).tables["policies"]
    text = write_csv(table, frame)
    assert text.splitlines()[0] == "policy,measure,sense,limit"
    assert text.splitlines()[1:] == ["'=p,,,-5.0", "'-q,,,1.0"]


# The workbook is pleasant.


def test_workbook_guides_who_types(read):
    plan = read().plan.replace(
        hardware=pd.DataFrame({"hardware": ["h100x8", "l4"], "name": ["=HYPERLINK()", "@x"], "power_kw": [0.1, 1 / 3]})
    )
    book = load_workbook(io.BytesIO(workbook_bytes(plan)))
    assert book.sheetnames == list(TABLES)
    for name, table in TABLES.items():
        sheet = book[name]
        assert [c.value for c in sheet[1]] == [*table.names, *(c.name for c in PROVENANCE)]
        assert sheet.freeze_panes is not None
        for cell in sheet[1][: len(table.columns)]:
            column = table[cell.value]
            assert column.help in cell.comment.text
            assert column.unit in cell.comment.text
    drops = {str(r.sqref): r.formula1 for r in book["demand"].data_validations.dataValidation if r.type == "list"}
    assert drops == {"A2:A509": "workloads!$A$2:$A$502", "B2:B509": "locations!$A$2:$A$502"}
    kinds = [r.formula1 for r in book["sites"].data_validations.dataValidation if r.type == "list"]
    assert kinds == ['"cloud,colocation,on_premises,edge"']
    name = book["hardware"]["B2"]
    assert (name.value, name.data_type, name.quotePrefix) == ("=HYPERLINK()", "s", True)
    assert [row[0].value for row in book["settings"].iter_rows(min_row=2)][-1] == "labour_cost_per_fte_year"
    assert "Blank: 0.08" in next(c.comment.text for c in book["settings"]["A"] if c.value == "discount_rate")


# Workbooks from elsewhere.


def book_of(tables=SMALL, change=None, **extra_sheets) -> bytes:
    """A workbook of CSV texts as a person makes it: numbers as numbers."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, text in tables.items():
        sheet = book.create_sheet(name)
        for row in pd.read_csv(io.StringIO(text), header=None, dtype=object).itertuples(index=False):
            sheet.append([None if pd.isna(x) else _number(x) for x in row])
    for name in extra_sheets:
        book.create_sheet(name)["A1"] = "anything"
    if change is not None:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _number(text):
    try:
        return float(text)
    except ValueError:
        return text


def put(sheet, cell, value):
    def change(book):
        book[sheet][cell] = value

    return change


def test_workbook_and_folder_are_the_same_plan(read):
    assert read_bytes("plan.xlsx", book_of(Summary="x", Checks="x")).plan == read().plan


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "said"),
    [
        ("demand", "D2", "=500*2", "demand:2:volume: found the formula '=500*2' where a number belongs"),
        ("demand", "D2", dt.datetime(2027, 1, 31), "found the date or time 2027-01-31 00:00:00 where a number belongs"),
        ("demand", "D2", dt.time(5, 30), "found the date or time 05:30:00 where a number belongs"),
        ("demand", "D2", True, "found TRUE where a number belongs"),
        ("demand", "D2", "1,000", "with a comma; write 1000 or 1.000"),
        ("demand", "D2", "n.a.", "found 'n.a.'; allowed is a number 0 or more"),
        ("demand", "D2", "#DIV/0!", "found '#DIV/0!'; allowed is a number"),
        ("demand", "A2", "=B2", "demand:2:workload: found the formula '=B2'; write its value"),
        ("demand", "F2", 7, "demand:2:: column F has a cell, but no name in row 1"),
        ("demand", "E1", "Volume", "demand:1:Volume: found the column 'Volume'; allowed are"),
        ("settings", "B3", "=TODAY()", "settings:3:value: start: found the formula"),
        ("assets", "D2", "spring", "found 'spring'; allowed is a month as YYYY-MM"),
    ],
)  # fmt: skip
def test_odd_cells_of_a_workbook(sheet, cell, value, said):
    reading = read_bytes("plan.xlsx", book_of(change=put(sheet, cell, value)))
    assert any(said in f.text for f in reading.faults), [f.text for f in reading.faults]


def test_months_may_be_dates_and_line_ends_one_kind():
    def change(book):
        book["assets"]["D2"] = dt.datetime(2025, 1, 1)
        book["settings"]["B3"] = dt.date(2027, 1, 1)
        book["locations"]["B2"] = "Paris_x000D_\ncentre"

    plan = read_bytes("plan.xlsx", book_of(change=change)).plan
    assert plan.tables["assets"]["in_service"][0] == "2025-01"
    assert plan.settings.start == "2027-01"
    assert plan.tables["locations"]["name"][0] == "Paris\ncentre"


def test_rows_of_a_sheet_count_blank_ones():
    def change(book):
        book["demand"].insert_rows(3, 4)
        book["demand"]["D8"] = "x"

    assert only(read_bytes("p.xlsx", book_of(change=change))).startswith("demand:8:volume: found 'x'")


def test_sheets_by_name():
    def rename(old, new):
        def change(book):
            book[old].title = new

        return book_of(change=change)

    assert read_bytes("p.xlsx", rename("demand", "Demand ")).plan is not None
    assert (
        only(read_bytes("p.xlsx", rename("demand", "demands")))
        == "demands::: found the sheet 'demands'; did you mean demand?"
    )
    assert only(read_bytes("p.xlsx", rename("network", "Links"))).startswith("network::: the table is missing")
    assert only(read_bytes("p.xlsx", book_of({}, Sheet1="x"))).startswith("p.xlsx::: no sheet is named like a table")


def test_a_cell_at_the_end_of_a_sheet_is_no_end_of_patience():
    def change(book):
        book["demand"].cell(limits.LAST_ROW, 1)._style = book["demand"]["A1"]._style
        book["demand"].cell(limits.LAST_ROW, 1).value = " "

    assert read_bytes("p.xlsx", book_of(change=change)).plan is not None


# What is no plan at all.


def repacked(data: bytes, **members: bytes) -> bytes:
    """An archive with members put in place of or beside its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return out.getvalue()


def zip_of(**files: bytes) -> bytes:
    return repacked(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0, 0, 0, 0, 0), **files)


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
ENTITIES = b'<?xml version="1.0"?>' + b" " * 9000 + b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SHEET


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("p.xlsx", lambda: b"", "the file is damaged or is no workbook or zip"),
        ("p.xlsx", lambda: b"hello", "the file is damaged or is no workbook or zip"),
        ("p.xlsx", lambda: book_of()[:-500], "the file is damaged or is no workbook or zip"),
        ("p.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old or encrypted workbook"),
        ("p.xlsx", lambda: zip_of(a=b"x"), "the file is no workbook (.xlsx)"),
        ("p.xlsx", lambda: b"\0" * 20_000_001, "the file has 20 MB; allowed are 20 MB"),
        ("p.xlsx", lambda: repacked(book_of(), **{"xl/vbaProject.bin": b"x"}), "holds macros"),
        ("p.xlsx", lambda: repacked(book_of(), **{"xl/worksheets/sheet1.xml": ENTITIES}), "declares XML entities"),
        (
            "p.xlsx",
            lambda: repacked(book_of(), **{"xl/worksheets/sheet1.xml": ENTITIES.decode().encode("utf-16")}),
            "declares XML entities",
        ),
        (
            "p.xlsx",
            lambda: repacked(book_of(), **{"xl/worksheets/sheet1.xml": b'<?xml version="1.0" encoding="utf-7"?>' + SHEET}),
            "is encoded as 'utf-7', not UTF-8",
        ),
        ("p.xlsx", lambda: repacked(book_of(), **{"xl/worksheets/sheet1.xml": SHEET[:-9]}), "is damaged"),
        ("p.xlsx", lambda: repacked(book_of(), **{"xl/media/a.xml": bytes(60_000_000)}), "as a bomb does"),
        ("p.zip", lambda: zip_of(**{"notes.csv": b"x"}), "the zip holds no table of a plan"),
        ("p.zip", lambda: zip_of(**{"../demand.csv": b"x"}), "a path that leads out of it"),
        ("p.zip", lambda: zip_of(**{"/demand.csv": b"x"}), "a path that leads out of it"),
        ("p.zip", lambda: zip_of(**{f"{i}.txt": b"" for i in range(1001)}), "allowed are 1,000"),
        ("p.zip", lambda: zip_of(**{"a/demand.csv": b"x", "b/demand.csv": b"y"}), "the zip holds this table twice"),
        ("p.zip", lambda: zip_of(**{"demands.csv": b"x", "sites.csv": b"site"}), "did you mean demand.csv?"),
        ("p.xlsm", lambda: b"", "the file is .xlsm; save the workbook as .xlsx"),
        ("p.xls", lambda: b"", "the file is .xls; save the workbook as .xlsx"),
        ("p.csv", lambda: b"", "the file must be a workbook (.xlsx) or a zip of CSV files (.zip)"),
        ("", lambda: b"", "the file must be a workbook"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(name, make, said):
    reading = read_bytes(name, make())
    assert any(said in f.text for f in reading.faults), [f.text for f in reading.faults]


def test_a_member_that_lies_about_its_size():
    data = bytearray(zip_of(**{"demand.csv": b"a" * 5000}))
    for at, signature in ((0, b"PK\x03\x04"), (data.index(b"PK\x01\x02"), b"PK\x01\x02")):
        offset = at + (22 if signature == b"PK\x03\x04" else 24)
        data[offset : offset + 4] = struct.pack("<I", 10)
    assert read_bytes("p.zip", bytes(data)).plan is None


def test_an_encrypted_zip():
    data = bytearray(zip_of(**{"demand.csv": b"a"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "is encrypted" in only(read_bytes("p.zip", bytes(data)))


@given(st.binary(max_size=300), st.sampled_from(["p.xlsx", "p.zip"]), st.data())
@settings(max_examples=50)
def test_damaged_archives_never_raise(noise, name, data):
    whole = DAMAGED_FROM[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = data.draw(st.sampled_from([noise, whole[:at] + noise + whole[at + len(noise) :], whole[:at]]))
    reading = read_bytes(name, broken)
    assert (reading.plan is None) == bool(reading.faults)


DAMAGED_FROM = {"p.xlsx": book_of(), "p.zip": zip_of(**{f"{k}.csv": v.encode() for k, v in SMALL.items()})}


# CSV files.


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "demand::: the file is empty; it must have a header row"),
        (b"\xef\xbb\xbf \n", "demand::: the file is empty"),
        ("workload,é\n".encode("latin-1"), "demand:1:: byte 10 of the file (0xe9) is not UTF-8"),
        (b"\xef\xbb\xbfa\nb\xff", "demand:2:: byte 7 of the file (0xff) is not UTF-8"),
        ("workload".encode("utf-16"), "demand::: the text is UTF-16; save the file as CSV UTF-8"),
        ("workload\nx".encode("utf-16-le"), "demand:1:: character 2 of the file is NUL"),
        (b"PK\x03\x04...", "demand::: the file is a workbook or zip, not CSV"),
        (b"workload;location;period;volume\nchat;paris;1;1\n", "demand:1:: the columns are separated by ';'"),
        (b"workload\tlocation\n", "demand:1:: the columns are separated by tabs"),
        (b"sep=,\nworkload\n", "the first row is 'sep='; it must name the columns"),
        (b"\nworkload,location\n", "demand:1:: the first row is blank; it must name the columns"),
        (b'workload,location\n"chat,paris\n', "demand:2:: line 2 cannot be read as CSV: unexpected end of data"),
        (b'workload,location\nchat,"pa"ris\n', "demand:2:: line 2 cannot be read as CSV"),
        (b"workload,location,period,volume\nchat,paris,1,1,1\n", "demand:2:: the row has 5 cells, the header 4"),
        (b"workload,location,period,volume\nchat,paris,1\n", "demand:2:: the row has 3 cells, the header 4"),
        (b"workload,location,period,volume,\nchat,paris,1,1,x\n", "demand:1:: column 5 has cells but no name"),
        (b"workload,location,period,volume,volume\nchat,paris,1,1,2\n", "demand:1:volume: found the column 'volume' twice"),
        (b",".join([b"a"] * 300), "demand:1:: the file has 300 columns; allowed are 200"),
    ],
)  # fmt: skip
def test_csv_that_cannot_be_read(texts, data, said):
    found = texts(demand=data)
    assert len(found) == 1, found
    assert found[0].startswith(said) or said in found[0], found


def test_csv_as_people_write_it(read):
    plain = read().plan
    text = SMALL["demand"]
    for variant in (
        text.encode("utf-8-sig"),
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        text.replace(",volume", ", volume "),
        text.replace("\n", ",\n"),
        text.replace("chat,", '"chat",'),
        text + ",,,\n\n \n",
    ):
        assert read(demand=variant).plan == plain


def test_too_many_rows(texts, monkeypatch):
    monkeypatch.setattr("planner.plan.csv_tables.MOST_ROWS", 5)
    assert texts(demand=SMALL["demand"], offers=edit("offers", "tokens,", "tokens,")) == [
        "demand::: the file has more than 5 rows",
        "offers::: the file has more than 5 rows",
    ]


# Paths.


def test_paths_that_lead_nowhere(tmp_path):
    assert only(read_plan(tmp_path / "none")).endswith("there is no such file or folder")
    assert "the folder holds no table of a plan" in only(read_plan(tmp_path))
    assert "is no path" in only(read_plan("a\0b")) or "no such" in only(read_plan("a\0b"))
    assert only(read_plan("x" * 5000))
    (tmp_path / "demand.csv").mkdir()
    assert any("is not a file" in f.text for f in read_plan(tmp_path).faults)
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert "is neither a file nor a folder" in only(read_plan(tmp_path / "pipe.xlsx"))


def test_a_folder_in_other_letters(read, tmp_path):
    plan = read().plan
    (tmp_path / "demand.csv").rename(tmp_path / "Demand.CSV")
    assert read_plan(tmp_path).plan == plan
    (tmp_path / "demand.csv").write_text(SMALL["demand"])
    assert "the folder holds this table twice" in only(read_plan(tmp_path))


def test_a_file_that_may_not_be_read(read, tmp_path, monkeypatch):
    read()
    bytes_of = Path.read_bytes

    def refuse(self):
        if self.name == "demand.csv":
            raise PermissionError(13, "Permission denied")
        return bytes_of(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert only(read_plan(tmp_path)) == "demand::: cannot be read: Permission denied"


def test_one_of_a_hundred_megabytes(tmp_path):
    with (tmp_path / "big.xlsx").open("wb") as file:
        file.truncate(100_000_000)
    assert only(read_plan(tmp_path / "big.xlsx")) == "big.xlsx::: the file has 100 MB; allowed are 20 MB"
