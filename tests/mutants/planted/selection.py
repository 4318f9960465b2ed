"""Ranking and drawing: whoever should not come first must be noticed."""

from tests.mutants.planted.mutant import Mutant

LOWEST = "marketplace/selection/methods/sealed_lowest.py"
ORDERING = "marketplace/selection/ordering.py"
PORTS = "marketplace/selection/ports.py"
AVERAGE = "marketplace/selection/methods/average_price.py"
CHOICES = "tests/selection/test_choices.py"
DRAW = "marketplace/kernel/draw.py"
METHOD_LAW = "tests/plugins/test_selection_laws.py::test_every_built_in_method_obeys_every_law"
ALONE = f"{METHOD_LAW}[random-taking one away never reorders a draw]"

MUTANTS = (
    Mutant(
        "the highest price wins",
        ((LOWEST, "ordered(offers, cheapest_first, seed)", "ordered(offers, lambda offer: -offer.cost, seed)"),),
        ("tests/selection/test_methods.py::test_the_lowest_price_wins",),
    ),
    Mutant(
        "ties go to whoever came first",
        (
            (
                ORDERING,
                "sorted(seed.order(offers), key=key), tied",
                "sorted(sorted(offers, key=lambda offer: offer.received_at), key=key), tied",
            ),
        ),
        ("tests/selection/test_methods.py::test_equal_prices_are_ordered_by_the_draw_and_not_by_arrival",),
    ),
    Mutant(
        "the order of a draw is the machine's RAND",
        (
            (
                PORTS,
                "key=lambda offer: min(places[label] for label in offer.labels)",
                "key=lambda offer: __import__('random').random() * len(places)",
            ),
        ),
        (f"{METHOD_LAW}[random-same input same ranking]",),
    ),
    Mutant(
        "more tickets do not help",
        ((PORTS, "min(places[label] for label in offer.labels)", "places[offer.labels[0]]"),),
        (f"{CHOICES}::test_the_chance_to_be_first_is_own_tickets_by_all_tickets",),
    ),
    Mutant(
        "a rate is compared by its rounded price",
        ((PORTS, "self.price_fen if self.rate_bp is None else WHOLE_BP - self.rate_bp", "self.price_fen"),),
        (f"{CHOICES}::test_the_highest_rate_wins_even_where_the_rounded_prices_are_equal",),
    ),
    Mutant(
        "the average is cut off instead of rounded",
        ((AVERAGE, "half_up(sum(values), len(values))", "sum(values) // len(values)"),),
        (f"{CHOICES}::test_the_average_is_the_one_of_the_definition",),
    ),
    Mutant(
        "the average drops the lowest only",
        ((AVERAGE, "values = values[1:-1]", "values = values[1:]"),),
        (f"{CHOICES}::test_the_average_is_the_one_of_the_definition",),
    ),
    Mutant(
        "the lowest score wins",
        (
            (
                "marketplace/selection/methods/merit.py",
                'return -numbers[offer.id]["score"], offer.cost',
                'return numbers[offer.id]["score"], offer.cost',
            ),
        ),
        (f"{CHOICES}::test_merit_ranks_by_score_then_price_then_credit",),
    ),
    Mutant(
        "the draw shuffles the pool instead of placing each label",
        (
            (
                DRAW,
                "return sorted(labels, key=lambda label: (expand(key, label.encode()), label))",
                "return __import__('random').Random(key).sample(sorted(labels), len(labels))",
            ),
        ),
        (ALONE, "tests/selection/test_rules.py::test_the_order_is_hkdf_expand_by_label"),
    ),
    Mutant(
        "the draw walks the pool by modulo",
        (
            (
                DRAW,
                "return sorted(labels, key=lambda label: (expand(key, label.encode()), label))",
                "start = int.from_bytes(key, 'big') % max(len(labels), 1)\n"
                "    pool = sorted(labels)\n    return pool[start:] + pool[:start]",
            ),
        ),
        (ALONE,),
    ),
)
