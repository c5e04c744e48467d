"""What the custodian says of a report in words: its front matter, the same in a notebook and in a release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.custodian import own_words
from kdsp_lib.custodian.amending import REVISED
from kdsp_lib.custodian.asked_days import in_words
from kdsp_lib.custodian.comparator import NAMES, alike
from kdsp_lib.custodian.protecting import EFFORT
from kdsp_lib.custodian.served import SERVED
from kdsp_lib.errors import Fault
from kdsp_lib.model.question import OWN
from kdsp_lib.model.table import Statistic
from kdsp_lib.protect.system import Effort
from kdsp_lib.protocol.terms import terms_of_use
from kdsp_lib.protocol.vocabulary import months_later
from kdsp_lib.source.catalogue import DataSet
from kdsp_lib.source.contract import contract_of
from kdsp_lib.source.environment import libraries
from kdsp_lib.source.period import is_school_year
from kdsp_lib.source.published import PUBLISHED
from kdsp_lib.source.sample import REGISTRATIONS, tables_of
from kdsp_lib.source.tables import LATER_CENSUS

if TYPE_CHECKING:
    from kdsp_lib.custodian.amending import Amendment
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.model.table import Statistic
from kdsp_lib.model.question import Question

_WHO_IS_COMPARED = "{name}: {others}, those that have signed the protocol, this one among them"
MONTHS_KEPT = 24
"""How long an output is kept whose permit nothing ends: as long as what is recorded one by one holds."""
NOT_TO_PROMOTE = "not to promote one establishment over another"
"""What a request that is permitted stated of its use: another is refused (6)."""
ZEROS = " Zeros may be among the withheld figures."
ROUNDED = (
    " Counts that are shown are rounded to multiples of {base}, so that they add up; the true one may be up to {doubt} "
    "more or less. Percentages are of rounded counts."
)
BUDGET: Mapping[str, Any] = {"effort": EFFORT, **asdict(Effort.named(EFFORT))}
"""How long is looked for fewer cells. What a search did is for the ledger alone: it hangs on what is withheld."""
RECORDS: Mapping[str, str] = {"lawful_basis": "Lawful basis", "gateway": "Gateway", "dpia": "DPIA"}
LEFT_OUT = (
    "Rows of this table are withheld whole, because no way was found to show some of them, beside the other tables and "
    "what was released before, without telling of somebody. They may hold zeros."
)
GAP = "A gap may be 1 in the last place off the difference of the printed figures: those are rounded."
OFF_ROLL = (
    "Pupils with results who are on no roll of the January census count where the summer's census has them, or else "
    "where they were registered last. What no census says of them is not known."
)
OFF_ROLL_LEFT_OUT = (
    "Pupils with results who are on no roll of the January census are not counted: neither the summer's census nor "
    "registrations are loaded, signed off and in time."
)
SPREAD = (
    "How many establishments lie in each band of their own rate: which they are, and at what rate, is told to nobody. "
    "Bands are withheld where few bodies run the establishments in them, or where all establishments would be known to "
    "lie in one."
)
PSEUDONYMS = (
    "A reference is made for this list alone: another recipient, term or list has another for the same pupil. What is "
    "shown of a pupil is shared by {pupils} pupils or more of {controllers} bodies that run establishments or more "
    "({sensitive} for special educational needs), also without the pupils of any one of them. Values that fewer share "
    "are put together or not shown. This is still personal data."
)
CONFINED: Mapping[str, str] = {
    "full": "",
    "partial": "The notebook's kernel was confined in part only: code in it could still read files of whoever ran it.",
    "none": "The notebook's kernel was not confined: code in it could do all that whoever ran it may do.",
}


def beside(releases: Iterable[str]) -> list[Fault]:
    """The earlier releases beside which something cannot be had, as a refusal names them."""
    return [Fault("beside the earlier release", name) for name in releases]


def title(opened: Opened) -> str:
    """The report's title with what it is about."""
    if opened.served.about == "register":
        return f"{opened.served.title} as of {day(str(opened.parameters['on']))}"
    if opened.served.about == "release":
        return f"{opened.served.title}: {audited(opened)}"
    return f"{opened.served.title}: {about(opened)}"


