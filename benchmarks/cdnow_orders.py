"""CDNOW's orders: customers of the first quarter of 1997, and what they bought in a year and a half.

Of the sample, every tenth of them, and of all. Where the files aren't there, as many customers are generated.
"""

import os
from datetime import date, timedelta

import generate_buyers

FILES = {"sample": ("CDNOW_sample.txt", 2357), "master": ("CDNOW_master.txt", 23570)}
BEGIN, DAYS = date(1997, 1, 1), 545
DAY_US = 86400000000


def read(path):
    """(customer, day, dollars); the two files begin differently, and end in day, discs and dollars."""
    with open(path, encoding="ascii") as file:
        for line in file:
            *_, customer, day, _, dollars = line.split()
            if customer.isdigit():
                yield customer, date(int(day[:4]), int(day[4:6]), int(day[6:])), float(dollars)


def make(seed, count):
    for customer, orders in enumerate(generate_buyers.make_customers(seed, count, DAYS)):
        for at, dollars in orders:
            yield str(customer), BEGIN + timedelta(days=at // DAY_US), dollars


def orders_of(which, folder, seed):
    """The orders, and whether they are CDNOW's own."""
    name, count = FILES[which]
    path = os.path.join(folder, "scoring", "cdnow", name)
    if os.path.exists(path):
        return list(read(path)), True
    return list(make(seed, count)), False
