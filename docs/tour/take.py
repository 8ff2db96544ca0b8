"""Take the tour's pictures: `python docs/tour/take.py [--out DIR] [--whole]`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Started as a script, Python looks beside this file only.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from docs.tour.pictures import main

    raise SystemExit(main(sys.argv[1:]))
