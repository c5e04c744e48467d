"""The made-up registers of the protocol's property tests serve here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "protocol"))
