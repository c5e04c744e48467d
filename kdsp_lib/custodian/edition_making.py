"""Making the edition of a period before anybody asks for it, as the first report of the period would."""

from __future__ import annotations

import datetime as dt

from kdsp_lib.custodian.asked_days import real_day
from kdsp_lib.custodian.edition import Edition
from kdsp_lib.custodian.edition_at_hand import Basis, EditionsAtHand
from kdsp_lib.custodian.edition_file import Editions
from kdsp_lib.custodian.tables_at_hand import TablesAtHand
from kdsp_lib.protocol.vocabulary import CATEGORIES
from kdsp_lib.register.database import Database
from kdsp_lib.register.held import holding
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.sample import datasets_for, further_for
from kdsp_lib.source.sign_off import is_signed_off
from kdsp_lib.source.workspace import Workspace


def make_edition(workspace: Workspace, period: str, on: dt.date | None = None) -> Edition:
    """The edition of a period by the register of a day (today, where none is given) and of today.

    Raises BadSource where there are no data of the period, Disclosive where its tables cannot be made safe together.
    """
    basis = basis_on(workspace, period, on)
    editions = EditionsAtHand(Editions(workspace), TablesAtHand(workspace).with_snapshots)
    return editions.of(basis, Catalogue.load(workspace), ())


def basis_on(workspace: Workspace, period: str, on: dt.date | None = None) -> Basis:
    """What such an edition is made of: what is signed off and in time goes into it, as into a report."""
    catalogue = Catalogue.load(workspace)
    with Database(workspace.database) as database:
        register = holding(workspace.register, database).register
    today, then = register.on(real_day()), register.on(on or real_day())
    figured = frozenset(urn for urn in then.standings if then.is_signatory(urn) and today.is_signatory(urn))
    datasets = datasets_for(catalogue, period, may_be_published=False)
    for together in further_for(catalogue, period, CATEGORIES):
        if all(
            each.is_current_on(day.day) and day.is_in_time(str(each)) and is_signed_off(catalogue, each, day, figured)
            for each in together
            for day in (then, today)
        ):
            datasets += together
    return Basis(period, {str(each): each.snapshot for each in datasets}, then, today)
