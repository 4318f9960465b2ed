"""The blueprint of the domain's JSON door."""

from marketplace.web.doors import api_door

api = api_door("tenders", __name__)
