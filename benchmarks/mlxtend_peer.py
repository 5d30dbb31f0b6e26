#!/usr/bin/env python3
"""mlxtend's FP-growth over a file of baskets, a line each: one line of JSON.

    pip install mlxtend
    mlxtend_peer.py baskets.dat --support 0.001

Reading the file and making its table of truth values, which mlxtend asks for, isn't timed.
"""

import argparse
import json
import time

import pandas
from mlxtend import __version__ as version
from mlxtend.frequent_patterns import fpgrowth
from mlxtend.preprocessing import TransactionEncoder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--support", type=float, required=True)
    arguments = parser.parse_args()
    with open(arguments.file, encoding="ascii") as file:
        baskets = [line.split() for line in file]
    encoder = TransactionEncoder()
    table = pandas.DataFrame(encoder.fit_transform(baskets), columns=encoder.columns_)
    begun = time.perf_counter()
    found = fpgrowth(table, min_support=arguments.support)
    seconds = time.perf_counter() - begun
    print(json.dumps({"peer": f"mlxtend {version}", "seconds": seconds, "itemsets": len(found)}))


if __name__ == "__main__":
    main()
