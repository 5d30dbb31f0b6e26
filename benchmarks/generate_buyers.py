"""Orders of customers who buy at a rate of their own, and may leave after each order: as BG/NBD supposes. The same for
the same seed."""

import random

# Orders a day, and how likely one leaves.
RATE_SHAPE, RATE_SCALE = 0.6, 0.03
LEAVING_A, LEAVING_B = 0.8, 2.4
# What an order brings varies around what is usual for the customer, who differs from others.
USUAL_SHAPE, USUAL_SCALE = 4, 9.0
ORDER_SHAPE = 6
JOINING_PART = 0.4  # of the days: by then all have come
DAY_US = 86400000000


def make_customer(draw, days):
    """(time in us from the begin, amount) of each order, ascending."""
    rate, leaving = draw.gammavariate(RATE_SHAPE, RATE_SCALE), draw.betavariate(LEAVING_A, LEAVING_B)
    usual = draw.gammavariate(USUAL_SHAPE, USUAL_SCALE) / ORDER_SHAPE
    day, orders = draw.uniform(0, JOINING_PART * days), []
    while day < days:
        orders.append((int(day * DAY_US), round(1 + usual * draw.gammavariate(ORDER_SHAPE, 1), 2)))
        # Whoever buys hardly ever doesn't buy again.
        day = days if draw.random() < leaving or rate < 1e-9 else day + draw.expovariate(rate)
    return orders


def make_customers(seed, count, days):
    draw = random.Random(seed)
    return (make_customer(draw, days) for _ in range(count))
