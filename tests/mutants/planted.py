"""The planted bugs: what is changed, and the tests that must notice. A new kind of bug deserves a line here."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """One bug. edits: (file, old text that stands there once, new text). tests: at least one must fail."""

    name: str
    edits: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]
    postgresql: bool = False


VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
LOWEST = "marketplace/selection/methods/sealed_lowest.py"
ORDERING = "marketplace/selection/ordering.py"
PORTS = "marketplace/selection/ports.py"
AVERAGE = "marketplace/selection/methods/average_price.py"
CHOICES = "tests/selection/test_choices.py"
WEIGHING = "tests/tenders/test_weighing.py"
DRAW = "marketplace/kernel/draw.py"
EVENTS = "marketplace/kernel/events.py"
BIDDING = "marketplace/tenders/service/bidding.py"
STEPS, DEADLINES = "marketplace/tenders/service/steps.py", "marketplace/kernel/deadlines.py"
MACHINE = "tests/tenders/test_closing_machine.py::test_no_bid_with_a_receipt_is_lost_in_any_order_of_events"
AVOIDANCE = "tests/tenders/test_avoidance.py"
PLACING = "marketplace/tenders/queries/placing.py"
DIRECT = "tests/tenders/test_direct.py"
[ONE_CALL] = (f"migrations/versions/{found.name}" for found in VERSIONS.glob("*_answers_by_one_call.py"))
SENDER = "marketplace/payments/sender.py"
PAY_RULES = "marketplace/payments/rules.py"
STAGES = "marketplace/auctions/rules/stages.py"
ROOM_MACHINE = "tests/auctions/test_machine.py::test_every_promise_holds_in_any_order_of_events"
BOOKING = "marketplace/ledger/booking.py"
MOVING = "marketplace/budgets/moving.py"
CARRYING = "marketplace/budgets/carrying.py"
RACE = "tests/tenders/test_races.py::test_a_bid_against_the_closing_is_never_accepted_and_ignored"
KEEPERS = "marketplace/tenders/service/keepers.py"
KEPT, CEREMONY = "tests/tenders/test_keepers.py", "tests/selection/test_ceremony.py"

WAITING = "tests/tenders/test_races.py::test_a_bid_that_waits_for_the_closer_is_refused_by_what_the_closer_wrote"
CLOSING, GATE = "tests/tenders/test_closing.py", "tests/web/test_gate.py"
METHOD_LAW = "tests/plugins/test_selection_laws.py::test_every_built_in_method_obeys_every_law"
BILLS = "marketplace/payments/gateways/bills.py"
RECON = "tests/reconciliation/test_service.py"
COLLECT = "tests/collection/test_service.py"
GATEWAY_LAW = "tests/plugins/test_gateway_laws.py::test_every_built_in_gateway_obeys_every_law_it_is_bound_by"
ALONE = f"{METHOD_LAW}[random-taking one away never reorders a draw]"

MUTANTS = (
    Mutant(
        "the highest price wins",
        ((LOWEST, "ordered(offers, cheapest_first, seed)", "ordered(offers, lambda offer: -offer.cost, seed)"),),
        ("tests/selection/test_methods.py::test_the_lowest_price_wins",),
    ),
    Mutant(
        "ties go to whoever came first",
        (
            (
                ORDERING,
                "sorted(seed.order(offers), key=key), tied",
                "sorted(sorted(offers, key=lambda offer: offer.received_at), key=key), tied",
            ),
        ),
        ("tests/selection/test_methods.py::test_equal_prices_are_ordered_by_the_draw_and_not_by_arrival",),
    ),
    Mutant(
        "the order of a draw is the machine's RAND",
        (
            (
                PORTS,
                "key=lambda offer: min(places[label] for label in offer.labels)",
                "key=lambda offer: __import__('random').random() * len(places)",
            ),
        ),
        (f"{METHOD_LAW}[random-same input same ranking]",),
    ),
    Mutant(
        "more tickets do not help",
        ((PORTS, "min(places[label] for label in offer.labels)", "places[offer.labels[0]]"),),
        (f"{CHOICES}::test_the_chance_to_be_first_is_own_tickets_by_all_tickets",),
    ),
    Mutant(
        "a rate is compared by its rounded price",
        ((PORTS, "self.price_fen if self.rate_bp is None else WHOLE_BP - self.rate_bp", "self.price_fen"),),
        (f"{CHOICES}::test_the_highest_rate_wins_even_where_the_rounded_prices_are_equal",),
    ),
    Mutant(
        "the average is cut off instead of rounded",
        ((AVERAGE, "half_up(sum(values), len(values))", "sum(values) // len(values)"),),
        (f"{CHOICES}::test_the_average_is_the_one_of_the_definition",),
    ),
    Mutant(
        "the average drops the lowest only",
        ((AVERAGE, "values = values[1:-1]", "values = values[1:]"),),
        (f"{CHOICES}::test_the_average_is_the_one_of_the_definition",),
    ),
    Mutant(
        "the lowest score wins",
        (
            (
                "marketplace/selection/methods/merit.py",
                'return -numbers[offer.id]["score"], offer.cost',
                'return numbers[offer.id]["score"], offer.cost',
            ),
        ),
        (f"{CHOICES}::test_merit_ranks_by_score_then_price_then_credit",),
    ),
    Mutant(
        "silence explains an abnormally low price",
        (
            (
                "marketplace/tenders/service/explaining.py",
                '_decide(ctx, tender, row, "silent", SILENT)',
                '_decide(ctx, tender, row, "accepted", SILENT)',
            ),
        ),
        (f"{WEIGHING}::test_silence_voids_the_quote_when_the_time_is_up",),
    ),
    Mutant(
        "anybody may quote in an inquiry",
        (
            (
                "marketplace/tenders/queries/eligibility.py",
                "        if id not in listed:\n",
                "        if id not in listed and not listed:\n",
            ),
        ),
        (f"{WEIGHING}::test_the_named_and_one_that_was_drawn_are_invited_and_nobody_else_may_quote",),
    ),
    Mutant(
        "the draw shuffles the pool instead of placing each label",
        (
            (
                DRAW,
                "return sorted(labels, key=lambda label: (expand(key, label.encode()), label))",
                "return __import__('random').Random(key).sample(sorted(labels), len(labels))",
            ),
        ),
        (ALONE, "tests/selection/test_rules.py::test_the_order_is_hkdf_expand_by_label"),
    ),
    Mutant(
        "the draw walks the pool by modulo",
        (
            (
                DRAW,
                "return sorted(labels, key=lambda label: (expand(key, label.encode()), label))",
                "start = int.from_bytes(key, 'big') % max(len(labels), 1)\n"
                "    pool = sorted(labels)\n    return pool[start:] + pool[:start]",
            ),
        ),
        (ALONE,),
    ),
    Mutant(
        "a bill is believed without its trailer",
        ((BILLS, "    if came[0] + went[0] != bill.count:", "    if False:"),),
        (f"{RECON}::test_a_file_whose_own_count_is_wrong_is_refused",),
    ),
    Mutant(
        "a running balance is not followed",
        ((BILLS, "elif self.closing_fen + line.amount_fen != line.balance_fen:", "elif False:"),),
        (f"{RECON}::test_a_line_cut_out_of_the_middle_is_refused",),
    ),
    Mutant(
        "a second line under one number is matched again",
        (("marketplace/reconciliation/rules.py", 'return "duplicate"', 'return "fee"'),),
        (f"{RECON}::test_each_mutation_of_a_statement_is_found",),
    ),
    Mutant(
        "the amount is not compared when matching",
        (
            (
                "marketplace/reconciliation/matching.py",
                "ours.c.amount_fen == StatementLine.amount_fen",
                "ours.c.amount_fen <= 0",
            ),
        ),
        (f"{RECON}::test_each_mutation_of_a_statement_is_found",),
    ),
    Mutant(
        "a movement that is proposed for one line is proposed for another",
        (
            (
                "marketplace/reconciliation/matching.py",
                "            if claim.key not in tally.proposed:",
                "            if True:",
            ),
        ),
        (f"{RECON}::test_one_movement_is_proposed_for_one_line_only_however_often_and_late_lines_come",),
    ),
    Mutant(
        "one person ends a break alone",
        (
            ("marketplace/reconciliation/breaks.py", "if row.proposed_by == who(ctx):", "if False:"),
            ("migrations/versions/0005_statements_and_breaks.py", "proposed_by <> confirmed_by", "1 = 1"),
        ),
        (f"{RECON}::test_a_line_without_our_number_is_proposed_and_two_persons_decide",),
    ),
    Mutant(
        "a notice is applied before it is stored",
        (
            (
                "marketplace/payments/inbox.py",
                '    stored = _put(ctx, gateway, notice_id[:128], fact.number[:64], kept, body, "stored")\n',
                "    _applied(ctx, gateway, fact)\n"
                '    stored = _put(ctx, gateway, notice_id[:128], fact.number[:64], kept, body, "stored")\n',
            ),
        ),
        (f"{COLLECT}::test_a_notice_is_stored_first_and_settles_the_collection_when_applied",),
    ),
    Mutant(
        "the last milestone is not the rest",
        (
            (
                "marketplace/kernel/money.py",
                "    for index in by_remainder[: total_fen - sum(parts)]:\n",
                "    for index in by_remainder[:0]:\n",
            ),
        ),
        ("tests/kernel/test_money.py",),
    ),
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
        "a refund is repeated while the first may be under way",
        (
            (
                "marketplace/collection/rules.py",
                "outcome is Outcome.NOT_FOUND and settling <= timedelta(0)",
                "outcome is Outcome.NOT_FOUND",
            ),
        ),
        (f"{COLLECT}::test_a_refund_still_on_its_way_when_it_is_not_found_is_never_followed_by_another",),
    ),
    Mutant(
        "a refund that moved although it was refused calls nobody",
        (
            (
                "marketplace/collection/rules.py",
                '(state, outcome) in {("refused", Outcome.SUCCEEDED), ("refunded", Outcome.REFUSED)}',
                'state == "nowhere"',
            ),
        ),
        (f"{COLLECT}::test_a_fact_that_denies_the_end_of_a_refund_moves_nothing_and_calls_a_person",),
    ),
    Mutant(
        "late money pays a closed collection",
        (
            (
                "marketplace/collection/evidence.py",
                "fact.outcome is Outcome.SUCCEEDED and row.state in rules.OVER",
                "False",
            ),
        ),
        (f"{COLLECT}::test_money_that_comes_late_has_no_owner_until_somebody_allocates_it",),
    ),
    Mutant(
        "a notice closes a collection",
        (("marketplace/collection/rules.py", '    if source == "notice":\n        return ""\n', ""),),
        (f"{COLLECT}::test_any_order_and_repetition_of_facts_gives_one_result",),
    ),
    Mutant(
        "a lost refund is sent under a new chance",
        (
            (
                "marketplace/collection/service.py",
                "    if known is not None:\n        if known.amount_fen != amount_fen:",
                "    if False:\n        if known.amount_fen != amount_fen:",
            ),
        ),
        (f"{COLLECT}::test_refunds_in_parts_never_exceed_what_was_paid_and_a_request_counts_once",),
    ),
    Mutant(
        "interest is cut off instead of rounded",
        ((PAY_RULES, "return (part * 2 + whole) // (whole * 2)", "return part // whole"),),
        ("tests/overdue/test_overdue.py::test_interest_is_whole_fen_rounded_half_up_once",),
    ),
    Mutant(
        "the last day counts as late",
        ((PAY_RULES, "max((today - due_on).days, 0)", "max((today - due_on).days + 1, 0)"),),
        ("tests/overdue/test_overdue.py::test_the_last_day_is_in_time",),
    ),
    Mutant(
        "closing takes no lock",
        (
            (
                "marketplace/tenders/service/steps.py",
                "    ctx.lock_all([lock_name(id) for id in ids])\n",
                "",
            ),
        ),
        (RACE, "tests/tenders/test_races.py::test_two_closers_make_one_award"),
        postgresql=True,
    ),
    Mutant(
        "the stage is not asked again under the lock",
        (
            (
                BIDDING,
                "for name in _SEALED)).where(_while_open),",
                "for name in _SEALED)).where(_while_open | ~_while_open),",
            ),
        ),
        (WAITING,),
        postgresql=True,
    ),
    Mutant(
        "a bid takes no lock",
        ((PLACING, "(_QUICK_LOCK_AND_LOOK if postgresql else _QUICK_LOOK)", "_QUICK_LOOK"),),
        (f"{CLOSING}::test_bidders_that_stall_across_the_deadline_are_seen_or_refused",),
        postgresql=True,
    ),
    Mutant(
        "a bid does not ask about what the bidder has in common with the buyer",
        ((PLACING, "not row.fit or row.linked or", "not row.fit or"),),
        (f"{AVOIDANCE}::test_a_shared_executive_keeps_the_agency_from_bidding",),
    ),
    Mutant(
        "a bid does not ask whether the bidder is fit",
        ((PLACING, "not row.fit or row.linked or", "row.linked or"),),
        (f"{AVOIDANCE}::test_a_bidder_is_clear_only_where_the_whole_question_finds_nothing",),
    ),
    Mutant(
        "what is closed is closed again",
        (
            (
                "marketplace/tenders/service/opening.py",
                'if tender.stage == "open" and tender.closes_at is not None]',
                "if tender.closes_at is not None]",
            ),
        ),
        ("tests/tenders/test_races.py::test_two_closers_make_one_award",),
        postgresql=True,
    ),
    Mutant(
        "a bid is stamped when its turn comes",
        ((BIDDING, '"received": ctx.received_at}', '"received": ctx.now}'),),
        (f"{GATE}::test_a_bid_that_arrived_in_time_and_waited_past_the_closing_is_taken",),
    ),
    Mutant(
        "a bid is judged when its turn comes",
        ((BIDDING, "ctx.received_at >= closes_at", "ctx.now >= closes_at"),),
        (f"{GATE}::test_a_bid_that_arrived_in_time_and_waited_past_the_closing_is_taken",),
    ),
    Mutant(
        "in any order of events: the closer takes no lock",
        ((STEPS, "    ctx.lock_all([lock_name(id) for id in ids])\n", ""),),
        (MACHINE,),
        postgresql=True,
    ),
    Mutant(
        "in any order of events: a bid takes no lock",
        ((PLACING, "(_QUICK_LOCK_AND_LOOK if postgresql else _QUICK_LOOK)", "_QUICK_LOOK"),),
        (MACHINE,),
        postgresql=True,
    ),
    Mutant(
        "a bid that goes the direct way takes no lock",
        ((ONE_CALL, "  PERFORM pg_advisory_xact_lock_shared(p_lock);\n", ""),),
        (f"{DIRECT}::test_a_bid_that_waited_for_the_closer_is_not_taken",),
        postgresql=True,
    ),
    Mutant(
        "the direct way takes a bid for an old notice",
        (
            (
                "marketplace/tenders/service/direct.py",
                "if notice_version != notice.notice_version:",
                "if not notice_version:",
            ),
        ),
        (f"{DIRECT}::test_what_the_whole_way_refuses_the_direct_way_leaves_to_it",),
    ),
    Mutant(
        "the direct way asks no token whether it still counts",
        (
            (
                "marketplace/identity/queries.py",
                "if row.revoked_at is not None or ctx.now >= row.expires_at:",
                "if not row.scopes:",
            ),
        ),
        (f"{DIRECT}::test_what_the_whole_way_refuses_the_direct_way_leaves_to_it",),
    ),
    Mutant(
        "an answer under a key is not kept by the direct way",
        (
            (
                "marketplace/kernel/answered.py",
                "    if asked is None:\n        return _NOTHING",
                "    if asked:\n        return _NOTHING",
            ),
        ),
        (f"{DIRECT}::test_a_key_gets_the_same_answer_by_either_way",),
    ),
    Mutant(
        "a deed that fails leaves half of itself",
        (("marketplace/kernel/direct.py", '                raw.execute("ROLLBACK TO deed")\n', ""),),
        (f"{DIRECT}::test_a_deed_is_whole_or_not_there",),
    ),
    Mutant(
        "a promise counts as kept before it is",
        (
            (
                "marketplace/kernel/context.py",
                "            if taken:\n                kind = ",
                "            ctx.session.commit()\n            if taken:\n                kind = ",
            ),
        ),
        (f"{CLOSING}::test_one_that_cannot_be_closed_holds_up_no_other",),
    ),
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
        "a promise that was moved meanwhile is taken all the same",
        (
            (
                DEADLINES,
                "return Deadline.done_at.is_(None), Deadline.due_at <= now",
                "return (Deadline.done_at.is_(None),)",
            ),
        ),
        (
            "tests/kernel/test_runtime.py::test_a_promise_that_two_found_due_and_the_first_moved_is_not_taken_by_the_second",
        ),
    ),
    Mutant(
        "a writer goes on before the commit that holds its rows",
        (("marketplace/kernel/turns.py", "        batch.done.wait()\n", ""),),
        ("tests/kernel/test_turns.py::test_a_failed_commit_refuses_all_of_the_batch_and_leaves_nothing",),
    ),
    Mutant(
        "a turn that came too late is kept for ever",
        (("marketplace/kernel/turns.py", "            if self._wanted:\n", "            if self._open:\n"),),
        ("tests/kernel/test_turns.py::test_a_process_that_was_stopped_in_its_turn_stops_nobody_for_ever",),
    ),
    Mutant(
        "a bid at the closing instant is taken",
        ((BIDDING, "ctx.received_at >= closes_at", "ctx.received_at > closes_at"),),
        ("tests/tenders/test_service.py::test_a_bid_at_the_closing_instant_is_refused_though_the_timer_has_not_run",),
    ),
    Mutant(
        "money leaves without asking whether it is there",
        ((BOOKING, "    if source.floor0 and source.net_fen < amount:\n", "    if source.book != target.book:\n"),),
        ("tests/ledger/test_service.py::test_more_than_there_is_is_refused_with_the_available_amount",),
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
        ("tests/payments/test_sender.py::test_two_payers_at_once_make_one_payment",),
    ),
    Mutant(
        "an order is taken from the worker that holds it",
        (("marketplace/payments/plain_orders.py", "        or_(leased.is_(None), leased <= now),\n", ""),),
        ("tests/payments/test_sender.py::test_two_payers_at_once_make_one_payment",),
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
        ("tests/payments/test_sender.py::test_what_waited_too_long_for_its_place_is_surely_not_sent",),
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
        ("tests/payments/test_sender.py::test_an_overtaken_worker_may_not_release_money",),
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
    Mutant(
        "sealed events say who",
        ((EVENTS, '"sealed" if event.sealed else "anonymous", None', "who, whose"),),
        ("tests/kernel/test_runtime.py::test_a_sealed_event_does_not_say_who",),
    ),
    Mutant(
        "the leaf leaves out who acted",
        ((EVENTS, '        "at": at.isoformat(),\n        "actor": who,\n', '        "at": at.isoformat(),\n'),),
        ("tests/audit/test_service.py::test_every_later_change_is_found",),
    ),
    Mutant(
        "a sealed bid has its price in a column",
        (
            (
                "marketplace/tenders/models/__init__.py",
                '    notice_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")\n\n\nclass KeyShare',
                '    notice_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")\n'
                "    price_fen: Mapped[int | None] = mapped_column(BigInteger)\n\n\nclass KeyShare",
            ),
            (
                BIDDING,
                "        return receipt(ctx, notice, _insert(ctx, notice, agency_id, replaces, sealed, event), digest)\n",
                "        done = _insert(ctx, notice, agency_id, replaces, sealed, event)\n"
                "        ctx.session.execute(update(Bid).values(price_fen=price_fen))\n"
                "        return receipt(ctx, notice, done, digest)\n",
            ),
        ),
        ("tests/tenders/test_sealing.py::test_no_column_of_any_table_learns_price_or_bidder_from_a_bid",),
    ),
    Mutant(
        "an expelled agency may bid",
        (
            (
                "marketplace/agencies/rules.py",
                '    if standing == "expelled":\n        day',
                '    if standing == "x":\n        day',
            ),
        ),
        ("tests/agencies/test_service.py::test_an_expelled_agency_may_not_enter_before_its_term_and_may_after",),
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
                "marketplace/extension.py",
                "registries[point].load(config.names(text), installed)",
                "registries[point].load("
                "[*config.names(text), *({'rated'} if point == 'selection_methods' else ())], installed)",
            ),
        ),
        ("tests/plugins/test_third_party.py::test_what_is_installed_but_not_named_is_not_even_imported",),
    ),
    Mutant(
        "avoidance is forgotten at closing",
        (
            (
                "marketplace/tenders/service/sifting.py",
                "        elif bars[offer.agency_id]:\n",
                '        elif [one for one in bars[offer.agency_id] if one.code != "tender.avoidance"]:\n',
            ),
        ),
        ("tests/tenders/test_avoidance.py::test_a_relation_that_came_after_the_bid_is_found_at_closing",),
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
    Mutant(
        "an auction is sniped: a quote in the last second leaves the others no time",
        (
            (
                STAGES,
                'ends = max(stage.ends_at, min(received_at + terms.seconds("slot"), _latest_end(room)))',
                "ends = stage.ends_at",
            ),
            (STAGES, "return _end(room, stage) if stood else", "return _end(room, stage) if stood or room else"),
        ),
        ("tests/auctions/test_rules.py::test_a_lower_quote_starts_the_countdown_anew", ROOM_MACHINE),
    ),
    Mutant(
        "an auction is sniped in the last second of its longest time",
        ((STAGES, "return _end(room, stage) if stood else", "return _end(room, stage) if stood or room else"),),
        (
            "tests/auctions/test_rules.py"
            "::test_whoever_quotes_in_the_last_second_of_the_longest_time_is_answered_in_a_sealed_round",
        ),
    ),
    Mutant(
        "a late auction worker shortens the next stage",
        (
            (
                STAGES,
                'stage = Stage(number, kind, why, round_, seat, starts, starts + room.terms.seconds("slot"))',
                "due = due_at(room) or starts\n"
                '    stage = Stage(number, kind, why, round_, seat, starts, due + room.terms.seconds("slot"))',
            ),
        ),
        ("tests/auctions/test_rules.py::test_a_step_that_comes_late_shifts_everything_after_it_and_shortens_nothing",),
    ),
    Mutant(
        "an auction stage that nobody could use is not run again",
        ((STAGES, "        return _again(room, now)\n", "        pass\n"),),
        ("tests/auctions/test_rules.py::test_a_stage_that_could_not_be_ended_in_time_is_run_again_in_full",),
    ),
    Mutant(
        "in an auction the best bidder moves first",
        ((STAGES, "reversed(ranked(room.terms, room.seats))", "ranked(room.terms, room.seats)"),),
        ("tests/auctions/test_rules.py::test_in_turns_the_worst_moves_first_and_the_best_last_in_every_round",),
    ),
    Mutant(
        "a sealed auction quote shows before its stage is over",
        ((STAGES, "        return changed\n", "        return published(changed)\n"),),
        ("tests/auctions/test_rules.py::test_what_is_quoted_in_a_sealed_stage_shows_when_it_is_over",),
    ),
    Mutant(
        "the minutes of the opening name the bidders before the auction ends",
        (
            (
                "marketplace/tenders/service/opening.py",
                "if not selection.is_live(ctx, tender.method):",
                "if tender.number:",
            ),
        ),
        ("tests/auctions/test_service.py::test_before_the_end_nobody_reads_who_is_behind_a_number_or_what_was_bid",),
    ),
    Mutant(
        "auction quotes do not hold their room",
        (
            (
                "marketplace/auctions/queries.py",
                "select(AuctionRoom).where(AuctionRoom.number == number).with_for_update()",
                "select(AuctionRoom).where(AuctionRoom.number == number)",
            ),
        ),
        (
            "tests/auctions/test_races.py::test_many_quotes_at_once_leave_standings_that_can_be_repeated",
            "tests/auctions/test_races.py::test_of_two_equal_quotes_at_once_one_counts_and_the_other_hears_what_would_do",
        ),
        postgresql=True,
    ),
    Mutant(
        "a bid of an old notice is counted",
        (
            (
                "marketplace/tenders/queries/__init__.py",
                "Bid.notice_version >= Tender.counts_from",
                "Bid.notice_version >= 1",
            ),
        ),
        (
            "tests/tenders/test_changes.py::test_only_confirmed_bids_count_and_the_others_stay_shut",
            "tests/tenders/test_races.py::"
            "test_an_amendment_against_bids_has_one_order_and_no_bid_counts_for_a_notice_it_did_not_see",
        ),
    ),
    Mutant(
        "a void bid is revived by confirming a later change",
        (
            (
                "marketplace/tenders/rules/changing.py",
                'return "invalid" if version < invalidated_from else CONFIRM',
                "return CONFIRM",
            ),
        ),
        ("tests/tenders/test_changes.py::test_a_later_change_that_needs_confirmation_does_not_revive_a_void_bid",),
    ),
    Mutant(
        "the log says who asked",
        (("marketplace/kernel/events.py", "if event.sealed or event.anonymous:", "if event.sealed:"),),
        ("tests/tenders/test_changes.py::test_a_question_is_public_and_nobody_learns_who_asked",),
    ),
    Mutant(
        "a share is taken before the closing",
        (
            (
                KEEPERS,
                '    if tender.stage == "open":\n        raise ShareTooEarly',
                '    if tender.stage == "none":\n        raise ShareTooEarly',
            ),
        ),
        (f"{KEPT}::test_a_share_before_the_closing_is_refused_and_stays_unknown",),
    ),
    Mutant(
        "one keeper alone holds the whole key",
        (
            (
                "marketplace/tenders/service/envelopes.py",
                "shares.split(bytes(private), threshold, len(keepers))",
                "shares.split(bytes(private), 1, len(keepers))",
            ),
        ),
        (f"{KEPT}::test_a_dump_every_secret_of_the_web_and_fewer_than_k_keepers_open_no_envelope",),
    ),
    Mutant(
        "any text is a share",
        ((KEEPERS, "    if envelopes.share_digest(part) != row.digest:\n", "    if len(part) != 33:\n"),),
        (f"{KEPT}::test_a_wrong_share_is_refused_and_its_keeper_named",),
    ),
    Mutant(
        "too few shares and the tender waits for ever",
        ((KEEPERS, "        fail(ctx, tender, SILENT_KEEPERS)\n", "        return\n"),),
        (f"{KEPT}::test_too_few_shares_void_the_tender_and_no_bid_is_ever_opened",),
    ),
    Mutant(
        "a withheld seed is drawn anew",
        (
            (
                "marketplace/selection/rules.py",
                "            seed = bytes.fromhex(commitment)\n",
                "            seed = __import__('secrets').token_bytes(32)\n",
            ),
        ),
        (f"{CEREMONY}::test_a_withheld_seed_is_an_incident_and_is_replaced_by_its_commitment_never_drawn_anew",),
    ),
    Mutant(
        "a withheld seed is not mentioned",
        (
            (
                "marketplace/selection/ceremony.py",
                '    for keeper in record.get("withheld", []):\n',
                "    for keeper in ():\n",
            ),
        ),
        (f"{CEREMONY}::test_a_withheld_seed_is_an_incident_and_is_replaced_by_its_commitment_never_drawn_anew",),
    ),
    Mutant(
        "whoever is left when the draw is held is the pool",
        (
            (
                "marketplace/selection/ceremony.py",
                "    record = _record(pool, rows, seeds, public)\n",
                "    ctx.session.expunge(pool)\n    pool.labels = sorted(labels)\n    record = _record(pool, rows, seeds, public)\n",
            ),
        ),
        (f"{CEREMONY}::test_a_frozen_pool_does_not_change_whoever_is_left_when_the_draw_is_held",),
    ),
    Mutant(
        "one person's lottery numbers count",
        (("marketplace/selection/sources/lottery.py", "    entries = 2\n", "    entries = 1\n"),),
        (f"{CEREMONY}::test_lottery_numbers_count_when_two_people_entered_the_same",),
    ),
    Mutant(
        "numbers drawn before the freezing are taken",
        (
            (
                "marketplace/selection/sources/lottery.py",
                "if not frozen_at < drawn_at <= now:",
                "if not drawn_at <= now:",
            ),
        ),
        (f"{CEREMONY}::test_numbers_drawn_before_the_freezing_or_not_yet_or_misread_are_refused",),
    ),
    Mutant(
        "a balance is judged by reading it, without holding it",
        (
            (BOOKING, "ORDER BY b.account_id {lock}", "ORDER BY b.account_id"),
            (BOOKING, '"\n    "AND (NOT b.floor0 OR b.credits_fen - b.debits_fen + v.credits - v.debits >= 0)"', '"'),
        ),
        (
            "tests/budgets/test_races.py::test_the_last_thousand_yuan_are_never_reserved_twice",
            "tests/budgets/test_races.py::test_twenty_four_clients_take_exactly_what_is_there",
        ),
        postgresql=True,
    ),
    Mutant(
        "accounts are held in the order in which they are asked for",
        (
            (BOOKING, "CHUNK = 10_000", "CHUNK = 1"),
            (BOOKING, "_chunks(sorted(set(ids)))", "_chunks(list(ids))"),
            (
                BOOKING,
                "_held(connection, {side for entry in wanted for side in (entry.debit_id, entry.credit_id)})",
                "_held(connection, [side for entry in wanted for side in (entry.debit_id, entry.credit_id)])",
            ),
        ),
        ("tests/ledger/test_batches.py::test_batches_both_ways_at_once_never_wait_for_each_other",),
        postgresql=True,
    ),
    Mutant(
        "entries of a batch do not see those before them",
        ((BOOKING, "    source.net_fen -= amount_fen\n", ""),),
        ("tests/ledger/test_batches.py::test_each_entry_is_judged_after_those_before_it",),
    ),
    Mutant(
        "what a refused request had begun to move is missed by those after it",
        (
            (
                BOOKING,
                "            _shift(held[entry.debit_id], held[entry.credit_id], -entry.amount_fen)\n",
                "            pass\n",
            ),
        ),
        ("tests/ledger/test_batches.py::test_requests_of_many_clients_are_judged_in_their_order_each_whole_and_alone",),
    ),
    Mutant(
        "the single writer serves the last who came first",
        (("marketplace/kernel/writer.py", "self._line.popleft()", "self._line.pop()"),),
        ("tests/kernel/test_writer.py::test_those_who_wait_are_judged_in_the_order_they_came_and_share_one_commit",),
    ),
    Mutant(
        "one request that breaks a judgement refuses all who were judged with it",
        (("marketplace/kernel/writer.py", "if not judged and len(batch) > 1", "if judged and len(batch) > 1"),),
        ("tests/kernel/test_writer.py::test_one_that_breaks_the_judgement_harms_nobody_else",),
    ),
    Mutant(
        "an id that was booked is taken for known whatever it says",
        (
            (
                BOOKING,
                "            elif (before.content if isinstance(before, Entry) else before) != entry.content:\n",
                "            elif not before:\n",
            ),
        ),
        ("tests/ledger/test_service.py::test_the_same_id_with_other_content_is_refused",),
    ),
    Mutant(
        "an amount may be a float",
        ((BOOKING, "if type(entry.amount_fen) is not int or entry.amount_fen <= 0:", "if entry.amount_fen <= 0:"),),
        ("tests/ledger/test_service.py::test_an_amount_is_a_positive_whole_number_of_fen",),
    ),
    Mutant(
        "a table's amount goes through a float",
        (
            (
                "marketplace/budgets/trial.py",
                "        return parse_yuan(text)\n",
                '        return int(float(text.replace(",", "")) * 100)\n',
            ),
        ),
        ("tests/budgets/test_tables.py::test_an_amount_is_read_to_the_fen",),
    ),
    Mutant(
        "a closed account moves until the trigger stops it",
        ((BOOKING, "if source.closed or target.closed or {", "if {"),),
        ("tests/budgets/test_years.py::test_a_sealed_year_refuses_every_posting_even_past_the_service",),
    ),
    Mutant(
        "a need keeps drawing on the year that it was carried out of",
        ((CARRYING, "    _end_share(ctx, row, line)\n", ""),),
        ("tests/budgets/test_years.py::test_the_year_is_closed_step_by_step",),
    ),
    Mutant(
        "a payment that comes back changes the closed year",
        (("marketplace/budgets/service.py", "if carrying.paid_before(ctx, row, reference):", "if not row:"),),
        ("tests/budgets/test_years.py::test_a_payment_that_comes_back_after_the_seal_is_due_in_the_next_year",),
    ),
    Mutant(
        "a frozen year takes a new need",
        (
            (
                "marketplace/budgets/service.py",
                "    require_open(ctx, lines[0].department_id, lines[0].fiscal_year)\n    _require_available",
                "    _require_available",
            ),
        ),
        ("tests/budgets/test_years.py::test_the_year_is_closed_step_by_step",),
    ),
    Mutant(
        "what is given back comes off the first line",
        ((MOVING, "        active.reverse()\n", "        active = list(active)\n"),),
        ("tests/budgets/test_years.py::test_a_need_draws_on_its_lines_in_order_and_gives_back_the_last_first",),
    ),
    Mutant(
        "a payment settles on any line that has something in transit",
        ((MOVING, "        if sum(first.values()) == amount_fen:\n", "        if not first:\n"),),
        ("tests/budgets/test_years.py::test_a_payment_settles_on_the_lines_that_it_was_taken_from",),
    ),
    Mutant(
        "a table with faults is booked as far as it is good",
        (
            (
                "marketplace/budgets/importing.py",
                "    trial = try_out(ctx, department_id, content)\n    if trial.faults:\n",
                "    trial = try_out(ctx, department_id, content)\n    if not trial.wanted:\n",
            ),
        ),
        ("tests/budgets/test_tables.py::test_the_trial_lists_every_fault_by_row_and_column_and_writes_nothing",),
    ),
    Mutant(
        "vouchers are numbered anew at each export",
        (
            (
                "marketplace/budgets/vouchers.py",
                "serial=serial + offset,",
                "serial=serial + offset + (10 if serial else 0),",
            ),
        ),
        ("tests/budgets/test_tables.py::test_vouchers_stand_in_both_books_and_keep_their_numbers",),
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
        "a dispute that its page has refused is kept",
        (("marketplace/contracts/pages/money.py", "    return page, 422 if errors else 200\n", "    return page\n"),),
        ("tests/payments/test_disputes.py::test_both_sides_have_pages_for_a_dispute",),
    ),
    Mutant(
        "the page lets the buyer agree to the change that it has proposed",
        (
            (
                "marketplace/contracts/pages/money.py",
                'if not queries.is_side(ctx, found, side) or (step == "withdraw") != (side == "buyer"):',
                "if not queries.is_side(ctx, found, side):",
            ),
        ),
        ("tests/contracts/test_changes.py::test_pages_and_json_offer_changes_to_both_sides",),
    ),
    Mutant(
        "a treasury receipt is taken although its amount is another",
        (("marketplace/payments/receipts.py", "found.amount_fen != said.amount or ", ""),),
        ("tests/payments/test_treasury_doors.py::test_a_receipt_counts_once_it_fits_and_a_second_person_confirms_it",),
    ),
    Mutant(
        "days on which no worker asked are never fetched",
        (
            (
                "marketplace/reconciliation/queries.py",
                "return [day for day in every if day not in there]",
                "return [day for day in every if day in there]",
            ),
        ),
        (
            "tests/reconciliation/test_fetching.py::test_days_nobody_asked_for_are_fetched_later_and_a_fee_waits_on_the_clerks_desk",
        ),
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
    Mutant(
        "a dispute lets the approved order go on to the wire",
        (
            (
                "marketplace/payments/disputes.py",
                '    if row.state != "approved" and row.held_from != "approved":\n',
                '    if row.state == "approved" or row.held_from != "approved":\n',
            ),
        ),
        ("tests/payments/test_disputes.py::test_an_approved_order_is_stopped_and_the_undisputed_part_is_paid_in_time",),
    ),
    Mutant(
        "a dispute stops what is on the wire already",
        (
            (
                "marketplace/payments/disputes.py",
                '    if row.state in rules.SENT or row.sends:\n        return "sent"\n',
                "",
            ),
        ),
        (
            "tests/payments/test_disputes.py::test_what_is_on_the_wire_is_only_put_on_record_and_what_is_paid_is_too_late",
        ),
    ),
    Mutant(
        "held money counts as the agency's at once",
        (
            (
                "marketplace/collection/evidence.py",
                '"payer", "held" if row.hold_days else "collected", row.amount_fen',
                '"payer", "collected", row.amount_fen',
            ),
        ),
        ("tests/collection/test_holding.py::test_acceptance_lets_it_go_once_and_nothing_is_due_again",),
    ),
    Mutant(
        "one person alone lets held money go",
        (
            (
                "marketplace/collection/holding.py",
                "    if row.release_asked_by == who(ctx):\n        raise ReleaseSamePerson\n    row.released_by = who(ctx)\n",
                "",
            ),
        ),
        (
            "tests/collection/test_holding.py::test_two_persons_of_the_payer_let_it_go_and_a_refund_before_takes_its_part",
        ),
    ),
    Mutant(
        "the provider settles by itself what nobody has accepted",
        (
            (
                "marketplace/collection/evidence.py",
                "paid_at + timedelta(days=row.hold_days) - rules.HELD_BACK",
                "paid_at + timedelta(days=row.hold_days) + rules.HELD_BACK",
            ),
        ),
        ("tests/collection/test_holding.py::test_what_nobody_accepts_goes_back_before_the_provider_would_settle_it",),
    ),
    Mutant(
        "a milestone that was added keeps its share of the first amount",
        (
            (
                "marketplace/contracts/changes.py",
                "    found.amount_fen += row.amount_fen\n    ctx.session.add(part)\n    ctx.session.flush()\n    _share_out(ctx, found)\n",
                "    found.amount_fen += row.amount_fen\n    ctx.session.add(part)\n    ctx.session.flush()\n",
            ),
        ),
        ("tests/contracts/test_changes.py::test_an_increase_is_reserved_first_and_obligated_when_the_agency_agrees",),
    ),
)
