"""Each school's own faults and questions by line, to be sent back to it: no school sees another's (clause 7).

What is said of a row is where it stands and what to mend, never what stands there.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kdsp_lib.errors import Fault
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.collecting import collector_at_rest
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.part_loading import check_parts
from kdsp_lib.source.quarantine import aside_of
from kdsp_lib.source.school_census.loading import parts_of, read_returns
from kdsp_lib.source.school_census.query import queries_of
from kdsp_lib.source.workspace import Workspace

Kind = Literal["fault", "set aside", "question"]
HEADER = ("file", "line", "field", "kind", "what")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a school should mend or answer."""

    line: int
    field: str
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class SchoolFindings:
    """All findings of one return; the school by its LAESTAB, or nothing where the file does not say it."""

    file: str
    laestab: str
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Those of which the record, or the whole return, is not loaded."""
        return tuple(each for each in self.findings if each.kind == "fault")

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{self.laestab or Path(self.file).stem}.csv"


@collector_at_rest()
def check_returns(
    workspace: Workspace, source: Path, period: str | None = None
) -> tuple[tuple[SchoolFindings, ...], tuple[Fault, ...]]:
    """What each return of a file or folder has to mend, as if it were loaded; nothing is.

    Besides, what data that was loaded before does wrong together with it.
    """
    returns = read_returns(source, period)
    catalogue = Catalogue.load_or_empty(workspace)
    parts, aside = parts_of(catalogue, returns)
    others = check_parts(parts)
    made = []
    for one in returns:
        faults = [Finding(line, fault.field, "fault", fault.text) for line, fault in one.file.found]
        kept = [Finding(each.line, "UPN", "set aside", each.reason) for each in aside if each.made is one]
        asked = [Finding(line, field, "question", text) for line, field, text in queries_of(one)]
        made.append(SchoolFindings(one.file.name, one.laestab, tuple(sorted({*faults, *kept, *asked}))))
    return tuple(made), tuple(others)


def findings_kept(catalogue: Catalogue) -> tuple[SchoolFindings, ...]:
    """What is set aside of the current data sets, by school and file."""
    found: dict[tuple[str, str], set[Finding]] = defaultdict(set)
    for dataset in catalogue.current:
        for each in aside_of(catalogue.data, dataset):
            kind: Kind = "question" if each.by else "set aside"
            found[each.school, each.file or str(dataset)].add(Finding(each.line, each.field, kind, each.text))
    return tuple(SchoolFindings(file, school, tuple(sorted(those))) for (school, file), those in sorted(found.items()))


def write_findings(found: Sequence[SchoolFindings], into: Path) -> int:
    """Write a file for each school that has findings, of that school's alone; how many."""
    files: dict[str, list[SchoolFindings]] = defaultdict(list)
    for school in found:
        if school.findings:
            files[school.name].append(school)
    for name, those in files.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(HEADER)
        for school in those:
            for each in school.findings:
                writer.writerow((_plain(school.file), each.line or "", each.field, each.kind, each.text))
        write_atomically(into / _plain(name), b"\xef\xbb\xbf" + text.getvalue().encode(), mode=0o600)
    return len(files)


def _plain(name: str) -> str:
    """A file's name as a text that no spreadsheet runs."""
    return f"'{name}" if name[:1] in "=+-@\t" else name
