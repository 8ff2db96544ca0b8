"""Build the sample plans: `python sample_data/build.py [folder]`; without a folder, in place."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Started as a script, Python looks beside this file only.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from sample_data.assemble import main

    main(sys.argv[1:])
