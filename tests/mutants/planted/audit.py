"""The log of the audit and its verifier."""

from tests.mutants.planted.mutant import Mutant

EVENTS = "marketplace/kernel/events.py"

MUTANTS = (
    Mutant(
        "the leaf leaves out who acted",
        ((EVENTS, '        "at": at.isoformat(),\n        "actor": who,\n', '        "at": at.isoformat(),\n'),),
        ("tests/audit/test_service.py::test_every_later_change_is_found",),
    ),
    Mutant(
        "the verifier believes any order",
        (
            (
                "marketplace/audit/verifier.py",
                'if (again, figures) == (shown, record["figures"])',
                'if figures == record["figures"]',
            ),
        ),
        ("tests/audit/test_tampering.py::test_no_place_of_a_ranking_that_decides_can_be_changed_unseen",),
    ),
    Mutant(
        "the verifier does not look at the published offers",
        (("marketplace/audit/verifier.py", 'if digest == part["minutes"]["offers_digest"]', "if digest"),),
        ("tests/audit/test_tampering.py::test_no_place_of_what_is_signed_can_be_changed_unseen",),
    ),
    Mutant(
        "an invented signature of a beacon passes",
        (("marketplace/audit/verifier.py", "else [BAD_BEACON]", "else []"),),
        ("tests/audit/test_tampering.py::test_an_invented_drand_signature_never_passes",),
    ),
    Mutant(
        "what is taken on trust is called passed",
        (
            (
                "marketplace/audit/verifier.py",
                "return (1 if any(found.values()) else 3 if open_ else 0)",
                "return (1 if any(found.values()) else 0)",
            ),
        ),
        ("tests/audit/test_tampering.py::test_what_is_taken_on_trust_is_named_and_is_not_called_passed",),
    ),
)
