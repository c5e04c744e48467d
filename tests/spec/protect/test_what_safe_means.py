"""What safe means, attack by attack: one table each. A count of 1 to 5 pupils is never shown."""

from __future__ import annotations

import pytest
from made_up_tables import Sums

from kdsp_lib.protect.audit import Findings, audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import Unprotectable

NOTHING = Findings()


def attacked(sums: Sums, system, *hidden: str, zeros_hidden: bool = False) -> Findings:
    return audit_system(system, sums.flags(hidden), zeros_hidden=zeros_hidden)


def protected(sums: Sums, system) -> set[str]:
    """The cells that are hidden, once nobody can work out what must be protected."""
    pattern = protect_system(system)
    assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden) == NOTHING
    return sums.told(pattern.hidden)


def test_a_total_gives_back_a_cell_that_is_hidden_alone():
    """43 pupils, 40 of them boys: 3 girls. One more cell goes."""
    table = Sums({"all": ["girls", "boys"]}, girls=3, boys=40)
    system = table.system()
    assert table.named(attacked(table, system, "girls").exact) == {"girls"}
    assert protected(table, system) == {"girls", "boys"}


def test_the_complement_gives_back_what_a_share_hides():
    """Of 40 pupils 37 have no plan: the 3 who have one are hidden, and the 37 with them."""
    table = Sums({"pupils": ["plan", "no plan"]}, **{"plan": 3, "no plan": 37})
    assert protected(table, table.system(must_print=["pupils"])) == {"plan", "no plan"}


def test_a_complement_that_nobody_prints_gives_nothing_back():
    table = Sums({"pupils": ["plan", "no plan"]}, **{"plan": 3, "no plan": 37})
    nobody_asked = ~table.flags(["no plan"])
    pattern = protect_system(table.system(printable=nobody_asked))
    assert table.told(pattern.hidden & nobody_asked) == {"plan"}


def test_a_printed_rate_with_its_base_gives_the_count_back():
    """8 % of 40 is 3: where the count is hidden, its rate has to be hidden too, or its base."""
    table = Sums({"pupils": ["plan", "no plan"]}, **{"plan": 3, "no plan": 37})
    rate = table.rate("plan", "pupils", printed=0.08, half=0.005)
    system = table.system(table.statistic(limits=rate))
    assert table.named(attacked(table, system, "plan", "no plan").exact) == {"plan"}
    assert attacked(table, table.system(), "plan", "no plan") == NOTHING
    assert "pupils" in protected(table, table.system(table.statistic(limits=rate)))


def test_the_one_pupil_of_a_cell_knows_that_cell():
    """Hidden are 4 and 1, and their sum is 5: who is the 1 knows the 4. A third cell keeps it from them."""
    table = Sums({"all": ["four", "one", "many"]}, four=4, one=1, many=30)
    needs_little = table.needing(four=(1, 1), one=(1, 1))
    system = table.system(table.statistic(needs_little), singles={"one": 0})
    seen = attacked(table, system, "four", "one", zeros_hidden=True)
    assert (table.named(seen.exact), table.named(seen.insider_exact)) == (set(), {"four"})
    assert protected(table, system) == {"four", "one", "many"}


def test_a_trust_knows_all_its_schools():
    """Either school of the trust leaves the figure open; the trust, which knows both, does not."""
    table = Sums({"all": ["few", "oak", "elm"]}, few=3, oak=20, elm=30)
    two_schools = table.parts(oak={"oak": 20, "all": 20}, elm={"elm": 30, "all": 30}, rest={"few": 3, "all": 3})
    one_trust = table.parts(trust={"oak": 20, "elm": 30, "all": 50}, rest={"few": 3, "all": 3})
    apart = table.system(table.statistic(contributions=two_schools))
    together = table.system(table.statistic(contributions=one_trust), must_print=["all"])
    assert attacked(table, apart, "few", "oak", "elm").insider_exact == ()
    assert table.named(attacked(table, together, "few", "oak", "elm").insider_exact) == {"few"}
    with pytest.raises(Unprotectable):
        protect_system(together)


def test_a_controller_knows_its_own_part_of_a_shared_cell():
    """Of the 8 hidden pupils 6 are its own, of the 4 others none: the rest of both is at most 6."""
    table = Sums({"all": ["shared", "other"]}, shared=8, other=4)
    parts = table.parts(a={"shared": 6, "all": 6}, b={"shared": 2, "other": 4, "all": 6})
    system = table.system(table.statistic(table.needing(other=(3, 4)), contributions=parts))
    seen = attacked(table, system, "shared", "other")
    assert seen.narrow == ()
    assert table.named(seen.insider_narrow) == {"other"}


