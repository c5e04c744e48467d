"""Where a School Census return says what: the paths below one pupil, and below the header."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HEADER, ON_ROLL, NO_LONGER = "Header", "PupilOnRoll", "PupilNoLongerOnRoll"

IN_HEADER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "collection": ("CollectionDetails/Collection",),
        "term": ("CollectionDetails/Term",),
        "on": ("CollectionDetails/ReferenceDate",),
        "la": ("Source/LEA",),
        "estab": ("Source/Estab",),
    }
)

IN_PUPIL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "upn": ("PupilIdentifiers/UPN",),
        "former_upn": ("PupilIdentifiers/FormerUPN",),
        "surname": ("PupilIdentifiers/Surname",),
        "forename": ("PupilIdentifiers/Forename",),
        "dob": ("PupilIdentifiers/DOB",),
        "sex": ("PupilIdentifiers/Sex", "PupilIdentifiers/Gender"),
        "postcode": (
            "HomeInformation/Address/PostCode", "HomeInformation/Address/Postcode", "HomeInformation/Postcode",
        ),
        "enrol_status": ("PupilStatus/EnrolStatus",),
        "entry_date": ("PupilStatus/EntryDate",),
        "leave_date": ("PupilStatus/LeavingDate",),
        "ncyear": ("PupilStatus/NCyearActual",),
        "ethnicity": ("PupilCharacteristics/Ethnicity",),
        "language": ("PupilCharacteristics/Language",),
        "service_child": ("PupilCharacteristics/ServiceChild",),
        "young_carer": ("PupilCharacteristics/YoungCarer",),
        "sen_provision": ("SpecialEducationalNeeds/SENprovision",),
    }
)  # fmt: skip
MEALS = ("PupilCharacteristics/FSMeligibility", "FSMeligibility")
NEEDS = "SpecialEducationalNeeds/SENneeds/SENneed"
TERMLY_ATTENDANCE = ("Attendance/TermlyAttendance", "Attendance/SummerHalfTerm2Attendance")
ANNUAL_ATTENDANCE = "Attendance/AnnualAttendance"
EXCLUSIONS = "Exclusions/TermlyExclusion"
EXCLUDED_SESSIONS = ("ActualNumberOfSessions", "SessionsExcluded")
REASON_PATHS = ("Reason", "Reasons/Reason")


def tag_of(column: str) -> str:
    """The element's name, as a person finds it in the file."""
    return {**IN_HEADER, **IN_PUPIL}[column][0].rpartition("/")[2]
