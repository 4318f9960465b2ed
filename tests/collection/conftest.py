"""A running sandbox for every test that collects."""

from tests.payments.conftest import gateway, play, sandbox

__all__ = ["gateway", "play", "sandbox"]
