"""The made-up record of the School Improvement Partnership: two schools, of which one is identified no longer."""

from __future__ import annotations

_TEXT = """\
# Made up. Who is identified within the School Improvement Partnership Framework: confidential.
- establishment: "990007"
  from: 2026-01-12
  category: Focused support
  decided_by: Emery Ellis, area lead
  reasons:
    - {indicator: Persistent absence, figure: 31.2 %, trigger: 30 % or more}
    - {indicator: "Reading, writing and mathematics at the end of key stage 2", figure: 44 %, trigger: less than 45 %}
  support:
    - {action: Attendance officer in school each week, by: Attendance service, due: 2026-03-27}
    - {action: Moderation of writing with two other schools, by: Mathematics and English hub, due: 2026-05-22}
  progress:
    - {day: 2026-02-13, rating: amber, text: The attendance plan is agreed; absence has not fallen yet}
    - {day: 2026-05-20, rating: green, text: Persistent absence is below the trigger for a half-term}
- establishment: "990021"
  from: 2024-09-09
  to: 2025-09-01
  category: Leadership support
  decided_by: Frankie Foster, area lead
  reasons:
    - {indicator: Inspection, figure: requires improvement, trigger: below good}
"""


def ksip_text() -> str:
    """The record as YAML."""
    return _TEXT
