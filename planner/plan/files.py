"""Plans as files: a folder of CSVs, a workbook, a zip of CSVs. Reading never raises: it returns faults."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pandas as pd

from planner.plan.archive import member, open_archive, size_fault
from planner.plan.csv_tables import read_csv, write_csv
from planner.plan.faults import Fault, shown
from planner.plan.parse import Reading, misspelt, parse_tables, table_name
from planner.plan.plan import Plan
from planner.plan.tables import SETTINGS, TABLES
from planner.plan.workbook_read import read_workbook
from planner.plan.workbook_write import write_workbook

__all__ = ["read_bytes", "read_plan", "write_folder", "write_workbook", "write_zip"]

ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The same plan gives the same bytes."""


def read_plan(path: str | Path) -> Reading:
    """The plan in a folder of CSV files, a workbook or a zip of CSV files, or everything wrong with it."""
    path = Path(path)
    try:
        if path.is_dir():
            return _read_folder(path)
        if not path.exists():
            return _nothing(str(path), "there is no such file or folder")
        if not path.is_file():
            return _nothing(path.name, "is neither a file nor a folder")
        too_large = size_fault(path.name, path.stat().st_size)
        return _nothing(path.name, too_large.message) if too_large else read_bytes(path.name, path.read_bytes())
    except OSError as error:
        return _nothing(path.name, f"cannot be read: {error.strerror}")
    except ValueError:  # a path that no system takes, with a NUL for instance
        return _nothing(shown(path), "is no path")


def read_bytes(filename: str, data: bytes) -> Reading:
    """The plan in an uploaded workbook or zip of CSV files. The name tells nothing but the kind."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    kind = name.lower().rpartition(".")[2]
    if kind in ("xlsm", "xlsb", "xls", "xltm"):
        return _nothing(name, f"the file is .{kind}; save the workbook as .xlsx")
    if kind == "zip":
        tables, faults = _read_zip(name, data)
    elif kind == "xlsx":
        tables, faults = read_workbook(name, data)
    else:
        return _nothing(name, "the file must be a workbook (.xlsx) or a zip of CSV files (.zip)")
    if faults and not tables:
        return Reading(None, tuple(faults), (), {})
    return parse_tables(tables, tuple(faults))


def _nothing(name: str, message: str) -> Reading:
    return Reading(None, (Fault(name, None, "", message),), (), {})


def _collect(contents: dict[str, bytes | Fault]) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Raw tables from files by table name; a name that is nearly a table's is a fault, others are left alone."""
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    missing = [t for t in TABLES if t not in contents]
    for name, data in contents.items():
        if isinstance(data, Fault):
            faults.append(data)
        elif name in TABLES:
            frame, wrong = read_csv(name, data)
            faults += wrong
            if frame is not None:
                tables[name] = frame
        elif meant := misspelt(name, missing):
            faults.append(Fault(name, None, "", f"found the file {name}.csv; did you mean {meant}.csv?"))
    return tables, faults


def _read_folder(path: Path) -> Reading:
    contents: dict[str, bytes | Fault] = {}
    for file in sorted(path.iterdir()):
        if file.suffix.lower() != ".csv" or file.name.startswith("."):
            continue
        name = table_name(file.stem)
        try:
            if name in contents:
                contents[name] = Fault(name, None, "", "the folder holds this table twice")
            elif not file.is_file():
                contents[name] = Fault(name, None, "", "is not a file")
            else:
                contents[name] = size_fault(name, file.stat().st_size) or file.read_bytes()
        except OSError as error:
            contents[name] = Fault(name, None, "", f"cannot be read: {error.strerror}")
    if not any(name in TABLES for name in contents):
        return _nothing(path.name, f"the folder holds no table of a plan ({', '.join(f'{t}.csv' for t in TABLES)})")
    tables, faults = _collect(contents)
    return parse_tables(tables, tuple(faults))


def _read_zip(name: str, data: bytes) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    archive, fault = open_archive(name, data)
    if archive is None:
        return {}, [fault] if fault else []
    contents: dict[str, bytes | Fault] = {}
    for path in archive.namelist():
        file = PurePosixPath(path)
        if file.suffix.lower() != ".csv" or file.name.startswith((".", "__")) or "__MACOSX" in file.parts:
            continue
        table = table_name(file.stem)
        content, wrong = member(archive, table, path)
        if table in contents:
            wrong = Fault(table, None, "", "the zip holds this table twice")
        contents[table] = wrong or content or b""
    if not any(t in TABLES for t in contents):
        return {}, [
            Fault(name, None, "", f"the zip holds no table of a plan ({', '.join(f'{t}.csv' for t in TABLES)})")
        ]
    return _collect(contents)


def _texts(plan: Plan) -> dict[str, str]:
    """The CSV text of each table that has rows, and of the settings, by file name."""
    return {
        f"{name}.csv": write_csv(table, plan.tables[name])
        for name, table in TABLES.items()
        if len(plan.tables[name]) or table is SETTINGS
    }


def write_folder(plan: Plan, path: str | Path) -> None:
    """Write the settings and every table that has rows as CSV files; a file of a table that has none is deleted.

    Each file is put in place whole. Raises OSError where the folder cannot be written.
    """
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    texts = _texts(plan)
    for name in TABLES:
        file = path / f"{name}.csv"
        if file.name in texts:
            half = path / f".{name}.csv.part"
            half.write_bytes(texts[file.name].encode())
            half.replace(file)
        else:
            file.unlink(missing_ok=True)


def write_zip(plan: Plan, target: str | Path | BinaryIO) -> None:
    """Write the same CSV files into a zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _texts(plan).items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), text.encode(), zipfile.ZIP_DEFLATED)


def workbook_bytes(plan: Plan) -> bytes:
    """The plan as a workbook in memory, for a download."""
    buffer = BytesIO()
    write_workbook(plan, buffer)
    return buffer.getvalue()


def zip_bytes(plan: Plan) -> bytes:
    """The plan as a zip of CSVs in memory, for a download."""
    buffer = BytesIO()
    write_zip(plan, buffer)
    return buffer.getvalue()