def audited(opened: Opened) -> str:
    """The release that an audit is about, as people call it."""
    body = opened.audited or {}
    served = SERVED.get(str(body.get("name")))
    of = [served.title if served else str(body.get("name")), opened.community.name(str(body.get("recipient")))]
    return ", ".join([*of, *([period(str(body["period"]))] if body.get("period") else [])])


def about(opened: Opened) -> str:
    """Whom the report is about, as people call it."""
    named = opened.parameters[opened.served.about]
    if opened.served.about == "school":
        return opened.community.name(f"establishment:{named}")
    return opened.community.name(named) if named is not None else "the authority"


def whose(opened: Opened, code: str) -> str:
    """Whose pupils stand in a part of a table: the establishment's, or the comparator's of that name."""
    return _others(opened, code).capitalize() if code in NAMES else about(opened)


def _others(opened: Opened, code: str) -> str:
    """Whom a comparator is made of: ``primary schools in the authority``."""
    return f"{alike(own_words.phase_of(opened))} {NAMES[code]}"


def scope(opened: Opened, compared: str | None = None, made_from: Iterable[DataSet] = ()) -> str:
    """Whose pupils are counted, beside whose, and when; what is listed where no pupils are.

    ``made_from``: of a table, the data sets that its figures are of. It is of their year, whatever the report's, and
    provisional where one of them is.
    """
    if opened.served.about == "register":
        return f"The community of the {opened.request.table.title} on {day(str(opened.parameters['on']))}"
    if opened.served.about == "release":
        return audited(opened)
    others = f", beside {_others(opened, compared)}" if compared is not None and compared in NAMES else ""
    return f"{opened.served.whose} {_inner(about(opened))}{others}, {_when(opened, tuple(made_from))}"


def scope_of(question: Question, opened: Opened) -> str:
    """The same of a table made from pupils' records."""
    kinds = {kind for source in MEASURES[question.measure].definition.sources for kind in source.datasets}
    made_from = [each for each in opened.datasets if each.dataset in kinds and _is_of(each, opened.period)]
    return scope(opened, question.compare, made_from)


def _is_of(dataset: DataSet, of: str) -> bool:
    """Whether a data set is of a report's own period, and not of the year or the census beside it."""
    return dataset.period is not None and dataset.period.startswith(of)


def _when(opened: Opened, made_from: Sequence[DataSet]) -> str:
    years = {each.period for each in made_from if each.period and is_school_year(each.period)}
    when = period(years.pop() if len(years) == 1 else opened.period)
    return f"{when} (provisional)" if any(each.status == "provisional" for each in made_from) else when


def period(text: str) -> str:
    """``2025/26-autumn`` as people say it."""
    year, _, term = text.partition("-")
    return f"{term} term {year}" if term else f"school year {year}"


def day(text: str) -> str:
    """A day as people write it."""
    return in_words(dt.date.fromisoformat(text))


def purpose(text: str) -> str:
    """A purpose's slug as words."""
    return text.replace("-", " ").capitalize()


def audience(opened: Opened) -> str:
    """Who may have it: the recipient, and at aggregate detail the whole community."""
    recipient = _receiver(opened)
    if opened.request.detail == "aggregate":
        return f"{recipient}. It may be shared with {opened.request.table.community}."
    return recipient


def _receiver(opened: Opened) -> str:
    """The recipient as people call it."""
    recipient = opened.request.recipient
    return "the signatories of the authority" if recipient == "authority" else opened.community.name(recipient)


def comparators(opened: Opened) -> str:
    """What the establishment's figures may be set beside, or why nothing; empty where a report does not compare."""
    if OWN in opened.compares_with and not opened.comparators and not opened.is_own_data_only:
        return f"none: {own_words.too_few(opened)}"
    return "; ".join(_WHO_IS_COMPARED.format(name=name, others=_others(opened, name)) for name in opened.comparators)


