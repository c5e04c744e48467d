"""Where a Common Transfer File says what: its name, its header, and below one pupil."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

HEADER, PUPIL = "Header", "Pupil"
DOCUMENT = "Common Transfer File"
FILE_NAME = re.compile(
    r"(?P<source>\d{7}|\d{3}LLLL)_CTF_(?P<dest>\d{7}|\d{3}LLLL|X{7}|M{7})_(?P<number>\d{3})", re.ASCII
)
"""Sender, receiver and a running number. An authority sends as 340LLLL; a receiver not known is all X, one outside
maintained schools all M."""

IN_HEADER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "document": ("DocumentName",),
        "version": ("CTFversion",),
        "made": ("DateTime",),
        "la": ("SourceSchool/LEA",),
        "estab": ("SourceSchool/Estab",),
    }
)
IN_PUPIL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "upn": ("UPN",),
        "former_upn": ("BasicDetails/FormerUPN",),
        "surname": ("Surname",),
        "forename": ("Forename",),
        "dob": ("DOB",),
        "sex": ("Sex", "Gender"),
        "postcode": ("Address/PostCode", "Address/Postcode"),
        "ncyear": ("BasicDetails/NCyearActual",),
        "enrol_status": ("BasicDetails/EnrolStatus",),
    }
)
SCHOOLS = "SchoolHistory/School"
STAGES = "StageAssessments/KeyStage"
ASSESSMENT = "StageAssessment"
NOT_KEPT: Mapping[str, str] = MappingProxyType(
    {"SENhistory/SEN": "spells of SEN", "FSMhistory/FSMinstance": "spells of free school meals",
     "Attendance/YearData": "years of attendance", "Contacts/Contact": "contacts", "LookedAfter": "notes of care"}
)  # fmt: skip
"""What is met and counted, and has no table here to go to."""


def tag_of(column: str) -> str:
    """The header's element, as a person finds it in the file."""
    return IN_HEADER[column][0].rpartition("/")[2]
