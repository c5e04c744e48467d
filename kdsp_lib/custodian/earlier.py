"""What was released before to anyone who could also see this: it stays as it was, and binds what comes after.

At aggregate detail everything is shared with the whole community, so every earlier release about overlapping
establishments counts, and whatever overlaps with those in turn.
"""

from __future__ import annotations

from collections.abc import Mapping

from kdsp_lib.custodian.answering import Answer
from kdsp_lib.custodian.ledger import Entry, Ledger
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.errors import Disclosive


def earlier_releases(ledger: Ledger, opened: Opened) -> list[Answer]:
    """Answers of earlier releases that somebody could hold beside this report, oldest first, each once.

    Raises Disclosive, naming the release, where one was made from other data: what is not compared is not assumed safe.
    """
    entries = list(ledger.entries(kind="release"))
    linked = _linked(entries, frozenset(opened.subjects))
    for entry in linked:
        if dict(entry.body["snapshots"]) != opened.snapshots:
            raise Disclosive(
                f"Release {entry.report} is about some of the same establishments and was made from other data.",
                rule="figures that could be subtracted from earlier ones are compared first",
                remedy="ask for the period of that release; comparing across data sets is not supported yet",
            )
    answers: list[Answer] = []
    for entry in linked:
        for data in entry.body["answers"]:
            answer = Answer.from_json(data)
            if answer not in answers:
                answers.append(answer)
    return answers


def stored_answer(ledger: Ledger, opened: Opened, asked: Mapping[str, object]) -> Answer | None:
    """The answer to equal questions in an earlier release of this very report on the same data, if there is one."""
    for entry in ledger.entries(kind="release", report=opened.id):
        if dict(entry.body["snapshots"]) == opened.snapshots:
            for data in entry.body["answers"]:
                if data["questions"] == asked:
                    return Answer.from_json(data)
    return None


def _linked(entries: list[Entry], subjects: frozenset[str]) -> list[Entry]:
    """The releases whose establishments overlap with these, or with those of such a release, and so on."""
    reached, linked = set(subjects), set[int]()
    while True:
        found = {e.position for e in entries if e.position not in linked and not reached.isdisjoint(e.body["subjects"])}
        if not found:
            return [entry for entry in entries if entry.position in linked]
        linked |= found
        for entry in entries:
            if entry.position in found:
                reached.update(entry.body["subjects"])
