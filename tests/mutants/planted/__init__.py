"""The planted bugs by domain: what is changed, and the tests that must notice. A new kind of bug deserves a line."""

from importlib import import_module
from pkgutil import iter_modules

from tests.mutants.planted.mutant import Mutant

DOMAINS = sorted(found.name for found in iter_modules(__path__) if found.name != "mutant")
MUTANTS: tuple[Mutant, ...] = tuple(
    mutant for domain in DOMAINS for mutant in import_module(f"{__name__}.{domain}").MUTANTS
)
