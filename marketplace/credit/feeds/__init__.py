"""Built-in credit feeds, by name."""

from marketplace.credit.feeds.csv_file import CsvFeed
from marketplace.credit.ports import CreditFeed

BUILTINS: dict[str, CreditFeed] = {"csv": CsvFeed()}
