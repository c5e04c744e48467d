"""The reports that are served, as data: what each is about, what it takes, what it may be asked, how it is marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from kdsp_lib.errors import BadParameters
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.protocol.catalogue import CataloguedReport, catalogue_of, report_name
from kdsp_lib.protocol.policy import protocol_named

_ALWAYS: Final = ("recipient", "purpose", "on")
_COUNTED: Final = (
    "Counts of {small} pupils are withheld, and so are figures from fewer than {controllers} bodies that run "
    "establishments, or mostly from one; others are withheld so that these cannot be worked out. Withheld figures are "
    "marked [c]."
)
_COMPARED: Final = (
    "The establishment's own figures are here by agreement of the establishment, or because it receives them itself. "
    "Counts of {small} pupils are withheld all the same. A comparator's figures come from {controllers} or more other "
    "bodies that run establishments, and not mostly from one; others are withheld so that these cannot be worked out. "
    "Withheld figures are marked [c]."
)
_OF_THE_REGISTER: Final = (
    "No pupil and no figure about pupils is here. What the protocol keeps confidential is left out whole: consents to "
    "reports about one establishment, commissions of these, and all of the School Improvement Partnership Framework. "
    "So are duties, stakeholders and legal orders, and the names of people who have not signed."
)
_AUDITED: Final = (
    "What is withheld in the release that this is about is withheld here too: of a figure that could be worked out it "
    "is said that it could, not what it is."
)
_REVIEWED: Final = (
    "What is withheld in the release that this is about is withheld here too, marked [c]. A figure that comes out "
    "otherwise when it is made again is marked, and not told: the old beside the new may tell more than either."
)
_RETURNED: Final = (
    "These are the establishment's own pupils and what it returned of them. Nothing is told of another establishment: "
    "of a pupil registered at two, not even which the other is."
)
_LISTED: Final = "These are the establishment's own pupils: nothing about them is withheld, only columns not asked for."


@dataclass(frozen=True, slots=True)
class Reads:
    """Kinds of data set: those that a report cannot be made without, and those that it can.

    ``years``: of a yearly kind that it can do without, so many school years to that of the period.
    """

    needed: tuple[str, ...]
    further: tuple[str, ...] = ()
    years: int = 1
    record: str = ""
    """What it is made from where that is no data set, in words."""


@dataclass(frozen=True, slots=True)
class Served:
    """One report as it is served. What the catalogue fixes (level, detail, item) is not said again."""

    name: str
    title: str
    about: Literal["group", "school", "register", "release"]
    """Whose pupils: of the signatories of the group in its parameters, or of the one establishment. Of the register,
    or of a release: nobody's."""
    answers: tuple[Literal["tables", "pupils", "lists", "contents"], ...]
    note: str
    """What is withheld, in words, with places for the policy's ``{small}`` counts and fewest ``{controllers}``."""
    marking: str
    categories: frozenset[str] | None = None
    """What its data are about, where the catalogue leaves that to the commission."""
    compares: bool = False
    """Whether figures of others may stand beside the establishment's."""
    own_only: bool = False
    """Whether it goes to the establishment that it is about, and to nobody else."""
    receives: bool = False
    """Whether it is about pupils who go to its recipient: that they do is looked up."""
    suppression: str = "always"
    also: tuple[str, ...] = ()
    """Parameters of its own, beside those of every report."""
    reads: Reads | None = None
    """The data sets of a report of fixed contents; of others they follow from its period."""
    whose: str = "Pupils on roll in"
    """The beginning of its scope in words."""

    @property
    def is_about_pupils(self) -> bool:
        """Whether pupils' data are read for it."""
        return self.about in ("group", "school")

    @property
    def may_be_whole(self) -> bool:
        """Whether its figures are of one establishment, and can be told whole to it, or by a recorded duty (3)."""
        return self.about == "school" and "tables" in self.answers

    @property
    def required(self) -> tuple[str, ...]:
        """What has to be given of it."""
        own = (self.about, "period") if self.is_about_pupils else ("release",) if self.about == "release" else ()
        return (*own, *_ALWAYS, *self.also)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What it takes, and nothing else: what has to be given, the use that it is meant for (6), and how small counts
        are told where that can be asked."""
        return (*self.required, "promotional", *(("suppression",) if self.may_be_whole else ()))

    def withheld(self, policy: DisclosurePolicy) -> str:
        """What is withheld, in words, by this policy."""
        return self.note.format(small=policy.small_counts, controllers=policy.controllers)

    def catalogued(self, protocol: str) -> CataloguedReport:
        """What a protocol's catalogue fixes of it; BadParameters where that has no such report."""
        found = catalogue_of(protocol).get(self.name)
        if found is None:
            title = protocol_named(protocol).table.title
            raise BadParameters(f"The {title} has no report {self.name}.", remedy="see its reports.toml")
        return found


