"""Small transfer files, as a school's system writes them; and the same by our own writer."""

from __future__ import annotations

from datetime import date

from kdsp_lib.source.transfer_file.writing import Leaver, Transfer

PUPIL = {
    "pupil_key": "p1", "upn": "F340200024017", "upn_status": "permanent", "surname": "O'Brien & Sons",
    "forename": "Aoife", "dob": date(2015, 5, 3), "sex": "F", "postcode": "ZZ1 1AA", "idaci_decile": 3,
}  # fmt: skip
SPELL = {
    "pupil_key": "p1", "urn": "990001", "entry_date": date(2020, 9, 1), "leave_date": date(2026, 1, 9),
    "enrol_status": "C", "ncyear": "5",
}  # fmt: skip
TABLES_CHECK = {
    "stage": "KS2", "subject": "MAT", "method": "TT", "component": "MTC", "qualifier": "MT", "result": "25",
    "year": "2024/25",
}  # fmt: skip


def transfer(*, destination: str = "0012001", is_at_risk: bool = False, **changes: object) -> Transfer:
    """A file of one pupil who leaves the school 001 2000."""
    leaver = Leaver(
        {**PUPIL, **changes}, SPELL, [{"upn": "C34020501902A"}], None,
        [{"possible": 100, "authorised": 3, "unauthorised": 1}], [TABLES_CHECK], is_at_risk,
    )  # fmt: skip
    return Transfer("0012000", "One", destination, [leaver], date(2026, 1, 19))
