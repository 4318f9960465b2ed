"""Rules that may be set and change nothing, or that allow less than the method needs."""

from tests.mutants.planted.mutant import Mutant

READERS = "tests/rulebook/test_readers.py"

MUTANTS = (
    Mutant(
        "a rule can be set and changes nothing",
        (
            (
                "marketplace/tenders/service/awarding.py",
                'return min(soon, ctx.now + timedelta(days=book["contract.sign_max_days"]))',
                "return min(soon, ctx.now + timedelta(days=9999))",
            ),
        ),
        (
            f"{READERS}::test_every_key_that_may_be_set_is_read_or_says_that_nothing_follows",
            "tests/tenders/test_awarding.py::test_a_contract_is_never_signed_later_than_the_law_has_it",
        ),
    ),
    Mutant(
        "two assessors are enough",
        (
            (
                "marketplace/rulebook/defaults.toml",
                'title_en = "Fewest assessors"\nsource = "design"\nunconfirmed = true\nmin = 3',
                'title_en = "Fewest assessors"\nsource = "design"\nunconfirmed = true\nmin = 2',
            ),
        ),
        (f"{READERS}::test_no_region_goes_below_what_the_method_needs",),
    ),
)
