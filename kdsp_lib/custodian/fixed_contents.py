"""Reports of fixed contents: which of them makes its contents where."""

from __future__ import annotations

from kdsp_lib.custodian.contents import Contents
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.partnership import partnership_report
from kdsp_lib.custodian.published_outcomes import published_outcomes
from kdsp_lib.custodian.transfer_pack import transfer_pack
from kdsp_lib.errors import Broken
from kdsp_lib.source.catalogue import Catalogue


def contents_of(catalogue: Catalogue, opened: Opened, secret: bytes) -> Contents:
    """The contents of a report that was permitted. A report of another kind has none."""
    makers = {
        "ksip-report": partnership_report,
        "ofsted-and-floor": published_outcomes,
        "transfer-pack": transfer_pack,
    }
    maker = makers.get(opened.name)
    if maker is None:
        raise Broken("This report has no contents of its own.")
    return maker(catalogue, opened, secret)
