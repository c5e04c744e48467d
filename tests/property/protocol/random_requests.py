"""Made-up requests around the clauses' edges, from a seed.

``python random_requests.py FOLDER --seed 7 --number 10000`` writes ``register.yaml`` and ``requests.jsonl``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import yaml
from random_register import (
    AREAS,
    CATEGORIES,
    CLUSTERS,
    DAYS,
    ON,
    PARTIES,
    PEOPLE,
    PURPOSES,
    URNS,
    Mapping,
    random_register,
    some,
)


def random_request(random: Random, register: Mapping) -> Mapping:
    """A well-formed request: often one that its level is made for or an instrument is about, so that permits occur."""
    level = random.choice(["school", "school", "cluster", "collaborative", "authority"])
    group = {"cluster": random.choice(CLUSTERS), "collaborative": random.choice(AREAS)}.get(level)
    detail = random.choice(["individual", "pseudonymous", "establishment", "aggregate"])
    if level in ("collaborative", "authority") and random.random() < 0.6:
        detail = random.choice(["aggregate", "establishment"])
    item = random.choice([None, None, None, "ksip", "bespoke"])
    about = ["inspection", "floor-target"] if random.random() < 0.25 else some(random, CATEGORIES, 1, 2)
    about = [category for category in about if category != "ksip"]
    about = [*about, "ksip"] if item == "ksip" else about or ["attendance"]
    subjects = _subjects(random, level, group, register)
    recipient = random.choice([*PARTIES, *PARTIES, "authority"])
    if subjects and random.random() < 0.3:
        recipient = f"establishment:{random.choice(subjects)}"
    requester = random.choice([*PARTIES, *PEOPLE]) if random.random() < 0.25 else "officer:a1"
    return {
        "report": random.choice(["r1", "r2"]),
        "level": level,
        "detail": detail,
        "item": item,
        "categories": about,
        "subjects": subjects,
        "group": group,
        "recipient": recipient,
        "requester": requester,
        "purpose": random.choice([*_FITTING[level], *PURPOSES]),
        "on": random.choice(ON),
        "receiving": [random.choice(URNS)] if random.random() < 0.3 else [],
        "promotional": random.random() < 0.02,
        "data": {"current": random.random() > 0.04, "signed_off": random.random() > 0.04},
        **({"suppression": "when-required"} if random.random() < 0.3 else {}),
        **(_about_an_instrument(random, register) if random.random() < 0.5 else {}),
    }


def _about_an_instrument(random: Random, register: Mapping) -> Mapping:
    """Fields that fit some entry of the register, on a day on which it holds or no longer does."""
    section = random.choice([section for section in _SUITED if register[section]])
    entry = random.choice(register[section])
    days = [entry.get("from", DAYS[0]), *([entry["to"]] if "to" in entry else []), "2026-03-02"]
    return _SUITED[section](random, entry, register) | {"on": random.choice(days)}


def _to_a_stakeholder(random: Random, entry: Mapping, _: Mapping) -> Mapping:
    return _at_school(random, entry["establishment"]) | {"recipient": entry["party"]}


def _to_an_appointee(random: Random, entry: Mapping, _: Mapping) -> Mapping:
    return _at_school(random, entry["establishment"]) | {"recipient": entry["person"]}


def _at_school(random: Random, urn: str) -> Mapping:
    detail = random.choice(["pseudonymous", "pseudonymous", "individual", "establishment"])
    return {"level": "school", "group": None, "detail": detail, "subjects": [urn], "purpose": PURPOSES[0]}


def _by_duty(random: Random, entry: Mapping, _: Mapping) -> Mapping:
    urn = random.choice(URNS)
    about = [category for category in entry["categories"] if category != "ksip"][:2] or ["sen"]
    fields = {"recipient": entry["person"], "item": None, "categories": about}
    return _at_school(random, urn) | fields | {"purpose": random.choice(entry["purposes"])}


def _by_consent(random: Random, entry: Mapping, register: Mapping) -> Mapping:
    if entry["item"] != "identify":
        about = ["ksip", "attendance"] if entry["item"] == "ksip" else ["attendance"]
        item = {"item": entry["item"], "categories": about, "detail": "establishment"}
        return _at_school(random, entry["establishment"]) | item | {"recipient": entry["recipient"]}
    group = random.choice([*CLUSTERS[:2], *AREAS])
    return _of_an_area(random, group, register) | {"recipient": entry["recipient"]}


def _by_heads_agreement(random: Random, entry: Mapping, register: Mapping) -> Mapping:
    about = [category for category in entry["categories"] if category != "ksip"][:2] or ["sen"]
    recipient = {"recipient": random.choice(entry["recipients"]), "item": None, "categories": about}
    if entry["detail"] == "individual" or random.random() < 0.3:
        return _at_school(random, random.choice(entry["establishments"])) | {"detail": "individual"} | recipient
    return _of_an_area(random, random.choice([*CLUSTERS[:2], *AREAS]), register) | recipient


def _of_an_area(random: Random, group: str, register: Mapping) -> Mapping:
    is_cluster = group in CLUSTERS
    return {
        "level": "cluster" if is_cluster else "collaborative",
        "group": group,
        "detail": random.choice(["establishment", "establishment", "pseudonymous" if is_cluster else "aggregate"]),
        "subjects": some(random, _members(group, register), 1),
        "purpose": PURPOSES[0 if is_cluster else 3],
        "item": None,
        "categories": ["attendance"],
    }


def _by_agreement(random: Random, entry: Mapping, register: Mapping) -> Mapping:
    area = {"level": "collaborative", "group": entry["collaborative"], "detail": "aggregate", "item": None}
    subjects = {"subjects": some(random, _members(entry["collaborative"], register), 1), "categories": ["sen"]}
    return area | subjects | {"recipient": entry["party"], "purpose": entry["purpose"]}


def _by_cluster_agreement(random: Random, entry: Mapping, register: Mapping) -> Mapping:
    area = _of_an_area(random, entry["cluster"], register) | {"detail": random.choice(["pseudonymous", "aggregate"])}
    return area | {"recipient": random.choice(entry["recipients"])}


def _by_order(random: Random, entry: Mapping, register: Mapping) -> Mapping:
    recipient = entry.get("recipient", "authority")
    fields = {"report": entry.get("report", "r2"), "recipient": recipient}
    if recipient == "receiving":
        urn = random.choice(URNS)
        one_behind = [a["person"] for a in register["appointments"] if a["establishment"] == urn]
        behind = random.choice([f"establishment:{urn}", f"establishment:{urn}", *one_behind, "authority"])
        fields |= {"recipient": behind, "receiving": [urn]}
    elif recipient.startswith("establishment:"):
        urn = recipient.removeprefix("establishment:")
        one_behind = [a["person"] for a in register["appointments"] if a["establishment"] == urn]
        fields["recipient"] = random.choice([recipient, *one_behind, *one_behind, "authority"])
    about = [category for category in entry.get("categories", ["sen"]) if category != "ksip"] or ["sen"]
    return _at_school(random, entry.get("subject", URNS[0])) | {"item": None, "categories": about} | fields


_SUITED = {
    "stakeholders": _to_a_stakeholder,
    "appointments": _to_an_appointee,
    "duties": _by_duty,
    "consents": _by_consent,
    "heads_agreements": _by_heads_agreement,
    "agreements": _by_agreement,
    "cluster_agreements": _by_cluster_agreement,
    "legal_orders": _by_order,
}

_FITTING = {
    "school": PURPOSES[:3] * 3,
    "cluster": PURPOSES[:1] * 9,
    "collaborative": PURPOSES[3:4] * 9,
    "authority": PURPOSES[4:6] * 4,
}


def _subjects(random: Random, level: str, group: str | None, register: Mapping) -> list[str]:
    if random.random() < 0.03:
        return []
    if level == "school" and random.random() < 0.95:
        return [random.choice(URNS)]
    return some(random, _members(group, register) if random.random() < 0.9 else URNS, 1)


def _members(group: str | None, register: Mapping) -> list[str]:
    """Who was ever a member; anybody, where nobody was."""
    return [entry["establishment"] for entry in register["memberships"] if entry["group"] == group] or URNS


def main() -> None:
    """Write one register and as many requests as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=10_000)
    given = parser.parse_args()
    random = Random(given.seed)
    register = random_register(random)
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / "register.yaml").write_text(yaml.safe_dump(register, sort_keys=False), "utf-8")
    lines = (json.dumps(random_request(random, register)) + "\n" for _ in range(given.number))
    (given.folder / "requests.jsonl").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
