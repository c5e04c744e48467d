"""What a notebook asks: a measure by its name, however its words are joined."""

from kdsp_lib.report.session import Report


def test_a_measures_name_may_be_written_with_underscores():
    """As Python joins words: both are the same question, so that neither is asked twice."""
    written = Report.rate(None, "persistent_absence", by=["phase"])
    assert written == Report.rate(None, "persistent-absence", by=["phase"])
