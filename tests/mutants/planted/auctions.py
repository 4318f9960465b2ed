"""Auction rooms: stages, the last second, and who may be seen."""

from tests.mutants.planted.mutant import Mutant

STAGES = "marketplace/auctions/rules/stages.py"
ROOM_MACHINE = "tests/auctions/test_machine.py::test_every_promise_holds_in_any_order_of_events"
QUOTING, DRIVING = "marketplace/auctions/service/quoting.py", "marketplace/auctions/service/driving.py"
QUERIES, SEALED = "marketplace/auctions/queries.py", "marketplace/auctions/rules/sealed.py"
LIVE, EXPLAINING = "marketplace/tenders/service/live.py", "tests/auctions/test_explaining.py"
SEALED_ROOM = "tests/auctions/test_sealed.py"
SHUT = f"{SEALED_ROOM}::test_a_dump_with_all_secrets_of_the_web_process_tells_no_quote_of_a_running_sealed_stage"

MUTANTS = (
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
                QUERIES,
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
        "a quote of a sealed auction stage is stored readable",
        (
            (
                QUOTING,
                "if rules.is_sealed(before):",
                "if rules.is_sealed(before) and not row:",
            ),
        ),
        (SHUT,),
    ),
    Mutant(
        "the event of a sealed auction quote tells its value",
        (
            (
                QUOTING,
                "row.number, seat, digest, ctx.received_at.isoformat())",
                "row.number, seat, digest, f'{ctx.received_at.isoformat()} {value}')",
            ),
        ),
        (SHUT,),
    ),
    Mutant(
        "the fingerprint of a request can be tried out with the secret of the web process",
        (("marketplace/kernel/answered.py", '"request", self.key, self.body', '"request", self.body'),),
        (SHUT,),
    ),
    Mutant(
        "sealed auction quotes are opened before their stage has ended",
        (
            (QUERIES, "AuctionRoom.due_at <= ctx.now, _ours(ctx))", "_ours(ctx))"),
            (
                DRIVING,
                "if private is None or not rules.is_due(before, ctx.now):",
                "if private is None or not (private or rules.is_due(before, ctx.now)):",
            ),
        ),
        (f"{SEALED_ROOM}::test_nothing_is_opened_before_the_stage_has_ended_and_what_was_received_in_it_is_written",),
    ),
    Mutant(
        "an envelope that was made for another seat counts in an auction",
        (
            (
                SEALED,
                "if type(value) is not int or found != contents(",
                "if type(value) is not int or not contents(",
            ),
        ),
        (f"{SEALED_ROOM}::test_an_envelope_that_was_damaged_or_exchanged_is_refused_aloud_and_stops_nothing",),
    ),
    Mutant(
        "a damaged envelope of an auction counts as the entry quote",
        (
            (
                SEALED,
                "    except (CryptoError, ValueError):\n        return None, DAMAGED\n",
                "    except (CryptoError, ValueError):\n        return 1, ''\n",
            ),
        ),
        (f"{SEALED_ROOM}::test_an_envelope_that_was_damaged_or_exchanged_is_refused_aloud_and_stops_nothing",),
    ),
    Mutant(
        "a driver without the key steps an auction past its sealed stage",
        (
            (
                QUERIES,
                "or_(~AuctionRoom.sealed, AuctionRoom.keeper.in_(ctx.keys.held))",
                "AuctionRoom.id != ''",
            ),
            (
                DRIVING,
                "private = sealing.private_half(ctx, row) if row.sealed",
                "private = sealing.private_half(ctx, row) or '' if row.sealed",
            ),
        ),
        (f"{SEALED_ROOM}::test_a_driver_without_the_key_leaves_the_stage_and_nobodys_time_is_shortened",),
    ),
    Mutant(
        "whoever opened the envelopes of an auction is believed",
        (("marketplace/auctions/rules/proof.py", 'replay(file["entries"], opener)', 'replay(file["entries"], None)'),),
        ("tests/auctions/test_envelopes.py::test_a_record_that_says_something_else_than_its_envelopes_is_noticed",),
    ),
    Mutant(
        "nobody asks about a low quote that came out of an auction",
        (
            (LIVE, "return propose(ctx, tender, known)", "return rank(ctx, tender, known)"),
            (LIVE, "import opened_offers, propose", "import opened_offers, rank"),
        ),
        (f"{EXPLAINING}::test_a_low_last_quote_is_asked_about_when_the_room_has_ended_and_wins_when_accepted",),
    ),
    Mutant(
        "the places of an auction are forgotten while somebody explains a quote",
        (("marketplace/tenders/service/sifting.py", "place=offer.place or 0", "place=0"),),
        (f"{EXPLAINING}::test_silence_voids_the_low_quote_and_the_rest_rank_by_their_places_in_the_room",),
    ),
)
