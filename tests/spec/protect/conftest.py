"""The tables, and the small made-up authority, of the unit tests serve here too."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[2] / "unit" / room) for room in ("protect", "custodian")]
