"""One file of pupils in XML, its header first: read pupil by pupil. Every fault is gathered with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kdsp_lib.source.pupil_return import Aside, PupilReturn, Row
from kdsp_lib.source.xml_fields import SEXES, Fields, Paths
from kdsp_lib.source.xml_reading import Record, XmlFile, records


def read_pupils(
    path: Path,
    kind: str,
    header: str,
    pupils: tuple[str, ...],
    read_header: Callable[[Record, PupilReturn], None],
    read_pupil: Callable[[Record, PupilReturn], None],
    about: str = "pupils",
) -> PupilReturn:
    """What a file says, with all its faults; :class:`~kdsp_lib.errors.BadSource` where it is no file to read.

    ``pupils``: the elements of which each is one pupil. A header that was read whole says of which school the file is.
    """
    made = PupilReturn(XmlFile(path.name), about=about)
    for record in records(path, (header, *pupils), made.file):
        if record.name == header:
            read_header(record, made)
        elif not made.laestab:
            if not made.file.found:
                made.file.fault(f"has pupils before its {header}", record.line)
            return made
        else:
            before = len(made.file.found)
            read_pupil(record, made)
            number = sum(made.seen[name] for name in pupils)
            for line, fault in made.file.found[before:]:
                made.aside.append(Aside(line, fault.field, fault.text, made.about, number))
    made.pupils = sum(made.seen[name] for name in pupils)
    if not made.file.found and not made.laestab:
        made.file.fault(f"has no {header}: is it a {kind}?")
    elif not made.file.found and not made.seen:
        made.file.fault(f"has no {pupils[0]}" if len(pupils) == 1 else f"has no pupil: neither {' nor '.join(pupils)}")
    return made


class PupilFields(Fields):
    """Reads one pupil of a file: each row it makes has its line, and the pupil's number within the file."""

    def __init__(self, record: Record, made: PupilReturn, paths: Paths, pupils: tuple[str, ...]) -> None:
        super().__init__(record, made.file, paths)
        self.made = made
        made.seen[record.name] += 1
        self.number = sum(made.seen[name] for name in pupils)

    def identity(self) -> Row:
        """Who the pupil is."""
        return self.row(
            upn=self.upn(),
            former_upns=self.upns("former_upn"),
            surname=self.text("surname"),
            forename=self.text("forename", needed=False),
            dob=self.day("dob"),
            sex=self.coded("sex", SEXES),
            postcode=self.text("postcode", needed=False),
        )

    def row(self, *, line: int = 0, **values: Any) -> Row:
        """A row of this pupil's, of this line or of the record's."""
        return {"line": line or self.record.line, "pupil": self.number, **values}