def coverage(opened: Opened) -> str:
    """How many of a place's establishments a report is made from; of those that are not in it how many, never which."""
    in_place, left_out = opened.in_place, opened.left_out
    if not left_out:
        return f"All {in_place} establishments are counted." if in_place > 1 else ""
    others = (
        "The other has not signed the protocol or has"
        if left_out == 1
        else "The others have not signed the protocol or have"
    )
    return f"{in_place - left_out} of {in_place} establishments are counted. {others} withdrawn from it."


def coverage_of_table(opened: Opened) -> str:
    """The same as a table's note, where some are not in it."""
    return coverage(opened) if opened.left_out else ""


def protocol(opened: Opened) -> dict[str, str]:
    """By which protocol it was decided, in which version of our reading of it."""
    request = opened.request
    return {"name": request.protocol, "title": request.table.title, "version": request.table.version}


def decision(opened: Opened) -> dict[str, Any]:
    """The decision as a release tells it: not which members of a group receive or were refused, nor by whose act."""
    return {key: value for key, value in opened.decision.to_json().items() if key != "recipients"}


def rules(opened: Opened, *, zeros_hidden: bool) -> str:
    """What is withheld and rounded, as it stands on every table."""
    base = 0 if opened.is_aggregate else opened.policy.round_to
    rounded = ROUNDED.format(base=base, doubt=2 * base - 1) if base else ""
    return own_words.note(opened) + (ZEROS if zeros_hidden else "") + rounded


def of_question(question: Question, opened: Opened, own: Sequence[Statistic]) -> list[str]:
    """What a reader must know of a table beside what holds for all: of its kind, and of what is published beside it.

    ``own``: its statistics.
    """
    reference = opened.reference(question, own)
    of_kind = {"gap": [GAP], "spread": [SPREAD]}.get(question.kind, [])
    return [*of_kind, *([reference.note] if reference else []), *_off_roll(question, opened)]


def _off_roll(question: Question, opened: Opened) -> list[str]:
    """What became of pupils with results who are on no roll of the census day, where results are told of."""
    if not MEASURES[question.measure].of_results or not is_school_year(opened.period):
        return []
    places = {LATER_CENSUS, REGISTRATIONS} & set(tables_of(opened.snapshots, opened.period))
    return [OFF_ROLL if places else OFF_ROLL_LEFT_OUT]


def disclosure_note(opened: Opened, *, zeros_hidden: bool) -> str:
    """What is withheld and rounded, and by which policy where figures of pupils are."""
    policy = f" Disclosure policy: {opened.policy.stamp}." if opened.served.is_about_pupils else ""
    return rules(opened, zeros_hidden=zeros_hidden) + policy


def terms(opened: Opened) -> str:
    """The terms of use of what is made from this report, a line a sentence."""
    end = destroy_by(opened)
    contact = opened.community.name(opened.requester)
    return terms_of_use(opened.request.protocol).printed(destroy_by=day(end.isoformat()), contact=contact)


def destroy_by(opened: Opened) -> dt.date:
    """The day by which what is made from this report is destroyed: when the permit ends, or after a time."""
    return opened.decision.retain_until or months_later(opened.request.on, MONTHS_KEPT)


def sources(opened: Opened) -> list[dict[str, str]]:
    """The data sets, with vintage and status."""
    record = opened.served.reads.record if opened.served.reads else ""
    if record:
        return [{"name": record, "vintage": f"as of {day(str(opened.parameters['on']))}", "status": "as recorded"}]
    return [
        {"name": _dataset(dataset), "vintage": dataset.edition, "status": _status(dataset, opened)}
        for dataset in opened.datasets
    ]


def kind_of_data(name: str) -> str:
    """What a kind of data set is called within a sentence."""
    title = contract_of(name).title
    return title[:1].lower() + title[1:]


def _dataset(dataset: DataSet) -> str:
    published = PUBLISHED.get(dataset.dataset)
    if published is not None:
        name = published.title
    else:
        name = contract_of(dataset.dataset).title if "-" in dataset.dataset else dataset.dataset.capitalize()
    return name if dataset.period is None else f"{name}, {period(dataset.period)}"


def _status(dataset: DataSet, opened: Opened) -> str:
    """Of a request that may have only what is signed off, it is: by its owner, or by every establishment in it."""
    signed = "signed off" if dataset.signed_off or opened.request.is_signed_off else "not yet signed off"
    return f"{dataset.status}, {signed}" if dataset.status else signed


