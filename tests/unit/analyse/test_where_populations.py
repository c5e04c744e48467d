"""How many a filter picks out, and leaves."""

from invented_tables import Authority

from kdsp_lib.analyse.population import Population, where_populations
from kdsp_lib.model.question import Question


def test_both_sides_are_counted_with_their_controllers():
    a = Authority()
    for k in range(3):
        a.pupils(4, a.school(f"20000{k}", run_by="trust" if k else ""))
    a.pupils(2, "200000", lac=True)
    found = where_populations(
        a.atoms(q=Question("count", "pupils", ("sex",), "lac"), other=Question("count", "pupils"))
    )
    assert [(w.name, w.inside, w.outside) for w in found] == [("q", Population(2, 1), Population(12, 2))]


def test_only_the_base_of_the_measure_counts():
    a = Authority()
    urn = a.school("200001")
    a.pupils(3, urn, sex="M", sessions=(100, 0, 0))
    a.pupils(5, urn, sex="M")
    found = where_populations(a.atoms(q=Question("rate", "absence", (), "sex = 'M'")))
    assert found[0].inside == Population(3, 1)
    assert found[0].outside == Population(0, 0)
