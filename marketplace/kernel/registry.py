"""Named plug-ins of one kind: built-ins listed in code, others by entry point and only when configured."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, EntryPoints, entry_points
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

    def load(self, names: Iterable[str], installed: EntryPoints | None = None) -> None:
        """Load the named third-party plug-ins; naming a built-in, or one twice, changes nothing.

        installed: what installed packages offer, when the caller has looked already (it takes time).

        Raises LookupError for a name nobody offers; ValueError for one that two offer, or one offers besides a
        built-in, or whose plug-in calls itself otherwise.
        """
        names = list(names)
        if not names:
            return
        offered: dict[str, list[EntryPoint]] = {}
        for point in (installed or entry_points()).select(group=self.group):
            offered.setdefault(point.name, []).append(point)
        for name in dict.fromkeys(names):
            points = offered.get(name, [])
            if len(points) + (name in self._items) > 1:
                raise ValueError(f"{self.group}: {name!r} is offered more than once")
            if name in self._items:
                continue
            if not points:
                known = ", ".join(sorted({*self._items, *offered}))
                raise LookupError(f"{self.group}: no plug-in is called {name!r}; installed are {known}")
            plugin = points[0].load()
            if getattr(plugin, "code", name) != name:
                raise ValueError(f"{self.group}: the plug-in {name!r} calls itself {plugin.code!r}")
            self.register(name, plugin)
