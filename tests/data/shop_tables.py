"""Two published shops as tables of one form: customers, what they did, and what is said of them.

Complete Journey is a chain of groceries with households, coupons and campaigns, Online Retail a wholesaler of gifts
with cancelled invoices. What they lack is derived from what they have, by the rules that stand beside each table, so
that whoever reads the tables, kith or SQL, sees the same facts.
"""

import csv
import gzip
import os
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared/data")) / "scoring"
FOREVER = datetime(9000, 1, 1)

# Each table's columns, and what they hold.
TEXT, NUMBER, TIME, DATE, TRUTH = "VARCHAR", "DECIMAL(18,4)", "TIMESTAMP", "DATE", "BOOLEAN"
KEY = {"customer": TEXT, "time": TIME}
CUSTOMER = {"customer": TEXT, "birth_date": DATE, "store_id": TEXT, "home": TEXT}
EVENTS = {
    "purchase": {**KEY, "order_id": TEXT, "sku": TEXT, "category": TEXT, "amount": NUMBER},
    "basket": {**KEY, "order_id": TEXT, "channel": TEXT, "amount": NUMBER},
    "signup": KEY,
    "cart_add": KEY,
    "taken_back": {**KEY, "sku": TEXT},
    "campaign": {**KEY, "campaign_id": TEXT},
    "redemption": {**KEY, "campaign_id": TEXT},
}
MARKS = {
    "tag": {"customer": TEXT, "tag": TEXT, "at": TIME, "expires": TIME},
    "consent": {"customer": TEXT, "purpose": TEXT, "channel": TEXT, "granted": TRUTH, "at": TIME},
    "points": {"customer": TEXT, "ledger": TEXT, "entry": TEXT, "amount": NUMBER, "at": TIME},
    "score": {"customer": TEXT, "score": TEXT, "value": NUMBER, "at": TIME},
}
TABLES = {"customer": CUSTOMER, **EVENTS, **MARKS}


def read(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} isn't there: set KITH_DATA to the folder of the data sets")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def apart(rows, step):
    """Rows of one customer and one time, so far apart, in the order of the file: the first at its time."""
    before = defaultdict(int)
    for row in rows:
        place = (row["customer"], row["time"])
        yield dict(row, time=row["time"] + before[place] * step)
        before[place] += 1


def baskets(lines):
    """One for each order, at its first line; till noon in the store, later on the web."""
    orders = {}
    for line in lines:
        order = orders.setdefault(
            (line["customer"], line["order_id"]), {
                "customer": line["customer"], "time": line["time"], "order_id": line["order_id"],
                "channel": "store" if line["time"].hour < 12 else "web", "amount": Decimal(0)})
        order["time"] = min(order["time"], line["time"])
        order["amount"] += line["amount"]
    return sorted(apart(orders.values(), timedelta(seconds=1)), key=lambda row: (row["time"], row["customer"]))


def by_customer(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["customer"]].append(row)
    return found


def people(bought, stores, homes):
    """Every tenth has no birth date, the others the one that their number gives. The store is the first line's."""
    for customer in bought:
        number = int(customer)
        yield {
            "customer": customer,
            "birth_date": None if number % 10 == 0 else date(1940, 1, 1) + timedelta(number * 7919 % 21900),
            "store_id": stores[customer], "home": homes.get(customer)}


def signups(bought):
    """Up to three weeks before the first basket, some in the very instant."""
    for customer, orders in bought.items():
        yield {"customer": customer, "time": orders[0]["time"] - timedelta(days=int(customer) * 7919 % 21)}


def carts(bought):
    """Up to four hours before each basket, some in the very instant; and one of each month that came to nothing."""
    for customer, orders in bought.items():
        months = set()
        for order in orders:
            number = int(float(order["order_id"])) + int(customer)  # some are written 4.0128e+10
            yield {"customer": customer, "time": order["time"] - timedelta(minutes=number * 7919 % 241)}
            month = order["time"].replace(day=1 + number % 28)
            if number % 3 == 0 and month.date() not in months:
                months.add(month.date())
                yield {"customer": customer, "time": month + timedelta(minutes=17)}


def tags(bought):
    """Staff for half a year and then no longer, frauds and VIPs since their sixtieth day."""
    for customer, orders in bought.items():
        number, since = int(customer), orders[0]["time"] + timedelta(days=60)
        if number % 17 == 0:
            yield {"customer": customer, "tag": "staff", "at": since, "expires": since + timedelta(days=180)}
        if number % 23 == 0:
            yield {"customer": customer, "tag": "fraud", "at": since, "expires": FOREVER}
        if number % 29 == 0:
            yield {"customer": customer, "tag": "vip", "at": since, "expires": FOREVER}


