"""The doors: pages, identities, releases and what may be loaded."""

from tests.mutants.planted.mutant import Mutant

MUTANTS = (
    Mutant(
        "a warm page outlives a change",
        (("marketplace/web/warm.py", "return (market.version(), ", 'return ("", '),),
        ("tests/web/test_warm.py::test_no_change_is_ever_behind_a_warm_page",),
    ),
    Mutant(
        "a page is marked with what was in the database after it was read",
        (("marketplace/web/warm.py", "page = Page(stamp, body,", "page = Page((market.version(), stamp[1]), body,"),),
        ("tests/web/test_warm.py::test_what_is_committed_while_a_page_is_made_is_not_lost",),
    ),
    Mutant(
        "what a refused form wrote is kept",
        (("marketplace/web/doors.py", "ctx.session.rollback()", "ctx.session.flush()"),),
        ("tests/web/test_doors.py::test_an_answer_of_422_keeps_nothing",),
    ),
    Mutant(
        "a gateway's identity header needs no signature",
        (
            (
                "marketplace/identity/providers/header.py",
                "if not secret or not hmac.compare_digest(sign(secret, value).encode(), given):",
                "if not secret or not given:",
            ),
        ),
        ("tests/identity/test_api.py::test_a_header_with_a_foreign_or_missing_signature_is_nobody",),
    ),
    Mutant(
        "whatever is installed is loaded",
        (
            (
                "marketplace/plugins.py",
                "found[point].load(config.names(text), installed)",
                "found[point].load("
                "[*config.names(text), *({'rated'} if point == 'selection_methods' else ())], installed)",
            ),
        ),
        ("tests/plugins/test_third_party.py::test_what_is_installed_but_not_named_is_not_even_imported",),
    ),
    Mutant(
        "a release forgets the award",
        (
            (
                "marketplace/integration/releases.py",
                '    if award is not None:\n        made["awards"]',
                '    if award is None:\n        made["awards"]',
            ),
        ),
        ("tests/integration/test_releases.py::test_sealed_bids_are_not_in_a_release_and_the_award_is",),
    ),
)
