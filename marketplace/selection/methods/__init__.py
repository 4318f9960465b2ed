"""The built-in selection methods, by code."""

from marketplace.selection.methods.average_price import AveragePrice
from marketplace.selection.methods.bidding import Bidding
from marketplace.selection.methods.direct import Direct
from marketplace.selection.methods.inquiry import Inquiry
from marketplace.selection.methods.merit import Merit
from marketplace.selection.methods.random_draw import RandomDraw
from marketplace.selection.methods.sealed_lowest import SealedLowest
from marketplace.selection.methods.shortlist import Shortlist
from marketplace.selection.methods.weighted_draw import WeightedDraw
from marketplace.selection.ports import SelectionMethod

GROUP = "marketplace.selection_methods"

_METHODS: tuple[SelectionMethod, ...] = (
    Direct(),
    RandomDraw(),
    WeightedDraw(),
    SealedLowest(),
    AveragePrice(),
    Merit(),
    Inquiry(),
    Shortlist(),
    Bidding(),
)
BUILTINS: dict[str, SelectionMethod] = {method.code: method for method in _METHODS}
