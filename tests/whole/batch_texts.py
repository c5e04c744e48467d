"""Files for batches: a report of the authority, and one of its own pupils for each of some schools."""

import json

AUTHORITY = """group: null
recipient: authority
purpose: raising-attainment
period: 2025/26-autumn
"on": "2026-03-02"
"""


def pupils_of(*schools):
    """A batch file: the report of the pupils of each of these schools, in their order."""
    return f"""notebook: pupil_report
parameters:
  school: "{{school}}"
  recipient: establishment:{{school}}
  purpose: school-improvement-plan
  period: 2025/26-autumn
  "on": "2026-03-02"
for_each:
  school: {json.dumps(schools)}
"""
