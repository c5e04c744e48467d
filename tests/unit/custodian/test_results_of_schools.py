"""Key stage 2, Progress 8 and destinations from published figures of schools: weighted by the pupils they are of."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from invented_schools import DAY, World, area, shown

from kdsp_lib.model.question import Question
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.published import DESTINATIONS, KS2, LAYOUTS

QUESTIONS = {
    "rwm": Question("rate", "ks2-rwm"),
    "higher": Question("rate", "ks2-rwm-higher"),
    "progress": Question("mean", "progress-8"),
    "stayed": Question("rate", "destination-sustained"),
    "average": Question("mean", "ks2-reading-average"),
    "since-key-stage-1": Question("mean", "ks2-maths-progress"),
}


def written(world, kind, rows):
    """A file in the layout of a kind, of rows by our names of the columns; what is not given is NA."""
    parts = LAYOUTS[kind].parts
    lines = [",".join(["RECTYPE", *(part.headers[0] for part in parts)])]
    lines += [",".join(["1", *(str(row.get(part.column, "NA")) for part in parts)]) for row in rows]
    path = world.workspace.root / f"{kind}.csv"
    path.write_text("\n".join(lines) + "\n")
    add_dataset(world.workspace, kind, path, "2022/23", loaded_on=DAY, signed_off=True)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Twelve primaries with 20 to 31 pupils eligible, four secondaries; one school's figures withheld by the source."""
    schools = area()
    world = World.make(tmp_path_factory.mktemp("results") / "workspace", schools)
    primaries = [s for s in schools if s.phase == "primary"]
    ks2 = [
        {"urn": s.urn, "la": "999", "estab": s.urn[2:], "name": f"School {s.urn}", "telig": 20 + k,
         "ptrwm_exp": "SUPP" if k == 11 else f"{50 + k}%", "ptrwm_high": f"{5 + k}%",
         "matprog": "SUPP" if k == 11 else f"{k - 8}.4"}
        for k, s in enumerate(primaries)
    ]  # fmt: skip
    leavers = [
        {"urn": s.urn, "la": "999", "estab": s.urn[2:], "name": f"School {s.urn}", "cohort": 120 + 10 * k,
         "overall_destper": f"{90 + k}%"}
        for k, s in enumerate(s for s in schools if s.phase == "secondary")
    ]  # fmt: skip
    written(world, KS2, ks2)
    written(world, DESTINATIONS, leavers)
    answer = world.ask(QUESTIONS)
    return answer, ks2, leavers


def weighted(rows, figure, weight):
    known = [(Decimal(str(r[figure]).strip("%")), r[weight]) for r in rows if r[figure] != "SUPP"]
    mean = sum(value * pupils for value, pupils in known) / sum(pupils for _, pupils in known)
    return str(mean.quantize(Decimal("0.1"), ROUND_HALF_UP))


def test_an_areas_percentage_is_its_schools_weighted_by_their_pupils(found):
    """The school whose figure is withheld is in no part of it."""
    answer, ks2, leavers = found
    assert shown(answer, "rwm")[()][0] == weighted(ks2, "ptrwm_exp", "telig")
    assert shown(answer, "rwm")[()][1] == str(sum(r["telig"] for r in ks2 if r["ptrwm_exp"] != "SUPP"))
    assert shown(answer, "stayed")[()][0] == weighted(leavers, "overall_destper", "cohort")


def test_progress_8_is_of_pupils_with_results_at_key_stage_2(found):
    """Every school's score is 0.1."""
    assert shown(found[0], "progress")[()][0] == "0.10"


def test_progress_from_key_stage_1_is_its_schools_weighted_by_their_pupils(found):
    answer, ks2, _ = found
    assert shown(answer, "since-key-stage-1")[()][0] == weighted(ks2, "matprog", "telig")
    assert Decimal(shown(answer, "since-key-stage-1")[()][0]) < 0


def test_a_source_names_what_weighs(found):
    sources = {table.name: table.source for table in found[0].tables}
    assert sources["rwm"] == (
        "Performance tables, key stage 2, 2022/23; each school's figure is weighted by its pupils at the end of key "
        "stage 2"
    )


def test_what_the_tables_of_schools_cannot_say_is_not_available(found):
    """An average of scaled scores is of pupils with a score, whom the file does not count."""
    assert set(shown(found[0], "average")[()]) == {"x"}
