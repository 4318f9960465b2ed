"""One whole life of a tender, through nothing but the public doors: pages as a browser sees them, JSON with tokens."""

from pathlib import Path

import pytest

from marketplace.payments.sandbox import start_sandbox
from tests.flows import choosing, ending, entering, performing
from tests.flows.entering import NAMES
from tests.flows.market import Market


@pytest.fixture
def market(app, runtime, clock):
    """An empty market with its clock and a payment sandbox."""
    sandbox = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
    yield Market(app, runtime, clock, sandbox)
    sandbox.stop()


def test_a_tender_lives_from_entry_to_payment_and_the_proof_of_it(market, tmp_path):
    line_id = everybody_enters(market)
    number, receipt = a_winner_is_found(market, line_id)
    the_work_is_done_and_paid(market, number, line_id)
    ending.a_complaint_is_upheld(market, "huarui")
    ending.the_agency_is_removed(market, "huarui")
    again = entering.application(market, "huarui", market.uscc["huarui"])
    ending.it_can_neither_bid_nor_enter_again(market, "huarui", "huasheng", again)
    ending.a_receipt_proves_itself(market, receipt, tmp_path)
    ending.the_books_balance_and_the_log_holds(market)
    assert market.exchanges.compare() == [], "docs/api differs: run once with MARKETPLACE_WRITE_DOCS=1"


def everybody_enters(market):
    entering.officials_are_there(market)
    entering.an_agency_enters_on_the_pages(market, "hongyuan")
    entering.a_wrong_code_is_refused_with_its_field(market)
    for username in ("zhongtu", "jiangbei", "huarui"):
        entering.an_agency_enters_by_program(market, username)
    entering.an_enterprise_registers(market, "huasheng")
    entering.a_department_is_set_up(market, "ziran", "caiwu-jia", "caiwu-yi")
    entering.agencies_say_where_they_are_paid(market, "hongyuan", "zhongtu")
    return entering.finance_appropriates(market, "caiwu-jia", "100000.00")


def a_winner_is_found(market, line_id):
    number = choosing.the_department_posts(market, "ziran", line_id)
    assert entering.stages(market, "caiwu-jia", line_id) == {"available": "20000.00", "reserved": "80000.00"}
    tender_id = choosing.notice(market, number)["id"]
    market.wait(1)
    receipt = choosing.an_agency_bids_on_the_pages(market, "hongyuan", number, "59800.00")
    first = choosing.an_agency_bids_by_program(market, "zhongtu", tender_id, "63000.00", name="place-bid")
    choosing.an_agency_changes_its_bid(market, "zhongtu", tender_id, first, "61200.00")
    choosing.an_agency_bids_by_program(market, "huarui", tender_id, "64500.00")
    gone = choosing.an_agency_bids_by_program(market, "jiangbei", tender_id, "50000.00")
    choosing.an_agency_withdraws(market, "jiangbei", tender_id, gone["digest"])
    choosing.an_agency_bids_by_program(market, "jiangbei", tender_id, "49000.00")
    choosing.an_agency_withdraws_on_the_page(market, "jiangbei", number)
    choosing.nobody_sees_anything_before_the_opening(market, number, tender_id)
    found = choosing.sign_up_ends(market, number)
    award = choosing.the_award_is_public(market, found, NAMES["hongyuan"])
    choosing.an_objection_stops_the_clock(market, "zhongtu", found, award)
    choosing.the_buyer_answers(market, "ziran", found, award)
    choosing.winner_and_buyer_confirm(market, "hongyuan", "ziran", number)
    return number, receipt


def the_work_is_done_and_paid(market, number, line_id):
    assert entering.stages(market, "caiwu-jia", line_id) == {"available": "40200.00", "reserved": "59800.00"}
    contract_id = performing.the_contract_is_made(market, "ziran", "hongyuan", number)
    first, second = performing.parts(market, "hongyuan", contract_id)
    market.wait(4)
    performing.the_first_result_is_returned_once(market, "ziran", "hongyuan", first)
    performing.what_is_due_is_paid(market, "caiwu-jia", "caiwu-yi", line_id, "17940.00")
    market.wait(4)
    performing.the_second_result_is_accepted_by_program(market, "ziran", "hongyuan", second)
    performing.what_is_due_is_paid(market, "caiwu-yi", "caiwu-jia", line_id, "41860.00")
    left = entering.stages(market, "caiwu-jia", line_id, name="show-budget-line")
    assert left == {"available": "40200.00", "paid": "59800.00"}
    performing.the_service_is_rated(market, "ziran", "hongyuan", contract_id)
