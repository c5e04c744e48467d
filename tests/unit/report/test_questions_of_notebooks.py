"""What a notebook asks: a measure by its name, however its words are joined."""

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.report.session import Report
from kdsp_lib.report.table import Table


def test_a_measures_name_may_be_written_with_underscores():
    """As Python joins words: both are the same question, so that neither is asked twice."""
    written = Report.rate(None, "persistent_absence", by=["phase"])
    assert written == Report.rate(None, "persistent-absence", by=["phase"])


def test_so_may_a_breakdown():
    written = Report.count(None, "pupils", by=["year_group", "ethnicity_group"])
    assert written == Report.count(None, "pupils", by=["year-group", "ethnicity-group"])


def test_what_is_no_question_is_named_with_how_to_write_it(counts):
    """All at once; a table that was answered before is no question, as ``report.trend`` gives one."""
    with pytest.raises(BadParameters) as refusal:
        Report(None, {}).tables(pupils=Report.count(None, "pupils"), c=Table.from_wire(counts), d="absence", e=None)
    told = {fault.field: fault.text for fault in refusal.value.faults}
    assert set(told) == {"c", "d", "e"}
    assert "show it in a cell of its own" in told["c"]
    assert "report.count" in told["d"]
