"""What a database's refusal means to the one who asked."""

import logging

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError

from marketplace.kernel.base import constraint_of
from marketplace.kernel.errors import Busy, DomainError, LostRace, Unstorable

log = logging.getLogger("marketplace")

# SQLSTATE of PostgreSQL: serialization failure, deadlock, lock not available.
_RACES = frozenset({"40001", "40P01", "55P03"})
_DOUBLED = "23505"


def refusal_of(error: Exception) -> DomainError | None:
    """What a database's refusal means to the one who asked; None for what is a bug."""
    if isinstance(error, IntegrityError):
        return _lost_race(error)
    if isinstance(error, DBAPIError) and _is_race(error):
        return Busy()
    # Drivers refuse some values with an error of their own kind, others (a lone surrogate, 2**64) with Python's.
    reason = error.orig if isinstance(error, StatementError) else error
    if isinstance(error, DataError) or isinstance(reason, (OverflowError, UnicodeEncodeError)):
        log.warning("a value was refused by the database: %s", type(reason).__name__)
        return Unstorable()
    return None


def _lost_race(error: IntegrityError) -> DomainError | None:
    """The refusal for a row that a constraint refused; None for what is a bug and no race."""
    known = DomainError.by_constraint.get(constraint_of(error) or "")
    if known is not None:
        return known()
    doubled = getattr(error.orig, "sqlstate", None) == _DOUBLED or "UNIQUE constraint failed" in str(error.orig)
    return LostRace() if doubled else None


def _is_race(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in _RACES:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)
