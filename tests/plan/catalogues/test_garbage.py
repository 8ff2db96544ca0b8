"""Files that are nearly catalogues: whatever is broken in them is a fault, never another error."""

import random
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from planner.plan.catalogues.azure_retail import import_azure
from planner.plan.catalogues.common import CatalogueError, Origin, Selection
from planner.plan.catalogues.skypilot import import_skypilot

FILES = sorted((Path(__file__).parent / "data").glob("*_*.*"))
BYTES = b",\"\n'{}[]0129e-.NaIx\x00"
SCRAPS = (b"1e999", b"nan", b",,,", b'"', b"\n", b"null", b"-", b"9" * 400, b"2147483648000", b"\xff")


def broken(file, rng):
    data = bytearray(file.read_bytes())
    for _ in range(rng.randint(1, 8)):
        i, choice = rng.randrange(len(data)), rng.random()
        if choice < 0.5:
            data[i] = rng.choice(BYTES)
        elif choice < 0.8:
            del data[i : i + rng.randint(1, 40)]
        else:
            data[i:i] = rng.choice(SCRAPS)
    return bytes(data)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_broken_file_is_imported_or_refused(tmp_path, file):
    rng = random.Random(file.stem)
    origin = Origin("test", "2026-11")
    for _ in range(15):
        target = tmp_path / "broken"
        target.write_bytes(broken(file, rng))
        with suppress(CatalogueError):
            if file.suffix == ".json":
                result = import_azure(target, origin, date(2026, 11, 1))
            else:
                result = import_skypilot(target, file.stem.split("_")[1], origin, Selection(every_type=True))
            offers = result.tables["offers"]
            assert (offers["price_per_hour"] > 0).all()
            assert offers["offer"].is_unique
