"""Transition tables as data: what is not listed is refused."""

from collections.abc import Mapping

from marketplace.kernel.errors import WrongState


class States:
    """One state machine. transitions: (state, verb) → next state."""

    def __init__(self, name: str, transitions: Mapping[tuple[str, str], str]) -> None:
        self.name = name
        self.transitions = dict(transitions)

    def move(self, state: str, verb: str) -> str:
        """The state after `verb`. Raises WrongState (409) when the table does not list it."""
        try:
            return self.transitions[(state, verb)]
        except KeyError:
            raise WrongState(machine=self.name, state=state, verb=verb) from None

    def allows(self, state: str, verb: str) -> bool:
        """Whether `verb` may be done in `state`."""
        return (state, verb) in self.transitions

    def verbs(self, state: str) -> list[str]:
        """The verbs that `state` allows, for menus."""
        return [verb for (at, verb) in self.transitions if at == state]

    @property
    def states(self) -> frozenset[str]:
        """Every state the table names."""
        return frozenset({at for at, _ in self.transitions} | set(self.transitions.values()))
