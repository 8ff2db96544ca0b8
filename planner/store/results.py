"""Solved plans as bytes: everything a result holds, exact to the last bit, small enough to keep many."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.result.frames import FRAMES, result_frame
from planner.result.result import Result


def pack_frames(frames: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> bytes:
    """Frames and a JSON object as one zip of Parquet files. `unpack_frames` is the inverse."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # Parquet compresses
        archive.writestr("about.json", json.dumps(about))
        for name, frame in frames.items():
            archive.writestr(f"{name}.parquet", frame.to_parquet(index=False, compression="zstd"))
    return buffer.getvalue()


def unpack_frames(body: bytes, only_about: bool = False) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """The frames and the object that `pack_frames` made the bytes from; on request without the frames."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        frames = {
            name.removesuffix(".parquet"): pd.read_parquet(io.BytesIO(archive.read(name)))
            for name in archive.namelist()
            if name.endswith(".parquet") and not only_about
        }
        return frames, json.loads(archive.read("about.json"))


def pack_result(result: Result) -> bytes:
    """A result as bytes. `unpack_result` is the inverse."""
    return pack_frames(result.frames, result.summary())


def unpack_result(body: bytes) -> Result:
    """The result that `pack_result` made the bytes from."""
    frames, said = unpack_frames(body)
    return Result.of_summary(said, {name: result_frame(name, frames[name]) for name in FRAMES if name in frames})