_PUBLISHED: Final = (
    "These are published outcomes of establishments, and whether standards catch them. A number of {small} pupils on "
    "roll is left out."
)
_PACKED: Final = (
    "These are pupils of the establishment who are confirmed to go to the recipient, and nobody else. Where a pupil "
    "lives and was before is withheld where the establishment was told to."
)
_RECORDED: Final = "This is what the authority recorded of the establishment. It may not tell of {small} pupils."
_ALL: Final = (
    Served("area-profile", "Area profile", "group", ("tables",), _COUNTED, "OFFICIAL"),
    Served("area-outcomes", "Outcomes of an area", "group", ("tables",), _COUNTED, "OFFICIAL"),
    Served("attendance-area", "Attendance of an area", "group", ("tables",), _COUNTED, "OFFICIAL"),
    Served(
        "attendance-termly",
        "Attendance of a school",
        "school",
        ("tables",),
        _COMPARED,
        "OFFICIAL-SENSITIVE",
        compares=True,
    ),
    Served(
        "bespoke-school",
        "School report",
        "school",
        ("tables",),
        _COMPARED,
        "OFFICIAL-SENSITIVE",
        categories=frozenset({"pupil-characteristics", "attendance", "sen"}),
        compares=True,
    ),
    Served(
        "commissioned-analysis",
        "Commissioned analysis",
        "group",
        ("tables",),
        _COUNTED,
        "OFFICIAL",
        categories=frozenset({"pupil-characteristics", "attainment", "attendance", "exclusions", "sen"}),
    ),
    Served(
        "cluster-vulnerable",
        "Vulnerable groups",
        "group",
        ("tables", "pupils"),
        _COUNTED,
        "OFFICIAL-SENSITIVE (personal data)",
    ),
    Served(
        "ksip-report",
        "School Improvement Partnership",
        "school",
        ("contents",),
        _RECORDED,
        "OFFICIAL-SENSITIVE",
        reads=Reads((), record="Record of the School Improvement Partnership"),
        whose="Record of",
    ),
    Served(
        "ofsted-and-floor",
        "Inspections and standards",
        "group",
        ("contents",),
        _PUBLISHED,
        "OFFICIAL",
        also=("thresholds",),
        reads=Reads(("establishments", "ofsted-inspections"), ("threshold-sets", "school-measures"), years=3),
        whose="Schools of",
    ),
    Served(
        "data-quality-return",
        "Data quality return",
        "school",
        ("lists",),
        _RETURNED,
        "OFFICIAL-SENSITIVE (personal data)",
        categories=frozenset({"pupil-characteristics", "sen", "attendance", "attainment"}),
        own_only=True,
        suppression="when-required",
    ),
    Served(
        "pupil-report",
        "Pupil report",
        "school",
        ("pupils",),
        _LISTED,
        "OFFICIAL-SENSITIVE (personal data)",
        own_only=True,
        suppression="when-required",
    ),
    Served("disclosure-audit", "Disclosure audit", "release", ("lists",), _AUDITED, "OFFICIAL-SENSITIVE"),
    Served("rerun-review", "Rerun review", "release", ("lists",), _REVIEWED, "OFFICIAL-SENSITIVE"),
    Served("signatory-register", "Register of signatories", "register", ("lists",), _OF_THE_REGISTER, "OFFICIAL"),
    Served(
        "transfer-pack",
        "Transfer pack",
        "school",
        ("contents",),
        _PACKED,
        "OFFICIAL-SENSITIVE (personal data)",
        receives=True,
        reads=Reads(
            ("establishments", "pupils", "registrations", "census", "transfers"),
            ("attendance", "suspensions", "results", "former-upns", "school-days"),
            years=12,
        ),
        whose="Pupils who leave",
    ),
)
SERVED: Final[Mapping[str, Served]] = MappingProxyType({served.name: served for served in _ALL})


def served_report(name: object) -> Served:
    """The report of that name; BadParameters that names those that are served."""
    served = SERVED.get(report_name(name)) if isinstance(name, str) else None
    if served is None:
        raise BadParameters(f"There is no report {str(name)[:60]!r} to open.", remedy=f"one of {', '.join(SERVED)}")
    return served
