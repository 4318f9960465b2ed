"""A rule that a region may set changes something: every key has a reader, or says that nothing follows from it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from marketplace.rulebook import queries

pytestmark = pytest.mark.once

PRODUCT = Path(queries.__file__).parents[1]
NOT_THE_PRODUCT = {"rulebook", "testing", "bench", "demo"}
DEFINITIONS = queries.defaults().definitions
GROUPS = sorted({key.partition(".")[0] for key in DEFINITIONS})
MAY_READ = re.compile(rf"""["']({"|".join(GROUPS)})[.]""")
# Keys that are put together where they are read: what they look like → the file and its f-string.
FAMILIES = {
    r"selection\.min_bidders\.\w+": ("tenders/service/preparing.py", "selection.min_bidders.{}"),
    r"bidding\.(pause|drain|lead|late)_seconds": ("auctions/rules/terms.py", "bidding.{}_seconds"),
    r"credit\.ticket_weights\.\w+": ("selection/methods/weighted_draw.py", "credit.ticket_weights.{}"),
    r"credit\.deduct\.\w+": ("credit/rules.py", "credit.deduct.{}"),
    r"credit\.add\.\w+": ("credit/rules.py", "credit.add.{}"),
    r"credit\.cutoff\.\w+": ("credit/rules.py", "credit.cutoff.{}"),
    r"credit\.weights\.\w+": ("credit/rules.py", "credit.weights.{}"),
    r"exit\.suspend_months\.\w+": ("supervision/exits.py", "exit.suspend_months.{}"),
    r"exit\.reentry_years\.\w+": ("supervision/exits.py", "exit.reentry_years.{}"),
    r"budget\.year_end_available_\w+": ("budgets/closing.py", "budget.year_end_available_{}"),
}
# Keys from which nothing follows here, by reason. They are marked `stated`, and every page and document says so.
WHY_STATED = {
    "an agency is in the market with its commitment, at once and everywhere; nothing waits for a check": {
        "registration.form_check_workdays",
        "registration.silence_means_pass",
        "registration.publicity_workdays",
        "registration.recognition_scope",
        "registration.bad_record_bar_years",
    },
    "who must use the market, and for what, is decided outside it": {
        "owner.types",
        "scope.fiscal_below_threshold_mandatory",
        "scope.state_owned_mandatory",
        "scope.exempt",
        "threshold.procurement_yuan",
        "posting.regional_assessment_check",
    },
    "contracts are drawn and signed here, so there is none to file afterwards": {"contract.upload_workdays"},
    "how others rate and show; the grades here follow from credit.weights, cutoff, deduct and add": {
        "rating.final_change_workdays",
        "rating.dimensions",
        "credit.project_share_alt",
        "credit.display.top_stars",
        "credit.display.off_shelf_stars",
        "credit.repair_after_term_pct",
        "credit.repair_times_year",
    },
    "the authority plans its inspections and reports itself": {
        "inspection.agencies_pct_year",
        "inspection.results_pct_year",
        "inspection.low_star_factor",
        "inspection.low_star_max",
        "inspection.push",
        "inspection.push_at_once",
        "monitor.cr4_warn_pct",
        "monitor.cr4_min_deals",
        "report.operation",
    },
    "records are kept for good; nothing deletes them": {"archive.years"},
}
STATED = set[str]().union(*WHY_STATED.values())


def shape(node):
    """An f-string with a gap for each value."""
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


@cache
def written():
    """All texts and f-strings of the product, by file; a docstring is a text of its own and equals no key."""
    found = {}
    for file in sorted(PRODUCT.rglob("*.py")):
        where, text = file.relative_to(PRODUCT), file.read_text("utf-8")
        if where.parts[0] not in NOT_THE_PRODUCT and MAY_READ.search(text):
            nodes = list(ast.walk(ast.parse(text)))
            texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            found[str(where)] = texts | {shape(node) for node in nodes if isinstance(node, ast.JoinedStr)}
    return found


def is_settable(item):
    """Whether another value than ours could be set at all."""
    return not item.locked and not (item.unit == "choice" and len(item.choices) == 1)


def unread():
    """Keys that may be set and that nobody reads."""
    texts = set().union(*written().values())
    return {
        key
        for key, item in DEFINITIONS.items()
        if is_settable(item) and key not in texts and not any(re.fullmatch(family, key) for family in FAMILIES)
    }


def test_every_key_that_may_be_set_is_read_or_says_that_nothing_follows():
    assert unread() == STATED
    assert {key for key, item in DEFINITIONS.items() if item.stated} == STATED


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_put_together_where_the_list_says_and_has_members(family):
    file, pattern = FAMILIES[family]
    assert pattern in written()[file]
    assert any(re.fullmatch(family, key) for key in DEFINITIONS)


@pytest.mark.parametrize(
    ("key", "least"),
    [
        ("merit.assessors_min", 3),
        ("inquiry.invited_min", 3),
        ("inquiry.drawn_min", 1),
        ("low_price.explain_workdays", 1),
    ],
)
def test_no_region_goes_below_what_the_method_needs(key, least):
    assert DEFINITIONS[key].minimum == least