def _about_label(opened: Opened) -> str:
    """What the scope is called in a report's front matter."""
    if not opened.served.is_about_pupils:
        return "What is in it"
    return "Whose pupils" if opened.served.reads is None else "About"


def opened(opened: Opened, confinement: str) -> dict[str, Any]:
    """What a notebook shows of the report it opened. Nothing in it changes from run to run."""
    decision = opened.decision
    facts = [
        ("Recipient", _receiver(opened)),
        ("Purpose", purpose(opened.request.purpose)),
        ("Stated use", NOT_TO_PROMOTE),
        ("On", day(str(opened.parameters["on"]))),
        ("Decision", f"permitted under {', '.join(decision.clauses)} of the protocol"),
        ("Obliges to", ", ".join(decision.obligations)),
        (_about_label(opened), scope(opened)),
    ]
    data = "; ".join(f"{s['name']} ({s['vintage']}, {s['status']})" for s in sources(opened))
    facts += [("Data", data)] if data else []
    facts += [("Comparators", text)] if (text := comparators(opened)) else []
    facts += [("Coverage", text)] if (text := coverage(opened)) else []
    facts += [("Own data only", text)] if (text := own_words.without_comparison(opened)) else []
    facts += [("Own figures", own_words.note(opened))] if opened.whole_for else []
    facts += [(label, getattr(opened.records, name)) for name, label in RECORDS.items()]
    facts.append(("Terms of use", terms(opened).removeprefix("Terms of use, ").replace("\n", " ")))
    if CONFINED[confinement]:
        facts.append(("Confinement", f"{confinement}. {CONFINED[confinement]}"))
    return {"title": title(opened), "facts": [list(fact) for fact in facts]}


def release(opened: Opened, report: OpenReport, notebook: str, amendment: Amendment | None = None) -> dict[str, Any]:
    """All that a release is made of but the notebook itself: tables, counts, decision, words and pins."""
    zeros = any(answer.zeros_hidden for answer in report.answers)
    end = opened.decision.retain_until
    return {
        "id": opened.id,
        "title": f"{title(opened)}{REVISED if amendment else ''}",
        "report": opened.name,
        "tables": [table.to_json() for table in report.tables],
        "counts": [count for answer in report.answers for count in answer.counts],
        "listings": [listing.to_json() for listing in report.listings.values()],
        "attachments": {} if report.contents is None else dict(report.contents.files),
        "decision": decision(opened),
        "parameters": dict(opened.parameters),
        "audience": audience(opened),
        "purpose": purpose(opened.request.purpose),
        "scope": scope(opened),
        "terms": terms(opened),
        "terms_version": terms_of_use(opened.request.protocol).version,
        "records": opened.records.to_json(),
        "marking": own_words.marking(opened),
        "contact": opened.community.name(opened.requester),
        "sources": sources(opened),
        "disclosure_note": disclosure_note(opened, zeros_hidden=zeros),
        "coverage_note": coverage(opened) or own_words.without_comparison(opened),
        "revision_note": amendment.in_words if amendment else "",
        "confinement_note": CONFINED[report.confinement],
        "retain_until": end.isoformat() if end else None,
        "facts": {
            "notebook": notebook,
            "requester": opened.requester,
            "protocol": protocol(opened),
            "on": str(opened.parameters["on"]),
            "promotional": opened.request.is_promotional,
            "stated_use": NOT_TO_PROMOTE,
            "destroy_by": destroy_by(opened).isoformat(),
            "confinement": report.confinement,
            "disclosure_policy": {**own_words.policy(opened), "zeros": "hidden" if zeros else "printed"},
            **own_words.identifiable(opened),
            "search_budget": BUDGET,
            "libraries": dict(libraries()),
            "published": report.published,
            "compared_with": sorted({name for answer in report.answers for name in answer.compared_with}),
            "editions": sorted({answer.edition for answer in report.answers if answer.edition}),
            **({"amends": amendment.to_json()} if amendment else {}),
        },
    }


def _inner(text: str) -> str:
    return text[:1].lower() + text[1:] if text.startswith("All of") else text