def consents(bought):
    """Two of three consent with their first basket; one of five takes it back after 120 days."""
    for customer, orders in bought.items():
        number, since = int(customer), orders[0]["time"]
        told = {"customer": customer, "purpose": "marketing", "channel": "sms"}
        if number % 3 != 0:
            yield {**told, "granted": True, "at": since}
        if number % 5 == 0:
            yield {**told, "granted": False, "at": since + timedelta(days=120)}


def points(bought):
    """One for each whole unit of money in a basket."""
    for customer, orders in bought.items():
        for order in orders:
            yield {"customer": customer, "ledger": "main", "entry": order["order_id"], "amount": int(order["amount"]),
                   "at": order["time"]}


def scores(bought, since, until):
    """Each 73 days all who bought are cut into fifths by what they had spent till then."""
    while since < until:
        spent = {customer: sum(order["amount"] for order in orders if order["time"] <= since)
                 for customer, orders in bought.items() if orders[0]["time"] <= since}
        ranked = sorted(spent, key=lambda customer: (spent[customer], int(customer)))
        for rank, customer in enumerate(ranked):
            yield {"customer": customer, "score": "rfm_m", "value": 1 + rank * 5 // len(ranked), "at": since}
        since += timedelta(days=73)


def shop_of(lines, homes, **more):
    """All tables, of the lines of what was bought."""
    lines = sorted(lines, key=lambda line: line["time"])
    stores = {line["customer"]: line["store_id"] for line in reversed(lines)}
    done = baskets(lines)
    bought = by_customer(done)
    shop = {name: [] for name in TABLES}
    shop.update(
        customer=list(people(bought, stores, homes)), purchase=list(apart(lines, timedelta(milliseconds=1))),
        basket=done, signup=list(signups(bought)), cart_add=list(apart(carts(bought), timedelta(milliseconds=1))),
        tag=list(tags(bought)), consent=list(consents(bought)), points=list(points(bought)),
        score=list(scores(bought, done[0]["time"] + timedelta(days=30), done[-1]["time"])), **more)
    return shop


def complete_journey():
    """The chain of groceries: 2,377 households, 75,000 lines of 2017. Two of three told of their home."""
    kinds = {row["product_id"]: row["product_category"] for row in read("complete_journey/products.csv.gz")}
    lines = [{
        "customer": row["household_id"], "time": datetime.fromisoformat(row["transaction_timestamp"]),
        "order_id": row["basket_id"], "sku": row["product_id"], "category": kinds.get(row["product_id"]),
        "amount": Decimal(row["sales_value"]), "store_id": row["store_id"]
    } for row in read("complete_journey/transactions_sample.csv.gz")]
    homes = {row["household_id"]: row["home_ownership"] for row in read("complete_journey/demographics.csv.gz")
             if row["home_ownership"] != "NA"}
    known = {line["customer"] for line in lines}
    begun = {row["campaign_id"]: datetime.fromisoformat(row["start_date"])
             for row in read("complete_journey/campaign_descriptions.csv.gz")}
    campaigns = [{"customer": row["household_id"], "time": begun[row["campaign_id"]], "campaign_id": row["campaign_id"]}
                 for row in read("complete_journey/campaigns.csv.gz") if row["household_id"] in known]
    redeemed = [{"customer": row["household_id"], "time": datetime.fromisoformat(row["redemption_date"]),
                 "campaign_id": row["campaign_id"]}
                for row in read("complete_journey/coupon_redemptions.csv.gz") if row["household_id"] in known]
    return shop_of(lines, homes, campaign=campaigns, redemption=list(apart(redeemed, timedelta(milliseconds=1))))


def online_retail():
    """The wholesaler: 4,372 customers. A line's category is the last word of its text, its store the land."""
    lines, returned = [], []
    for row in read("online_retail/online_retail.csv.gz"):
        if not row["CustomerID"]:
            continue
        line = {"customer": row["CustomerID"], "time": datetime.fromisoformat(row["InvoiceDate"]),
                "sku": row["StockCode"]}
        if row["InvoiceNo"].startswith("C"):
            returned.append(line)
        else:
            words = row["Description"].split()
            lines.append({**line, "order_id": row["InvoiceNo"], "category": words[-1] if words else None,
                          "amount": int(row["Quantity"]) * Decimal(row["UnitPrice"]), "store_id": row["Country"]})
    bought = {line["customer"] for line in lines}
    returned = [line for line in returned if line["customer"] in bought]
    return shop_of(lines, {}, taken_back=list(apart(returned, timedelta(milliseconds=1))))


def write(shop, folder):
    """Each table as a CSV file of its name."""
    for name, columns in TABLES.items():
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(columns), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(shop[name])
