#!/usr/bin/env python3
"""Baskets of the kind that IBM's Quest generator makes (Agrawal and Srikant, Fast Algorithms for Mining Association
Rules, 1994, section 4.1), the same for the same seed.

    generate_baskets.py [--count 100000] [--length 10] [--pattern 4] [--items 1000] [--patterns 2000] [--seed 1]

With these it is a T10I4D100K: 100,000 baskets of 10 items on an average, made of 2,000 patterns of 4 items, of which
there are 1,000. A line has the items of one basket, ascending.
"""

import argparse
import bisect
import math
import random
import sys

CORRELATION = 0.5  # of a pattern with the one before it
CORRUPTION, CORRUPTION_SPREAD = 0.5, math.sqrt(0.1)


def poisson(draw, mean):
    """By how many of a product's factors it takes to get below exp(-mean)."""
    limit, count, product = math.exp(-mean), 0, draw.random()
    while product > limit:
        count += 1
        product *= draw.random()
    return count


def make_patterns(draw, options):
    """Each pattern's items, how much of it gets lost, and the sums of the chances of all up to it."""
    patterns, losses, sums, before, total = [], [], [], [], 0.0
    for _ in range(options.patterns):
        size = max(1, min(poisson(draw, options.pattern - 1) + 1, options.items))
        shared = min(len(before), int(size * min(1.0, draw.expovariate(1 / CORRELATION)) + 0.5), size)
        pattern = draw.sample(before, shared)
        while len(pattern) < size:
            item = draw.randrange(options.items)
            if item not in pattern:
                pattern.append(item)
        total += draw.expovariate(1)
        patterns.append(pattern)
        losses.append(min(1.0, max(0.0, draw.gauss(CORRUPTION, CORRUPTION_SPREAD))))
        sums.append(total)
        before = pattern
    return patterns, losses, sums


def corrupt(draw, pattern, loss):
    left = list(pattern)
    while left and draw.random() < loss:
        left.pop(draw.randrange(len(left)))
    return left


def make_baskets(options):
    """A pattern that doesn't fit goes into the basket all the same in half of all cases, else into the next one."""
    draw = random.Random(options.seed)
    patterns, losses, sums = make_patterns(draw, options)
    waiting = []
    for _ in range(options.count):
        size, basket = max(1, poisson(draw, options.length - 1) + 1), set()
        while len(basket) < size:
            if waiting:
                bought, waiting = waiting, []
            else:
                at = bisect.bisect_left(sums, draw.random() * sums[-1])
                bought = corrupt(draw, patterns[at], losses[at])
            if len(basket | set(bought)) > size and basket and draw.random() < 0.5:
                waiting = bought
                break
            basket.update(bought)
        yield sorted(basket)


def parse(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--length", type=float, default=10)
    parser.add_argument("--pattern", type=float, default=4)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--patterns", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(words)


def main():
    for basket in make_baskets(parse()):
        sys.stdout.write(" ".join(map(str, basket)) + "\n")


if __name__ == "__main__":
    main()