def test_what_an_insider_knows_anyway_is_no_finding():
    """All pupils of the cell are its own: it needs no table for that."""
    table = Sums({"all": ["own", "others"]}, own=4, others=20)
    parts = table.parts(a={"own": 4, "all": 4}, b={"others": 9, "all": 9}, c={"others": 11, "all": 11})
    system = table.system(table.statistic(contributions=parts))
    assert attacked(table, system, "own", "others") == NOTHING


def test_printed_zeros_tell_that_hidden_counts_are_not_zero():
    """Two hidden counts that sum to 2 are 1 and 1, once it is known that no zero is hidden."""
    table = Sums({"pair": ["a", "b"], "all": ["pair", "c"]}, a=1, b=1, c=40)
    system = table.system(table.statistic(table.needing(a=(0, 0), b=(0, 0))))
    assert table.named(attacked(table, system, "a", "b", zeros_hidden=False).exact) == {"a", "b"}
    assert attacked(table, system, "a", "b", zeros_hidden=True) == NOTHING


def test_a_zero_is_hidden_where_nothing_else_helps_and_it_is_said():
    """Three pupils in all, all of them girls: only a hidden zero leaves anything open."""
    table = Sums({"all": ["girls", "boys"]}, girls=3, boys=0)
    pattern = protect_system(table.system(must_hide=["all"]))
    assert pattern.zeros_hidden == bool(pattern.hidden[table.at("boys")])


def test_structural_zeros_protect_nothing():
    """There are no girls in a boys' school, and everybody knows."""
    table = Sums({"all": ["sixth form", "girls", "boys"]}, **{"sixth form": 3, "girls": 0, "boys": 50})
    system = table.system(structural=["girls"])
    assert table.named(attacked(table, system, "sixth form", "girls", zeros_hidden=True).exact) == {"sixth form"}
    assert protected(table, system) == {"sixth form", "boys"}


def test_a_total_equal_to_its_one_part_is_the_same_cell():
    table = Sums({"school": ["boys", "girls"], "area": ["school", "rest"]}, boys=4, girls=0, rest=90)
    hidden = protected(table, table.system(structural=["girls"]))
    assert {"boys", "school"} <= hidden
    assert "girls" not in hidden


def test_linked_tables_are_one_system():
    """One table hides 3 and 30, another prints the 10 and the 20 that the 30 are."""
    by_sex = Sums({"all": ["girls", "boys"]}, girls=3, boys=30)
    assert protected(by_sex, by_sex.system()) == {"girls", "boys"}
    both = Sums({"all": ["girls", "boys"], "boys": ["young", "old"]}, girls=3, young=10, old=20)
    system = both.system()
    assert both.named(attacked(both, system, "girls", "boys").exact) == {"girls"}
    assert protected(both, system) & {"all", "young", "old"}


def test_what_an_earlier_release_printed_can_make_a_table_impossible():
    """The refusal names the cells that are out already; which is for the custodian alone."""
    table = Sums({"all": ["girls", "boys"]}, girls=3, boys=40)
    with pytest.raises(Unprotectable) as refused:
        protect_system(table.system(must_print=["all", "boys"]))
    assert table.named(refused.value.cells) == {"girls"}
    assert refused.value.blockers
    assert table.named(refused.value.blockers) <= {"all", "boys"}
    assert refused.value.exit_code == 13
    assert set(refused.value.to_json()["message"]).isdisjoint("0123456789")


def test_a_small_count_that_is_printed_already_cannot_be_taken_back():
    table = Sums({"all": ["girls", "boys"]}, girls=3, boys=40)
    with pytest.raises(Unprotectable) as refused:
        protect_system(table.system(must_print=["girls"]))
    assert table.named(refused.value.blockers) == {"girls"}


def test_one_pattern_serves_every_figure_of_a_cell():
    """Sessions missed are sums too: they would give back nothing that the counts hide, nor the other way round."""
    table = Sums({"all": ["a", "b", "c"]}, a=3, b=30, c=40)
    sessions = Sums({"all": ["a", "b", "c"]}, a=60, b=90, c=800)
    system = table.system(
        table.statistic(), sessions.statistic(sessions.needing(c=(80, 80)), integer=False), must_print=["all"]
    )
    assert {"a", "c"} <= protected(table, system)
