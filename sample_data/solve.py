"""Solve the sample plan ahead: `python sample_data/solve.py [--gap 0.002] [--time-limit 600] [--questions] [--check]`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Started as a script, Python looks beside this file only.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from sample_data.ahead import main

    raise SystemExit(main(sys.argv[1:]))
