"""网上中介服务超市: the public face, Marketplace and create_app, and nothing more."""

from marketplace.app import create_app
from marketplace.extension import Marketplace

__all__ = ["Marketplace", "create_app"]
