"""Write the numbers of docs/pilot.md and docs/sample-data.md: `python sample_data/describe.py [plan ...]`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Started as a script, Python looks beside this file only.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from sample_data.explain import main

    main(sys.argv[1:])
