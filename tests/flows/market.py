"""The stage of the story: the market, its clock, and everybody who takes part, by name."""

import re
from datetime import timedelta

from marketplace.kernel.clock import SHANGHAI, shanghai_date
from marketplace.rulebook import queries as rulebook
from tests.flows.browser import Person
from tests.flows.program import Exchanges, Program

ITEM = "ZJ-03"
REGION = "320000"
AGENCY = ("agency.edit", "bid.place", "bid.withdraw", "objection.file", "contract.confirm", "contract.deliver")
FINANCE = ("budget.read", "payment.read")
SCOPES = {
    "hongyuan": AGENCY,
    "zhongtu": AGENCY,
    "jiangbei": AGENCY,
    "huarui": AGENCY,
    "huasheng": ("tender.draft", "tender.publish"),
    "ziran": ("delivery.accept", "review.write"),
    "caiwu-jia": FINANCE,
    "caiwu-yi": FINANCE,
    "shenpi": ("exit.decide", "supervision.read"),
}


class Market:
    """People by user name, programs by user name, and whatever the story learns on the way."""

    def __init__(self, app, runtime, clock, sandbox):
        self.app, self.runtime, self.clock, self.sandbox = app, runtime, clock, sandbox
        self.exchanges = Exchanges()
        self.public = Person(app)
        self.anybody = Program(app, self.exchanges)
        self.people: dict[str, Person] = {}
        self.programs: dict[str, Program] = {}
        self.uscc: dict[str, str] = {}

    def person(self, username):
        """A person's browser."""
        return self.people.setdefault(username, Person(self.app, username))

    def program(self, username):
        """A person's program: the token is issued on the person's own page, once."""
        if username not in self.programs:
            scopes = list(SCOPES[username])
            page = self.person(username).press("/me/tokens", "签发令牌", name="业务系统", scopes=scopes, days="90")
            secret = re.search(r"mkt_[A-Za-z0-9_-]+(?=</code>)", page)
            assert secret, page
            self.programs[username] = Program(self.app, self.exchanges, secret[0])
        return self.programs[username]

    @property
    def today(self):
        return shanghai_date(self.clock())

    def day(self, days):
        """A date so many days from today, as a form takes it."""
        return (self.today + timedelta(days=days)).isoformat()

    def after_workdays(self, days):
        """The instant so many working days from now."""
        with self.runtime.work(write=False) as ctx:
            return rulebook.add_workdays(ctx, ctx.now, days)

    def as_typed(self, at):
        """An instant as a browser's field for date and time holds it."""
        return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")

    def until(self, at):
        """Let time pass, and the market keep its promises on the way."""
        self.clock.set(max(at, self.clock()))
        self.runtime.settle()

    def wait(self, workdays):
        """Let working days pass."""
        self.until(self.after_workdays(workdays))
