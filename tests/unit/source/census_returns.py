"""Small School Census returns, written as a school's system writes them."""

from __future__ import annotations

from pathlib import Path

UPNS = ("F340200024017", "Q340461520001", "G340205019123", "B801200005001")
TEMPORARY = ("C34020501902A", "N34046112300B")
ESTABLISHMENTS = (
    "urn,laestab,name,phase,type_group,trust,gender,low_age,high_age,capacity,ward,open_date\n"
    "990001,0012000,One,primary,Maintained,,mixed,4,11,210,W,1990-09-01\n"
    "990002,0012001,Two,primary,Maintained,,mixed,4,11,210,W,1990-09-01\n"
    "990003,0011100,Three,pru,Maintained,,mixed,11,16,60,W,1990-09-01\n"
    "990004,0012000,One Academy,primary,Academies,A Trust,mixed,4,11,210,W,2026-03-01\n"
)
TERMS = {"AUT": "2025-10-02", "SPR": "2026-01-15", "SUM": "2026-05-21"}
AFTER = {"AUT": "2026-10-01", "SPR": "2027-01-21", "SUM": "2027-05-20"}
"""The census days after free school meals were given to more."""


def pupil(upn: str = UPNS[0], *, gone: str = "", extra: str = "", **said: str | None) -> str:
    """One pupil; ``gone`` is the leaving date of one no longer on roll. A field of None is left out."""
    values: dict[str, str | None] = {
        "UPN": upn, "Surname": "Ashdown", "Forename": "Ava", "Sex": "F", "DOB": "2017-05-03", "EnrolStatus": "C",
        "EntryDate": "2021-09-01", "NCyearActual": "4", "Ethnicity": "WBRI", "Language": "ENG", "SENprovision": "N",
        "PostCode": "ZZ1 1AA", "ServiceChild": "N", "YoungCarer": "N", "LeavingDate": gone or None, **said,
    }  # fmt: skip

    def fields(*names: str) -> str:
        return "".join(f"<{name}>{values[name]}</{name}>" for name in names if values.get(name) is not None)

    tag = "PupilNoLongerOnRoll" if gone else "PupilOnRoll"
    meals = said.get("meals") or ""
    needs = said.get("needs") or ""
    return (
        f"<{tag}><PupilIdentifiers>{fields('UPN', 'FormerUPN', 'Surname', 'Forename', 'Sex', 'DOB')}</PupilIdentifiers>"
        f"<PupilCharacteristics>{fields('Ethnicity', 'Language', 'ServiceChild', 'YoungCarer')}{meals}"
        f"</PupilCharacteristics>"
        f"<PupilStatus>{fields('EnrolStatus', 'EntryDate', 'LeavingDate', 'NCyearActual')}</PupilStatus>"
        f"<SpecialEducationalNeeds>{fields('SENprovision')}{needs}</SpecialEducationalNeeds>"
        f"<HomeInformation><Address>{fields('PostCode')}</Address></HomeInformation>{extra}</{tag}>"
    )


def meals(first: str, last: str = "", country: str = "ENG") -> str:
    """A spell of free school meals."""
    end = f"<FSMendDate>{last}</FSMendDate>" if last else ""
    return f"<FSMeligibility><FSMstartDate>{first}</FSMstartDate>{end}<UKcountry>{country}</UKcountry></FSMeligibility>"


def attendance(possible: int, tag: str = "TermlyAttendance", **by_reason: int) -> str:
    """Sessions of a term, by reason."""
    details = "".join(
        f"<SessionDetail><AttendanceReason>{reason}</AttendanceReason><AbsenceSessions>{count}</AbsenceSessions>"
        "</SessionDetail>"
        for reason, count in by_reason.items()
    )
    return f"<{tag}><SessionsPossible>{possible}</SessionsPossible><SessionDetails>{details}</SessionDetails></{tag}>"


def exclusion(start: str, category: str = "SUSP", sessions: str = "4", *reasons: str) -> str:
    """One suspension or exclusion."""
    said = "".join(f"<Reason>{reason}</Reason>" for reason in reasons or ("DB",))
    return (
        f"<TermlyExclusion><Category>{category}</Category>{said}<StartDate>{start}</StartDate>"
        f"<ActualNumberOfSessions>{sessions}</ActualNumberOfSessions></TermlyExclusion>"
    )


def a_return(
    *pupils: str, term: str = "SPR", estab: str = "2000", collection: str = "SC", day: str | None = None
) -> str:
    """A return of the school with that number of authority 001: a line a pupil, the header above them."""
    on_roll = "\n".join(each for each in pupils if each.startswith("<PupilOnRoll>"))
    gone = "\n".join(each for each in pupils if not each.startswith("<PupilOnRoll>"))
    day = day or TERMS[term]
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Message><Header><CollectionDetails>'
        f"<Collection>{collection}</Collection><Term>{term}</Term><Year>{day[:4]}</Year>"
        f"<ReferenceDate>{day}</ReferenceDate></CollectionDetails><Source><LEA>001</LEA><Estab>{estab}</Estab></Source>"
        f"</Header><Pupils><PupilsOnRoll>\n{on_roll}\n</PupilsOnRoll><PupilsNoLongerOnRoll>\n{gone}\n"
        "</PupilsNoLongerOnRoll></Pupils></Message>\n"
    )


def written(folder: Path, *texts: str) -> Path:
    """The returns as files a.xml, b.xml and so on of a folder."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in zip("abcdef", texts, strict=False):
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    return folder
