"""`python -m docs.tour`: the same as `python docs/tour/take.py`."""

import sys

from docs.tour.pictures import main

raise SystemExit(main(sys.argv[1:]))
