"""Payment orders on the wire: sent once, asked before they are sent again, believed only when they fit."""

from tests.mutants.planted.mutant import Mutant

SENDER = "marketplace/payments/sender.py"
PAY_RULES = "marketplace/payments/rules.py"
GATEWAY_LAW = "tests/plugins/test_gateway_laws.py::test_every_built_in_gateway_obeys_every_law_it_is_bound_by"

MUTANTS = (
    Mutant(
        "not found is believed while the send may be under way",
        (
            (
                SENDER,
                "_settling(ctx, claimed) if fact.outcome is Outcome.NOT_FOUND else timedelta(0)",
                "timedelta(0)",
            ),
        ),
        (
            "tests/payments/test_sender.py"
            "::test_a_request_still_on_its_way_when_it_is_not_found_is_never_followed_by_another",
            "tests/payments/test_sender.py::test_not_found_is_believed_only_when_asked_after_the_last_send_has_settled",
        ),
    ),
    Mutant(
        "a payment leaves before its intent is stored",
        (
            (
                SENDER,
                "    return Claim(row.id, row.fence, ctx.new_id(), what, prepared, gateway, deadline, ctx.now)\n",
                "    gateway.send(prepared, deadline=deadline)\n"
                "    return Claim(row.id, row.fence, ctx.new_id(), what, prepared, gateway, deadline, ctx.now)\n",
            ),
        ),
        ("tests/payments/test_workers.py::test_two_payers_at_once_make_one_payment",),
    ),
    Mutant(
        "an order is taken from the worker that holds it",
        (("marketplace/payments/plain_orders.py", "        or_(leased.is_(None), leased <= now),\n", ""),),
        ("tests/payments/test_workers.py::test_two_payers_at_once_make_one_payment",),
    ),
    Mutant(
        "what waited too long for its place in the air is sent in its last moment",
        (
            (
                SENDER,
                "claimed.deadline - time.monotonic() < rules.WIRE_SECONDS / 2",
                "claimed.deadline < time.monotonic()",
            ),
        ),
        ("tests/payments/test_workers.py::test_what_waited_too_long_for_its_place_is_surely_not_sent",),
    ),
    Mutant(
        "a connection is used again although something came after its answer",
        (("marketplace/payments/gateways/hearing.py", "kept and not heard.came", "kept"),),
        ("tests/payments/test_hearing.py::test_an_answer_is_read_to_its_last_byte_and_no_further",),
    ),
    Mutant(
        "after a crash it is sent again without a question",
        (
            (
                SENDER,
                'row.next_what, row.sends = "query", row.sends + (what == "send")',
                'row.sends = row.sends + (what == "send")',
            ),
        ),
        (
            "tests/payments/test_crash.py::test_a_killed_payer_pays_once_after_its_restart[connection dropped after-off]",
        ),
    ),
    Mutant(
        "an unknown outcome is sent again without a question",
        (
            (
                PAY_RULES,
                'return Plan("query", back_off(tries), attention=tries >= len(BACK_OFF))',
                'return Plan("send", back_off(tries), attention=tries >= len(BACK_OFF))',
            ),
        ),
        ("tests/payments/test_rules.py::test_only_not_found_leads_to_another_send_and_only_where_it_is_harmless",),
    ),
    Mutant(
        "an unknown outcome gives the money back",
        ((PAY_RULES, 'Outcome.UNKNOWN: "lose"', 'Outcome.UNKNOWN: "refuse"'),),
        ("tests/payments/test_rules.py::test_money_is_released_only_by_a_refusal",),
    ),
    Mutant(
        "a retry goes under a new number",
        (
            (
                SENDER,
                'Prepared.of("transfer", row.number, Fen(row.amount_fen)',
                'Prepared.of("transfer", f"{row.number}-{row.fence}", Fen(row.amount_fen)',
            ),
        ),
        (
            "tests/payments/test_sender.py::"
            "test_an_unknown_outcome_is_asked_for_before_anything_is_sent_again[system_error_done-exchanges0]",
        ),
    ),
    Mutant(
        "a worker that lost its fence may release money",
        (
            (
                "marketplace/payments/evidence.py",
                "stale = fence is not None and fence != row.fence",
                "stale = fence is not None and fence > row.fence",
            ),
        ),
        ("tests/payments/test_workers.py::test_an_overtaken_worker_may_not_release_money",),
    ),
    Mutant(
        "not found gives the money back",
        ((PAY_RULES, 'Outcome.NOT_FOUND: "lose"', 'Outcome.NOT_FOUND: "refuse"'),),
        ("tests/payments/test_rules.py::test_money_is_released_only_by_a_refusal",),
    ),
    Mutant(
        "a contract is paid to whatever account is registered last",
        (
            (
                "marketplace/payments/payees.py",
                "    if fixed is None or not _same(ctx, fixed, details):\n        raise ContractPayeeDiffers",
                "    if fixed is None:\n        raise ContractPayeeDiffers",
            ),
        ),
        ("tests/payments/test_papers.py::test_a_signed_contract_keeps_its_account_until_both_sides_change_it",),
    ),
    Mutant(
        "a code that nobody knows is a refusal",
        (
            (
                PAY_RULES,
                "(exchange, code, sub_code, status), Outcome.UNKNOWN)",
                "(exchange, code, sub_code, status), Outcome.REFUSED)",
            ),
        ),
        ("tests/payments/test_rules.py::test_a_code_that_nobody_has_seen_is_unknown",),
    ),
    Mutant(
        "an answer about another amount is believed",
        (
            (
                "marketplace/payments/gateways/alipay_speech.py",
                "any(a != prepared.amount for a in amounts)",
                "any(a < 0 for a in amounts)",
            ),
        ),
        (f"{GATEWAY_LAW}[sandbox-what is not ours is unknown]",),
    ),
)
