"""Standing and relations of agencies."""

from tests.mutants.planted.mutant import Mutant

MUTANTS = (
    Mutant(
        "an expelled agency may bid",
        (
            (
                "marketplace/agencies/rules.py",
                '    if standing == "expelled":\n        day',
                '    if standing == "x":\n        day',
            ),
        ),
        ("tests/agencies/test_standing.py::test_an_expelled_agency_may_not_enter_before_its_term_and_may_after",),
    ),
    Mutant(
        "a shareholder is close only when he holds more than the limit",
        (
            (
                "marketplace/relations/rules.py",
                "share is None or share >= least_bp",
                "share is None or share > least_bp",
            ),
        ),
        ("tests/relations/test_rules.py::test_what_two_have_in_common_keeps_them_apart_for_one_named_cause",),
    ),
)
