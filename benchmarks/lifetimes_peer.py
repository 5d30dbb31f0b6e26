#!/usr/bin/env python3
"""BG/NBD by lifetimes, over a file of orders, a line each with the customer and the day: one line of JSON.

    pip install lifetimes
    lifetimes_peer.py orders.csv --until 1997-09-30 --rounds 5

Processor time is told. Reading the file and making its table of recency, frequency and age isn't timed, and of several
rounds the first isn't.
"""

import argparse
import json
import time

import pandas
from lifetimes import BetaGeoFitter
from lifetimes import __version__ as version
from lifetimes.utils import summary_data_from_transaction_data

WEEK = 7


def read_customers(arguments):
    orders = pandas.read_csv(arguments.file, names=["customer", "day"], dtype=str)
    orders["day"] = pandas.to_datetime(orders["day"])
    return summary_data_from_transaction_data(
        orders, "customer", "day", freq="D", freq_multiplier=WEEK, observation_period_end=arguments.until)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--until", required=True, help="the last day")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    customers = read_customers(arguments)
    seconds, model = [], None
    for _ in range(arguments.rounds + 1):
        begun = time.process_time()
        model = BetaGeoFitter().fit(customers["frequency"], customers["recency"], customers["T"])
        seconds.append(time.process_time() - begun)
    print(json.dumps({
        "peer": f"lifetimes {version}",
        "seconds": seconds[1:],
        "customers": len(customers),
        "parameters": {name: float(model.params_[name]) for name in ("r", "alpha", "a", "b")},
    }))


if __name__ == "__main__":
    main()
