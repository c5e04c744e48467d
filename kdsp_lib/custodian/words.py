"""What the custodian says of a report in words: its front matter, the same in a notebook and in a release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kdsp_lib.source.catalogue import DataSet

if TYPE_CHECKING:
    from kdsp_lib.custodian.desk import OpenReport
    from kdsp_lib.custodian.opening import Opened

TITLES: Mapping[str, str] = {"area-profile": "Area profile"}
TERMS = (
    "Use this in a professional manner, to support each other and to improve what is achieved for children and young "
    "people (principle 5). It may not be used to promote one establishment at the expense of another (principle 6)."
)
DISCLOSURE = (
    "Counts of 1 to 5 pupils are withheld, and so are figures from fewer than 3 bodies that run establishments, or "
    "mostly from one; others are withheld so that these cannot be worked out. Withheld figures are marked [c]."
)
ZEROS = " Zeros may be among the withheld figures."
RETAIN = "retain-until: "
CONFINED: Mapping[str, str] = {
    "full": "",
    "partial": "The notebook's kernel was confined in part only: code in it could still read files of whoever ran it.",
    "none": "The notebook's kernel was not confined: code in it could do all that whoever ran it may do.",
}


def title(opened: Opened) -> str:
    """The report's title with what it is about."""
    return f"{TITLES[opened.name]}: {about(opened)}"


def about(opened: Opened) -> str:
    """Whom the report is about, as people call it."""
    group = opened.parameters["group"]
    return opened.community.name(group) if group is not None else "all of the authority"


def scope(opened: Opened) -> str:
    """Whose pupils are counted, and when."""
    return f"Pupils on roll in {_inner(about(opened))}, {period(opened.period)}"


def period(text: str) -> str:
    """``2025/26-autumn`` as people say it."""
    year, _, term = text.partition("-")
    return f"{term} term {year}" if term else f"school year {year}"


def day(text: str) -> str:
    """A day as people write it."""
    found = dt.date.fromisoformat(text)
    return f"{found.day} {found:%B %Y}"


def purpose(text: str) -> str:
    """A purpose's slug as words."""
    return text.replace("-", " ").capitalize()


def audience(opened: Opened) -> str:
    """Who may have it: the recipient, and at aggregate detail the whole community."""
    recipient = opened.community.name(opened.request.recipient)
    if opened.request.detail == "aggregate":
        return f"{recipient}. It may be shared with the Knowsley educational community (principle 4)."
    return recipient


def coverage(opened: Opened) -> str:
    """How many establishments were left out, not which; empty where none was."""
    left_out = len(opened.request.subjects) - len(opened.subjects)
    if left_out == 0:
        return ""
    who = "1 establishment is" if left_out == 1 else f"{left_out} establishments are"
    return f"{who} not in these figures, because it has not signed the protocol or has left it."


def sources(opened: Opened) -> list[dict[str, str]]:
    """The data sets, with vintage and status."""
    return [
        {"name": _dataset(dataset), "vintage": dataset.vintage, "status": _status(dataset)}
        for dataset in opened.datasets
    ]


def _dataset(dataset: DataSet) -> str:
    name = dataset.dataset.capitalize()
    return name if dataset.period is None else f"{name}, {period(dataset.period)}"


def _status(dataset: DataSet) -> str:
    return "signed off" if dataset.signed_off else "not yet signed off"


def opened(opened: Opened, confinement: str) -> dict[str, Any]:
    """What a notebook shows of the report it opened. Nothing in it changes from run to run."""
    decision = opened.decision
    facts = [
        ("Recipient", opened.community.name(opened.request.recipient)),
        ("Purpose", purpose(opened.request.purpose)),
        ("On", day(str(opened.parameters["on"]))),
        ("Decision", f"permitted under {', '.join(decision.clauses)} of the protocol"),
        ("Obliges to", ", ".join(decision.obligations)),
        ("Whose pupils", scope(opened)),
        ("Data", "; ".join(f"{s['name']} ({s['vintage']}, {s['status']})" for s in sources(opened))),
    ]
    left_out = coverage(opened)
    if left_out:
        facts.append(("Coverage", left_out))
    if CONFINED[confinement]:
        facts.append(("Confinement", f"{confinement}. {CONFINED[confinement]}"))
    return {"title": title(opened), "facts": [list(fact) for fact in facts]}


def release(opened: Opened, report: OpenReport, notebook: str) -> dict[str, Any]:
    """All that a release is made of but the notebook itself: tables, counts, decision, words and pins."""
    zeros = any(answer.zeros_hidden for answer in report.answers)
    ends = [text.removeprefix(RETAIN) for text in opened.decision.obligations if text.startswith(RETAIN)]
    return {
        "id": opened.id,
        "title": title(opened),
        "report": opened.name,
        "tables": [table for answer in report.answers for table in answer.tables],
        "counts": [count for answer in report.answers for count in answer.counts],
        "decision": opened.decision.to_json(),
        "parameters": dict(opened.parameters),
        "audience": audience(opened),
        "purpose": purpose(opened.request.purpose),
        "scope": scope(opened),
        "terms": TERMS,
        "marking": "OFFICIAL",
        "contact": opened.community.name(opened.requester),
        "sources": sources(opened),
        "disclosure_note": DISCLOSURE + (ZEROS if zeros else ""),
        "coverage_note": coverage(opened),
        "confinement_note": CONFINED[report.confinement],
        "retain_until": min(ends) if ends else None,
        "facts": {
            "notebook": notebook,
            "requester": opened.requester,
            "on": str(opened.parameters["on"]),
            "confinement": report.confinement,
            "searches": [answer.search for answer in report.answers],
            "compared_with": sorted({name for answer in report.answers for name in answer.compared_with}),
        },
    }


def _inner(text: str) -> str:
    return text[:1].lower() + text[1:] if text.startswith("All of") else text
