"""Screens that cross domains: home, desk, figures, and the texts about the market itself."""

from flask import request

from marketplace.kernel.context import Ctx
from marketplace.portal import desks, figures, home
from marketplace.web.doors import page_door, public, render, signed_in, unit_of_work
from marketplace.web.warm import warm

door = page_door("portal", __name__)


@door.get("/", endpoint="home")
@public
@warm
@unit_of_work
def front(ctx: Ctx) -> str:
    """The public home: six figures, the newest notices of one tab, the ranking."""
    chosen = home.tab(request.args.get("tab", ""))
    return render(
        "marketplace/portal/home.html",
        strip=home.strip(ctx),
        tabs=home.TABS,
        chosen=chosen,
        lines=chosen.lines(ctx),
        ranking=home.ranking(ctx),
    )


@door.get("/desk")
@signed_in
@unit_of_work
def desk(ctx: Ctx) -> str:
    """What waits for the one who is asking, by the permissions of the role."""
    sections = desks.sections(ctx)
    return render(
        "marketplace/portal/desk.html", sections=sections, waiting=sum(len(s.lines) for s in sections if s.waits)
    )


@door.get("/figures")
@public
@warm
@unit_of_work
def market_figures(ctx: Ctx) -> str:
    """How the market does: savings, days, satisfaction, newcomers, concentration."""
    return render("marketplace/portal/figures.html", report=figures.report(ctx))


@door.get("/help")
@public
def guide() -> str:
    """How to do things here, by role."""
    return render("marketplace/portal/help.html")


@door.get("/about")
@public
def about() -> str:
    """What this market is and which rules it keeps."""
    return render("marketplace/portal/about.html")


@door.get("/accessibility")
@public
def accessibility() -> str:
    """The accessibility statement."""
    return render("marketplace/portal/accessibility.html")
