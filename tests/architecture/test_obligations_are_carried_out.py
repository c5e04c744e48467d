"""Every obligation of every protocol has code that carries it out, a test that fails without it, and words for readers.

A new one in a policy fails here until all three are there. What each does is in docs/protocol.md.
"""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.release.obligation import OBLIGATIONS, RETAIN

RETAIN_UNTIL = RETAIN.rstrip(":")


@dataclass(frozen=True)
class CarriedOut:
    """Where: names of the library as ``module:name``, and tests as ``path::name``."""

    by: tuple[str, ...]
    tests: tuple[str, ...]


_OUTPUTS = "unit/release/test_obligations_on_every_output.py"
CARRIED_OUT = {
    "suppress-small-counts": CarriedOut(
        ("protect.sensitivity:small_counts", "protect.pattern:protect_system", "release.count:CountTable"),
        (
            "unit/protect/test_sensitivity_rules.py::test_one_to_five_pupils_are_too_few",
            "unit/release/test_release_checks.py::test_a_count_below_the_threshold_is_not_released_whoever_sent_it",
            "whole/test_reports_about_one_school.py::test_own_counts_are_the_true_ones_and_none_is_small",
        ),
    ),
    "protect-establishments": CarriedOut(
        ("protect.sensitivity:few_contributors", "protect.repair:protect_from_insiders"),
        (
            "unit/protect/test_sensitivity_rules.py::test_sensitive_categories_need_four",
            "unit/protect/test_sensitivity_rules.py::test_one_with_more_than_85_per_cent_dominates",
            "spec/protect/test_what_safe_means.py::test_a_trust_knows_all_its_schools",
        ),
    ),
    "pseudonymise": CarriedOut(
        (
            "source.pseudonym:pseudonym",
            "custodian.pseudonymous:family_of",
            "protect.classes:make_cells",
            "analyse.listed:cuts",
        ),
        (
            "unit/custodian/test_pseudonymous_lists.py::"
            "test_references_of_two_recipients_terms_or_lists_have_nothing_in_common",
            "property/protect/test_nobody_is_recognised_in_a_list.py::"
            "test_no_class_or_cell_has_1_to_5_even_without_any_one_controller",
            "property/protect/test_nobody_is_recognised_in_a_list.py::"
            "test_no_sensitive_column_is_constant_in_a_class_even_without_any_one_controller",
            "property/protect/test_nobody_is_recognised_in_a_list.py::"
            "test_a_sensitive_value_that_all_of_a_class_have_is_not_shown",
            "unit/custodian/test_pseudonymous_lists.py::test_what_a_list_shows_and_a_table_prints_are_subtracted_first",
        ),
    ),
    "minimise-columns": CarriedOut(
        ("custodian.listing:permitted_columns",),
        (
            "unit/custodian/test_obligations_at_the_desk.py::test_only_the_columns_of_the_requests_categories_leave",
            "whole/test_reports_about_one_school.py::test_a_column_that_is_not_permitted_is_refused_and_leaves_nothing",
        ),
    ),
    "no-ranking": CarriedOut(
        ("release.ranking:ranking_faults",), (f"{_OUTPUTS}::test_another_order_or_a_rank_is_not_released",)
    ),
    "own-data-only": CarriedOut(
        ("custodian.opening:Opened.is_own_data_only",),
        (
            "whole/test_own_data_without_comparison.py::"
            "test_one_that_has_withdrawn_gets_the_same_table_with_its_own_part_alone",
        ),
    ),
    "mark-confidential": CarriedOut(
        ("release.release:Release.mark", "release.conditions:head_of_notebook"),
        (
            f"{_OUTPUTS}::test_at_the_head_and_the_foot_of_the_page_and_of_each_printed_one",
            f"{_OUTPUTS}::test_on_every_sheet_where_it_is_read_and_where_it_is_printed",
            f"{_OUTPUTS}::test_in_the_first_cell_of_the_notebook",
        ),
    ),
    "coverage-note": CarriedOut(
        ("custodian.words:coverage", "custodian.words:decision"),
        (
            "unit/custodian/test_obligations_at_the_desk.py::test_it_says_how_many_were_left_out_and_not_which",
            f"{_OUTPUTS}::test_it_is_on_the_page_and_in_the_workbook",
        ),
    ),
    "terms-of-use": CarriedOut(
        ("release.conditions:conditions_of", "custodian.words:terms"),
        (
            f"{_OUTPUTS}::test_in_the_workbook_and_every_sheet_leads_there",
            f"{_OUTPUTS}::test_in_the_notebook_and_beside_the_tables",
        ),
    ),
    "encrypt-delivery": CarriedOut(
        ("release.release:Release.has_to_leave_encrypted",),
        ("unit/release/test_release_folder.py::test_what_must_leave_encrypted_is_for_the_owner_alone",),
    ),
    RETAIN_UNTIL: CarriedOut(
        ("release.obligation:expiry_in_words", "release.verification:verify"),
        (
            f"{_OUTPUTS}::test_the_page_says_so_at_its_head",
            "unit/release/test_release_verified.py::test_from_the_day_of_expiry_it_has_expired",
        ),
    ),
}


def _protocols(house):
    return [path.name for path in (house / "kdsp_lib" / "protocol" / "policies").iterdir() if path.is_dir()]


def test_each_obligation_of_each_protocol_is_carried_out(house):
    asked = {
        rule.marks["obligation"]
        for name in _protocols(house)
        for rule in protocol_named(name).stages["obligations"].rules.values()
        if "obligation" in rule.marks
    }
    assert len(asked) == 10
    assert asked | {RETAIN_UNTIL} == set(CARRIED_OUT)


def test_each_is_told_to_readers():
    assert set(OBLIGATIONS) | {RETAIN_UNTIL} == set(CARRIED_OUT)


@pytest.mark.parametrize("name", sorted({name for each in CARRIED_OUT.values() for name in each.by}))
def test_the_code_is_there(name):
    module, _, path = name.partition(":")
    found = importlib.import_module(f"kdsp_lib.{module}")
    for part in path.split("."):
        found = getattr(found, part)


@pytest.mark.parametrize("name", sorted({name for each in CARRIED_OUT.values() for name in each.tests}))
def test_the_test_is_there(house, name):
    path, _, test = name.partition("::")
    tree = ast.parse(Path(house / "tests" / path).read_text("utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("obligation", CARRIED_OUT)
def test_the_documents_say_what_it_does(house, obligation):
    assert f"`{obligation}" in (house / "docs" / "protocol.md").read_text("utf-8")
