"""The blueprint."""

from marketplace.web.doors import api_door

api = api_door("payments", __name__)
