"""The built-in selection methods, by code."""

from marketplace.selection.methods.bidding import Bidding
from marketplace.selection.methods.direct import Direct
from marketplace.selection.methods.random_draw import RandomDraw
from marketplace.selection.methods.sealed_lowest import SealedLowest
from marketplace.selection.ports import SelectionMethod

GROUP = "marketplace.selection_methods"

BUILTINS: dict[str, SelectionMethod] = {
    method.code: method for method in (Direct(), RandomDraw(), SealedLowest(), Bidding())
}
