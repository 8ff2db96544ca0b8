"""Archives checked before anything inside them is parsed."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from planner.plan.faults import Fault
from planner.plan.limits import MOST_BYTES, MOST_MEMBERS, MOST_RATIO, MOST_UNPACKED

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    OSError,
    RuntimeError,  # and NotImplementedError
    EOFError,
    LookupError,
    struct.error,
)
"""What Python's zipfile raises on damaged archives."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def size_fault(name: str, size: int) -> Fault | None:
    """A fault when a file is larger than it may be."""
    if size <= MOST_BYTES:
        return None
    return Fault(name, None, "", f"the file has {size / 1e6:,.0f} MB; allowed are {MOST_BYTES / 1e6:,.0f} MB")


def open_archive(name: str, data: bytes) -> tuple[zipfile.ZipFile | None, Fault | None]:
    """A zip that is safe to unpack, or why it is not."""

    def no(message: str) -> tuple[None, Fault]:
        return None, Fault(name, None, "", message)

    too_large = size_fault(name, len(data))
    if too_large is not None:
        return None, too_large
    if data[:8] == OLE:
        return no("the file is an old or encrypted workbook; save it as .xlsx without a password")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except UNREADABLE:
        return no("the file is damaged or is no workbook or zip")
    if len(members) > MOST_MEMBERS:
        return no(f"the archive has {len(members):,} members; allowed are {MOST_MEMBERS:,}")
    unpacked = sum(x.file_size for x in members)
    if unpacked > MOST_UNPACKED:
        return no(f"the file unpacks to {unpacked / 1e6:,.0f} MB; allowed are {MOST_UNPACKED / 1e6:,.0f} MB")
    if unpacked > MOST_RATIO * len(data):
        return no(f"the file unpacks to more than {MOST_RATIO} times its size, as a bomb does")
    for x in members:
        path = PurePosixPath(x.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1]:
            return no("the archive holds a path that leads out of it")
        if x.flag_bits & 0x1:
            return no("the archive is encrypted; save it without a password")
    return archive, None


def member(archive: zipfile.ZipFile, name: str, path: str) -> tuple[bytes | None, Fault | None]:
    """The bytes of a member, never more than its header said."""
    try:
        info = archive.getinfo(path)
        with archive.open(info) as file:
            data = file.read(info.file_size + 1)
    except UNREADABLE:
        return None, Fault(name, None, "", "the file is damaged")
    if len(data) > info.file_size:
        return None, Fault(name, None, "", "the file is larger inside than it says")
    return data, None
