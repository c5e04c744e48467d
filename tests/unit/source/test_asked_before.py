"""What was asked of a database that nobody changes is neither put into SQL nor answered again; little is kept."""

import pyarrow as pa
import pytest

from kdsp_lib.source.asked_before import ANSWERS, LARGEST, STATEMENTS, AskedBefore
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.tables import open_tables


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    workspace = make_authority(tmp_path_factory.mktemp("asked") / "authority")
    with_pupils = open_tables(Catalogue.load(workspace), "2025/26-autumn", ["establishments", "pupils"])
    yield with_pupils
    with_pupils.close()


def by_phase(tables):
    return tables.establishments.group_by("phase").aggregate(n=tables.establishments.count())


def test_an_equal_question_has_the_answer_that_it_had(tables):
    assert tables.arrow(by_phase(tables)) is tables.arrow(by_phase(tables))


def test_another_question_has_another(tables):
    primaries = tables.establishments.filter(tables.establishments.phase == "primary")
    assert tables.arrow(primaries.count().name("n")) != tables.arrow(tables.establishments.count().name("n"))


def test_who_changes_a_data_frame_changes_no_answer(tables):
    mine = tables.frame(by_phase(tables))
    mine["n"] = 0
    assert tables.frame(by_phase(tables))["n"].sum() > 0


def test_a_list_of_all_pupils_is_not_kept(tables):
    everybody = tables.pupils
    assert tables.arrow(everybody).nbytes > LARGEST
    assert tables.arrow(everybody) is not tables.arrow(everybody)


def test_what_was_asked_longest_ago_is_let_go_first():
    before = AskedBefore()
    for number in range(ANSWERS):
        before.keep(number, pa.table({"n": [number]}))
    assert before.answer(0) is not None
    before.keep("one more", pa.table({"n": [0]}))
    assert before.answer(0) is not None
    assert before.answer(1) is None


def test_so_is_the_sql_of_questions():
    before, put = AskedBefore(), []
    for number in [*range(STATEMENTS + 1), STATEMENTS, 0]:
        before.in_sql(number, lambda number=number: put.append(number) or (str(number), None))
    assert put == [*range(STATEMENTS + 1), 0]
