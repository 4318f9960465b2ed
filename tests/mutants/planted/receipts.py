"""Receipts: the signed ones of what was recorded; those of payments, official and from the treasury."""

from tests.mutants.planted.mutant import Mutant

OWN = "tests/tenders/test_receipts.py::test_every_step_of_a_bid_has_a_receipt_that_is_found_again_and_by_nobody_else"

MUTANTS = (
    Mutant(
        "whoever knows a leaf reads the receipt of another agency",
        (("marketplace/audit/receipts.py", "if own[what.type](what.content)", "if what.type in own"),),
        (OWN,),
    ),
    Mutant(
        "the receipts of a withdrawn bid are lost when its agency bids again",
        (("marketplace/tenders/service/bidding.py", "withdrawn=BIDS.c.withdrawn + BIDS.c.digest", 'withdrawn=""'),),
        (OWN,),
    ),
    Mutant(
        "the receipts of the envelopes before the last change are lost",
        (("marketplace/tenders/queries/receipts.py", "fresh = {before[digest]", "fresh = {digest"),),
        (OWN,),
    ),
    Mutant(
        "a receipt that is found again says when it was asked for",
        (("marketplace/audit/receipts.py", "what.at.isoformat()", "ctx.now.isoformat()"),),
        ("tests/tenders/test_receipts.py::test_what_is_found_again_is_what_was_given",),
    ),
    Mutant(
        "a treasury receipt is taken although its amount is another",
        (("marketplace/payments/receipts.py", "found.amount_fen != said.amount or ", ""),),
        ("tests/payments/test_treasury_doors.py::test_a_receipt_counts_once_it_fits_and_a_second_person_confirms_it",),
    ),
    Mutant(
        "a receipt file is handed out without a look at its hash",
        (
            (
                "marketplace/payments/queries/receipts.py",
                "if sha256(file).hexdigest() != found.sha256:",
                "if not sha256(file).hexdigest():",
            ),
        ),
        ("tests/payments/test_official_receipts.py::test_who_may_see_the_receipt_and_what_a_changed_file_says",),
    ),
    Mutant(
        "another official receipt replaces the kept one",
        (
            (
                "marketplace/payments/receipts.py",
                '        other, ours = str(facts["sha256"]), str(kept.sha256)\n',
                '        other, ours = str(facts["sha256"]), str(kept.sha256)\n        kept.sha256 = other\n',
            ),
        ),
        (
            "tests/payments/test_official_receipts.py::test_the_receipt_comes_after_the_money_is_kept_by_its_hash_and_never_replaced",
        ),
    ),
    Mutant(
        "half of a receipt is a receipt",
        (
            (
                "marketplace/payments/gateways/alipay_receipts.py",
                "reply.status != 200 or not whole(reply.body)",
                "reply.status != 200",
            ),
        ),
        (
            "tests/payments/test_golden_receipts.py::test_flipped_bytes_of_an_answer_and_any_file_that_is_not_whole_bring_nothing",
        ),
    ),
)
