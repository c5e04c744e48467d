"""The days of a request: `on`, by whose register its content is formed, and the real day, on which it is made.

A permission holds on both, or there is no report: otherwise whoever asks would choose the day by which they may.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdsp_lib.errors import Fault
from kdsp_lib.protocol.catalogue import report_name
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.period import census_day, first_day, is_period, is_term

if TYPE_CHECKING:
    from kdsp_lib.custodian.served import Served


def real_day() -> dt.date:
    """The day that it is: by the custodian's clock where the custodian asks."""
    return dt.datetime.now(dt.UTC).date()


def in_words(day: dt.date) -> str:
    """A day as people write it."""
    return f"{day.day} {day:%B %Y}"


def data_day(served: Served, period: str) -> dt.date:
    """The first day on which there can be data of a period: its census day; of fixed contents that of its year."""
    return first_day(period) if served.reads is not None and not is_term(period) else census_day(period)


def faults_of_days(name: object, parameters: Mapping[str, object], today: dt.date) -> list[Fault]:
    """Days that cannot be: a request of a day that has not come, or of data that there is only after its day."""
    from kdsp_lib.custodian.served import SERVED

    day, period = read_day(parameters.get("on")), parameters.get("period")
    if day is None:
        return []
    if day > today:
        return [Fault("", f"has not come: it is {in_words(today)}; give that day or an earlier one", "on")]
    served = SERVED.get(report_name(name)) if isinstance(name, str) else None
    if served is None or not isinstance(period, str) or not is_period(period) or data_day(served, period) <= day:
        return []
    first = in_words(data_day(served, period))
    return [Fault("", f"has no data before {first}, and `on` is {in_words(day)}: ask of a later day", "period")]
