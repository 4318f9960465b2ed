"""An auction of the story: the room runs on the story's clock, and the agencies quote in turn until nobody goes on."""

from collections.abc import Sequence

from marketplace.auctions import queries, service
from marketplace.auctions.deadlines import drive
from marketplace.auctions.rules import value_text
from marketplace.demo.stage import Scene, Stage
from marketplace.kernel.money import parse_yuan

PAUSE_SECONDS = 40


def hold(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Run the rooms of some closed tenders to their end and award."""
    for scene in scenes:
        _start(stage, scene)
        for username, price in scene.facts["quotes"]:
            stage.clock.advance(seconds=PAUSE_SECONDS)
            with stage.acting(username) as ctx:
                service.place_quote(ctx, scene.number, price_fen=parse_yuan(price))
        while _step(stage, scene):
            continue
        stage.runtime.settle()
        with stage.runtime.work(write=False) as ctx:
            face = queries.room(ctx, scene.number).face
        crowd, quotes = len(face["standings"]), len(scene.facts["quotes"])
        best = value_text(face["best"], face["unit"])
        stage.tell(f"{scene.number} 网上竞价结束：{crowd}家以代号报价{quotes}次，最优{best}，全过程公开")


def _start(stage: Stage, scene: Scene) -> None:
    _step(stage, scene)
    stage.clock.advance(seconds=PAUSE_SECONDS)


def _step(stage: Stage, scene: Scene) -> bool:
    """Move the clock to the room's next step; whether there was one."""
    with stage.runtime.work(write=False) as ctx:
        due = queries.room(ctx, scene.number).due_at
    if due is None:
        return False
    stage.clock.set(max(due, stage.clock()))
    drive(stage.runtime)
    return True
