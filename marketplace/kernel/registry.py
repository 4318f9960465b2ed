"""Named plug-ins of one kind: built-ins listed in code, others by entry point and only when configured."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """A typed, named collection. group: entry-point group. builtins: name → plug-in."""

    def __init__(self, group: str, builtins: Mapping[str, T]) -> None:
        self.group = group
        self._items: dict[str, T] = dict(builtins)

    def __getitem__(self, name: str) -> T:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def register(self, name: str, plugin: T) -> None:
        """Add one plug-in. Raises ValueError when the name is taken."""
        if name in self._items:
            raise ValueError(f"{self.group}: {name!r} is taken")
        self._items[name] = plugin

    def load(self, names: Iterable[str]) -> None:
        """Load the named third-party plug-ins. Raises LookupError for a name nobody offers."""
        found = {point.name: point for point in entry_points(group=self.group)}
        for name in names:
            if name in self._items:
                continue
            if name not in found:
                raise LookupError(f"{self.group}: no plug-in is called {name!r}")
            self.register(name, found[name].load())
