"""The small made-up authority of the unit tests serves here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "unit" / "custodian"))
