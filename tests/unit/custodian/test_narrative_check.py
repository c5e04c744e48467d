"""What people write into a release: names and UPNs are found however they are written, and so are figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kdsp_lib.custodian.narrative_check import (
    SMALL_ONES_PRINTED,
    Named,
    Text,
    check_figures,
    check_nobody_is_named,
    figures_in,
    names_of_establishment,
    names_of_pupil,
    read_texts,
)
from kdsp_lib.errors import BadParameters, Disclosive
from kdsp_lib.model.policy import FLOOR

PUPILS = [
    ("Seán", "O'Brien"),
    ("Thị Mai", "Nguyễn"),
    ("Mary-Kate", "Al-Rashid Smythe"),
    (None, "Suharto"),
    ("Ada", "May"),
]
NAMED = Named(
    frozenset(words for forename, surname in PUPILS for words in names_of_pupil(forename, surname)),
    frozenset(names_of_establishment("Ambermere Primary Academy")),
    frozenset({"990001"}),
)


def _words(text: str, place: str = "cell 3") -> Text:
    return Text(place, "words", text)


@pytest.mark.parametrize(
    "text",
    [
        "A123456789012",
        "a12345678901b",
        "The pupil (UPN: A 123 456 789 012) left.",
        "A-123-456-789-012",
        "Ａ１２３４５６７８９０１２",
        "A1234\u200b56789012",
        "upn_A123456789012_x",
        "Seán O'Brien",
        "SEAN OBRIEN",
        "O’Brien, Sean",
        "sean o’brien's results",
        "**Seán** _O'Brien_",
        "Se\u0301an\u00a0O'Brien",
        "Seán&nbsp;O&#39;Brien",
        "<!-- Seán O'Brien -->",
        "sean-o-brien is not, but sean-obrien is",
        "Thi Mai Nguyen",
        "Thi Nguyen",
        "Nguyễn Thị Mai",
        "Mary-Kate Al-Rashid Smythe",
        "In May Ada May left.",
    ],
)
def test_a_pupil_is_found(text: str) -> None:
    with pytest.raises(Disclosive) as refused:
        check_nobody_is_named([_words("Nothing here.", "cell 1"), _words(text)], NAMED)
    (fault,) = refused.value.faults
    assert fault.place == "cell 3"
    assert "pupil" in fault.text


_SPLIT_NAMES = [
    "**S**eán O'Brien",
    "S*eá*n O'Brien",
    "[S](https://kdsp.example)eán O'Brien",
    "[Se][a]án O'Brien\n\n[a]: https://kdsp.example",
    "# __S__eán\n\n# O'Brien".replace("__S__", "**S**"),
    "Se__á__n O'Brien",
    "![S](data:,x)eán O'Brien",
    "![Seán](x.png) **O**'Brien",
    "Se&aacute;n O&apos;Br&#105;en",
    "S&#x200b;e\u2060á\u00adn O'Br&shy;ien",
    "Se\u3164án O'Brien",
    "Se\x08án O'Brien",
    "Se\\án O'Brien",
    "`S`eán O'Brien",
    "``Se``án `O'Brien`",
    "| a | b |\n|---|---|\n| **S**eán | O'Brien |",
    "S<!-- who -->eán O'Brien",
    "S<b>eá</b>n O'<wbr>Brien",
    "Se~~á~~n O'Brien",
    "[^1]: **S**eán O'Brien\n\nText.[^1]",
    "> - **S**eán\n>   O'Brien",
    "Seán  \n**O**'Brien",
    "**A**123456789012",
    "A12345[6789](#a)012",
    "A12345<i></i>6789012",
]


@pytest.mark.parametrize("text", _SPLIT_NAMES)
def test_a_name_that_markdown_splits_is_read_as_it_is_shown(text: str) -> None:
    """What the page, the PDF or a notebook shows counts, and not the source alone."""
    with pytest.raises(Disclosive):
        check_nobody_is_named([_words(text)], NAMED)


def test_an_establishment_that_markdown_splits_is_found() -> None:
    for text in ("**A**mbermere Primary", "[Amber](#a)mere Primary Academy", "99**0**001", "99<!-- -->0001"):
        with pytest.raises(Disclosive):
            check_nobody_is_named([_words(text)], NAMED)


@pytest.mark.parametrize(
    "text",
    ["**4**1 of them", "4[1](#a) of them", "th**re**e pupils", "4<!-- -->1", "4&#8203;1", "`4`1", "![4](x)1",
     "Of each year\n\n## Year\n\n4**1**"],
)  # fmt: skip
def test_a_figure_that_markdown_splits_is_read_as_it_is_shown(text: str) -> None:
    with pytest.raises(Disclosive):
        check_figures(
            [_words(text)],
            frozenset(map(Decimal, range(1, 5))) - {Decimal(3)} | {Decimal(8203)},
            lambda: WITHHELD | {Decimal(3)},
            may_look_up=True,
            withholds=False,
            policy=FLOOR,
        )


@pytest.mark.parametrize(
    "text",
    ["990001", "URN 990001.", "Ambermere Primary Academy", "ambermere primary's results", "AMBERMERE  PRIMARY  SCHOOL"],
)
def test_an_establishment_is_found(text: str) -> None:
    with pytest.raises(Disclosive) as refused:
        check_nobody_is_named([_words(text)], NAMED)
    assert [(fault.place, fault.text) for fault in refused.value.faults] == [
        ("cell 3", "names an establishment, or its URN")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Suharto",
        "A pupil may be called Ada, and the month is May.",
        "Nguyen",
        "1990001, 9900011",
        "The primary academies of Ambermere",
        "A12345678901",
        "A1234567890123",
        "code A12345678901234567",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    check_nobody_is_named([_words(text)], NAMED)


def test_code_is_read_for_names_too() -> None:
    with pytest.raises(Disclosive):
        check_nobody_is_named([Text("cell 2", "code", "# ask about A123456789012")], NAMED)


def test_a_finding_repeats_nothing_of_what_it_found() -> None:
    with pytest.raises(Disclosive) as refused:
        check_nobody_is_named([_words("Seán O'Brien, A123456789012, Ambermere Primary Academy")], NAMED)
    said = refused.value.shown().casefold()
    assert not any(part in said for part in ("brien", "12345", "ambermere"))


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("12 of 1,234 pupils, 12.5%", {"12", "1234", "12.5"}),
        ("n=7; 12pupils; £5", {"7", "12", "5"}),
        ("**7**", {"7"}),
        ("１２", {"12"}),
        ("1&#50;", {"12"}),
        ("three pupils, two SEN boys", {"3", "2"}),
        ("Table 2 and 13 pupils", {"13"}),
        ("Clauses 2 and 12 of the protocol, principles 3, 4 and 9", set()),
        ("clauses 2 and 12 pupils", {"12"}),
        ("Clauses 1 to 12 of the protocol", set()),
        ("clauses 1 to 12 pupils", {"12"}),
        ("KS4, the 4th of Year 9, Years 7-9, Key Stage 2, Table 2, clause 4", set()),
        ("1. The first\n2) the second", set()),
        ("one group of three phases", set()),
    ],
)
def test_the_figures_of_a_text(text: str, figures: set[str]) -> None:
    assert figures_in(text) == set(map(Decimal, figures))


PRINTED = frozenset(map(Decimal, ("3754", "19.2")))
WITHHELD = frozenset(map(Decimal, ("4", "41")))


def _check(*texts: Text, may_look_up: bool = True) -> list[dict[str, object]]:
    return check_figures(texts, PRINTED, lambda: WITHHELD, may_look_up=may_look_up, policy=FLOOR)


def test_a_printed_figure_needs_no_review() -> None:
    assert _check(_words("There are 3,754 pupils; 19.2% are absent.")) == []


def test_any_other_figure_is_listed_with_its_cell() -> None:
    found = _check(_words("There are 3,754 pupils."), _words("About 3,800, or 20%, or 20%.", "cell 5"))
    assert found == [{"place": "cell 5", "figures": ["3,800", "20"]}]


def test_figures_of_code_are_none_of_a_sentence() -> None:
    assert _check(Text("cell 2", "code", "tables[41]")) == []


@pytest.mark.parametrize("text", ["41 of them", "four pupils", "41.0%", "041"])
def test_a_withheld_figure_stops_the_release(text: str) -> None:
    with pytest.raises(Disclosive) as refused:
        _check(_words(text))
    assert refused.value.rule


@pytest.mark.parametrize("text", ["2 of them", "four pupils", "1, 3 and 5"])
def test_small_figures_tell_nothing_by_passing(text: str) -> None:
    """Whoever reads that a text with 1, 2, 3 and 5 passed would know that the one withheld count of 1 to 5 is 4."""

    def nobody_asks() -> frozenset[Decimal]:
        raise AssertionError

    with pytest.raises(Disclosive) as refused:
        check_figures([_words(text)], PRINTED, nobody_asks, may_look_up=True, policy=FLOOR)
    assert refused.value.rule == SMALL_ONES_PRINTED.format(small="1 to 5")
    assert check_figures([_words("2")], PRINTED, frozenset, may_look_up=True, withholds=False, policy=FLOOR)
    assert check_figures([_words("2")], frozenset({Decimal(2)}), nobody_asks, may_look_up=True, policy=FLOOR) == []


def test_which_figure_was_withheld_is_not_said() -> None:
    with pytest.raises(Disclosive) as refused:
        _check(_words("41", "cell 1"), _words("42", "cell 3"), _words("3754", "cell 5"))
    assert [fault.place for fault in refused.value.faults] == ["cell 1", "cell 3"]
    assert not any(figure in refused.value.shown() for figure in ("41", "42"))


def test_withheld_figures_are_not_even_counted_where_every_figure_is_printed() -> None:
    def nobody_asks() -> frozenset[Decimal]:
        raise AssertionError

    assert check_figures([_words("3,754")], PRINTED, nobody_asks, may_look_up=True, policy=FLOOR) == []


def test_who_may_not_look_up_any_more_is_told_nothing_of_what_is_withheld() -> None:
    said = set()
    for text in ("41", "42"):
        with pytest.raises(Disclosive) as refused:
            _check(_words(text), may_look_up=False)
        said.add(refused.value.shown())
    assert len(said) == 1
    assert _check(_words("3,754"), may_look_up=False) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {},
        [1],
        [{}],
        [{"place": "cell 1", "kind": "words"}],
        [{"place": "1", "kind": "other", "text": ""}],
    ],
)
def test_texts_of_another_shape_are_refused(value: object) -> None:
    with pytest.raises(BadParameters):
        read_texts(value)
