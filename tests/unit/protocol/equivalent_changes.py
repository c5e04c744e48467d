"""Changes to the policies that cannot be noticed, each with the reason: facts or another rule say what it takes away.

All others are noticed by the manual. A change of a rule may move one from here to there, or the other way.
"""

EQUIVALENT = {
    "2-member-has-not-signed": (
        'whoever receives on its own is asked about with the standing "none"',
        {"condition 1: right of && alone"},
    ),
    "11-member-has-withdrawn": (
        'whoever receives on its own is asked about with the standing "none"',
        {"condition 1: right of && alone"},
    ),
    "need-own-pupils": (
        "the need for pupils' own data is read at detail individual alone",
        {"condition 1: right of && alone"},
    ),
    "need-receiving": (
        "the need for pupils' own data is read at detail individual alone; nobody receives pupils at another",
        {"condition 1: right of && alone"},
    ),
    "need-duty": (
        "the need for pupils' own data is read at detail individual alone",
        {"condition 1: right of && alone"},
    ),
    "remit-cluster": (
        "its one purpose is in the remit of school level, which aggregates may serve too",
        {"condition 1: left of || alone"},
    ),
    "audience-receiving": (
        "nobody receives pupils at another detail than individual",
        {"condition 1: left of && alone"},
    ),
    "audience-cluster-agreement": (
        "there is no agreement of a cluster at another level; at aggregate, cases notice",
        {"condition 1: right of && alone"},
    ),
    "audience-community": (
        "none but externals have confidentiality agreements",
        {"condition 2: right of && alone"},
    ),
    "audience-duty": (
        "at the other levels officers and partners are in the audience as the community's",
        {
            "condition 1 left out",
            "condition 1: && turned",
            "condition 1: left of && alone",
            "condition 1: right of && alone",
        },
    ),
    "audience-individual-heads-agreement": (
        "at the other details any agreement of heads lets in",
        {"condition 1: right of && alone"},
    ),
    "2-external-not-in-post": (
        "for officers, partners and appointees another rule of clause 2 says the same",
        {"condition 1 left out"},
    ),
    "6-establishments-agree": (
        "the fact that all agree to be identified is true at this detail of a group alone",
        {
            "condition 1 left out",
            "condition 1: && turned",
            "condition 1: left of && alone",
            "condition 1: right of && alone",
            "condition 2: right of && alone",
        },
    ),
    "10-identified-by-heads-agreement": (
        "the fact that all agree to be identified is true at this detail of a group alone",
        {
            "condition 1 left out",
            "condition 1: && turned",
            "condition 1: left of && alone",
            "condition 1: right of && alone",
            "condition 2: right of && alone",
        },
    ),
    "12-item-stays": (
        "of nobody else, every head consents",
        {"condition 1: left of && alone"},
    ),
    "12-taken-as-bespoke": (
        "of nobody else, every head consents; with an item, the rule on items forbids as well",
        {"condition 1: right of && alone", "condition 2 left out"},
    ),
    "12-establishments-agree": (
        "where the recipient is the only subject, another condition keeps it from being named",
        {"condition 2: left of && alone"},
    ),
    "levels-known": (
        "a level that is none of the four is malformed before; a unit test asks the rule itself",
        {"dropped"},
    ),
    "levels-cluster-detail": (
        "cluster level allows every detail there is; a unit test asks the rule about another",
        {"dropped", "condition 1 flipped", "condition 1 left out", "condition 1: == turned"},
    ),
    "levels-subject-outside-the-group": (
        "where the level has no group, the fact says that all subjects are in it",
        {"condition 1 left out"},
    ),
    "retain-purpose": (
        "under law no grounds are looked for, so none is a duty",
        {"condition 2 left out"},
    ),
    "retain-item": (
        "of nobody else, there is no consent that could end",
        {"condition 2 left out"},
    ),
}
"""By rule: why, and which changes."""
