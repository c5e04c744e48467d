"""Names for the made-up authority. The places are invented; the people's names are put together by chance."""

from __future__ import annotations

_BEGINNINGS = (
    "Amber", "Bracken", "Cobble", "Dunnock", "Elder", "Fern", "Gorse", "Hazel", "Ivel", "Juniper", "Kestrel", "Linden",
    "Maple", "Nettle", "Otter", "Pippin", "Quill", "Rowan", "Sedge", "Thistle", "Umber", "Vetch", "Wren", "Yarrow",
)  # fmt: skip
_ENDINGS = ("mere", "combe", "wick", "holt", "stow", "ridge", "fold", "garth", "haven", "ley")

GIRLS = (
    "Amelia", "Olivia", "Isla", "Ava", "Ivy", "Freya", "Lily", "Florence", "Mia", "Willow", "Rosie", "Sophia", "Grace",
    "Evie", "Ella", "Poppy", "Daisy", "Elsie", "Maya", "Phoebe", "Zara", "Hannah", "Erin", "Niamh", "Orla", "Aisha",
    "Fatima", "Maria", "Zofia", "Amara", "Chloe", "Megan", "Holly", "Jasmine", "Leah", "Nancy", "Ruby", "Scarlett",
    "Thea", "Violet",
)  # fmt: skip
BOYS = (
    "Noah", "Oliver", "George", "Arthur", "Muhammad", "Leo", "Harry", "Oscar", "Archie", "Henry", "Theo", "Freddie",
    "Jack", "Charlie", "Alfie", "Jacob", "Thomas", "Finley", "Isaac", "Logan", "Adam", "Ethan", "Daniel", "Ryan",
    "Connor", "Liam", "Callum", "Ibrahim", "Yusuf", "Jakub", "Kofi", "Samuel", "Toby", "Reuben", "Max", "Louis",
    "Jude", "Elliot", "Rory", "Caleb",
)  # fmt: skip
SURNAMES = (
    "Ashdown", "Atherton", "Barlow", "Bennett", "Birch", "Booth", "Bradley", "Brennan", "Brooks", "Byrne", "Carter",
    "Chadwick", "Clarke", "Collins", "Cooper", "Cunningham", "Dalton", "Davies", "Dawson", "Dixon", "Doyle", "Edwards",
    "Ellis", "Evans", "Farrell", "Fletcher", "Foster", "Fraser", "Gallagher", "Gibson", "Graham", "Green", "Griffiths",
    "Hall", "Harper", "Harris", "Hassan", "Higgins", "Holmes", "Hughes", "Hussain", "Jackson", "Jenkins", "Jones",
    "Kavanagh", "Kelly", "Khan", "King", "Kowalski", "Lawson", "Lewis", "Marsh", "Martin", "Mason", "Mensah", "Miller",
    "Mitchell", "Moore", "Morgan", "Morris", "Murphy", "Murray", "Nolan", "Novak", "Okafor", "Owen", "Parker", "Patel",
    "Pearson", "Perry", "Phillips", "Porter", "Powell", "Price", "Quinn", "Reid", "Roberts", "Robinson", "Rogers",
    "Russell", "Ryan", "Scott", "Shaw", "Simpson", "Singh", "Smith", "Spencer", "Stevens", "Sutton", "Taylor",
    "Thomas", "Turner", "Walker", "Walsh", "Ward", "Watson", "Webb", "White", "Williams", "Wilson", "Wood", "Wright",
    "Young",
)  # fmt: skip

ODDITIES = (
    ("O'Brien", "Aoife"),
    ("Doherty", "Seán"),
    ("Wiśniewski", "Łukasz"),
    ("Nguyễn", "Thị Mai"),
    ("Null", "Jennifer"),
    ("True", "Ada"),
    ("Ng", "Wei"),
    ("Al-Rashid Smythe-Jones", "Mary-Kate"),
    ("D’Souza", "Zoë"),
    ("Suharto", None),
    ('=HYPERLINK("https://example.invalid","Ann")', "Ann"),
    ("<script>alert(1)</script>", "Bob"),
    ("+44 Smith", "@Lee"),
    ("Two\nLines", "Pat"),
    ("Featherstonehaugh-" * 7 + "Ox", "Max"),
)
"""Surnames and forenames that break what is carelessly made: they have to come out as they went in."""


def place_name(number: int) -> str:
    """The ``number``-th invented name of a place; the first 240 are all different."""
    beginning = _BEGINNINGS[number % len(_BEGINNINGS)]
    return beginning + _ENDINGS[(7 * number + number // len(_BEGINNINGS)) % len(_ENDINGS)]
