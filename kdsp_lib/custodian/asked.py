"""What a question was about, for the access log: the kind of report, whom it is about, who is to have it; and, of a
draft or of what was refused, what was asked for.

It is kept sealed, every entry alike: encrypted by a key made of the custodian's secret, so that nobody reads it in the
database, nor tells there which entries are confidential. Who asked is shown it; so are a registrar and an information
owner, but of a confidential act the head concerned and the lead of the framework alone (12).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.custodian.ledger_entry import canonical
from kdsp_lib.custodian.opening import check_parameters
from kdsp_lib.custodian.own_words import BY_DUTY
from kdsp_lib.custodian.where_used import MAY_ASK
from kdsp_lib.errors import KdspError
from kdsp_lib.model.question import Question
from kdsp_lib.protocol.catalogue import CATALOGUE
from kdsp_lib.register.confidential import ITEM, LEAD

if TYPE_CHECKING:
    from kdsp_lib.custodian.open_report import OpenReport, Run
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.custodian.sessions import Session

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
"""A question of which nothing is known."""
_NONCE: Final = 12
_LONGEST: Final = 4000
_OPENING: Final = ("begin", "open")
_FURTHER: Final = ("kind", "table", "measure", "years")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one question was about."""

    report: str
    """The kind of report."""
    subject: str
    """The group or the establishment; empty where it is about the whole authority."""
    recipient: str
    words: str = ""
    """What was asked for, in one spelling: never a figure."""
    is_confidential: bool = False

    def is_shown_to(self, viewer: str, roles: Collection[str], asker: str) -> bool:
        """Whether somebody may see it."""
        if viewer == asker:
            return True
        if self.is_confidential:
            return LEAD in roles or viewer == self.subject
        return bool(set(MAY_ASK) & set(roles))


class About(NamedTuple):
    """The id of the report that a question was about, empty where none was open; and what is sealed of it."""

    report: str
    asked: Asked | None


def about_of(
    session: Session | None, run: Run | None, action: str, question: Mapping[str, Any], *, is_answered: bool
) -> About:
    """What a question was about. Of an answer that is no draft the ledger has the words."""
    if session is None:
        return About("", None)
    report: OpenReport | None = session.report
    opened = report.opened if report else run.opened if run else None
    in_words = not is_answered or (report is not None and report.is_draft)
    asked = asked_in(opened, action, question, in_words=in_words)
    return About(opened.id if opened else session.about, asked)


def asked_in(opened: Opened | None, action: str, question: Mapping[str, Any], *, in_words: bool) -> Asked | None:
    """What a question was about, by the report that is open or that it would open; None where it is about none."""
    if opened is not None:
        name, about, parameters = opened.name, opened.served.about, opened.parameters
        audited = str((opened.audited or {}).get("name"))
    elif action in _OPENING:
        try:
            named = question.get("report", question.get("notebook"))
            served, parameters = check_parameters(named, question.get("parameters"))
        except KdspError:
            return None
        name, about, audited = served.name, served.about, ""
    else:
        return None
    subject = str(parameters.get(about) or "")
    words = [BY_DUTY] if opened is not None and opened.whole_for == "officers" else []
    words += [_words(action, question)] if in_words else []
    return Asked(
        name,
        f"establishment:{subject}" if about == "school" else subject,
        str(parameters.get("recipient") or ""),
        " ".join(filter(None, words))[:_LONGEST],
        any(each in CATALOGUE and CATALOGUE[each].item == ITEM for each in (name, audited)),
    )


def seal(asked: Asked, secret: bytes) -> str:
    """For the database: only who has the custodian's secret opens it again."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(
        nonce + _cipher(secret).encrypt(nonce, canonical(asdict(asked)).encode(errors="surrogatepass"), None)
    ).decode()


def unseal(sealed: str, secret: bytes) -> Asked | None:
    """What was sealed; None where there is nothing, or it was sealed by another secret."""
    from cryptography.exceptions import InvalidTag

    content = base64.b64decode(sealed)
    try:
        return Asked(**json.loads(_cipher(secret).decrypt(content[:_NONCE], content[_NONCE:], None)))
    except (InvalidTag, ValueError, TypeError):
        return None


def _cipher(secret: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.new(secret, b"kdsp access log 1", hashlib.sha256).digest())


def _words(action: str, question: Mapping[str, Any]) -> str:
    """The questions as they are read, a list's columns, or the further table; nothing where that cannot be read."""
    try:
        match action:
            case "tables":
                asked = question["questions"].items()
                return canonical({str(name): _question(Question.from_json(each)) for name, each in asked})
            case "pupils":
                return canonical([str(column) for column in question["columns"]])
            case "further":
                return canonical({key: str(question[key]) for key in _FURTHER if question.get(key) is not None})
    except (KdspError, KeyError, TypeError, ValueError, AttributeError):
        pass
    return ""


def _question(question: Question) -> dict[str, Any]:
    """A question with its ``where`` in words, of the columns and values that there are and no others."""
    return {**question.to_json(), **({"where": read_where(question.where).in_words()} if question.where else {})}
