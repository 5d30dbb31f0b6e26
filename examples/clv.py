"""What a shop's customers are still going to buy and to bring, and whom of them to write to.

    python clv.py                                     # a made-up shop
    python clv.py orders.csv                          # a row for each order: customer, date and total at least
"""

import csv
import random
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import kith

REPEAT = {"kind": "repeat", "event": "order", "amount": "total", "horizon_days": 365, "discount_percent": 10}
NOW = datetime.now(timezone.utc)


def make_up(path):
    """A year of 1,000 customers, who buy at rates of their own until they drop out."""
    draw = random.Random(1)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "date", "total"])
        for number in range(1000):
            day, rate, quits = draw.random() * 90, draw.gammavariate(0.9, 1 / 25), draw.betavariate(1, 3)
            mean = draw.gammavariate(6, 10)
            while day < 365:
                total = mean * draw.gammavariate(4, 0.25)
                writer.writerow([f"c{number:04}", date(2023, 1, 1) + timedelta(days=int(day)), f"{total:.2f}"])
                day = 365 if draw.random() < quits else day + draw.expovariate(rate)
    return path


def show_model(fit):
    holdout = fit["fitted"]["holdout"]
    print(f"learnt from {fit['customer_count']} customers; foretold {holdout['predicted']:.2f} purchases a customer of the last "
          f"{holdout['days']} days, {holdout['actual']:.2f} came")


def show_sums(customers):
    names = ["alive", "purchases", "value", "at_risk"]
    sums = {name: sum(customer[name] for customer in customers) for name in names}
    print(f"{sums['alive']:,.0f} of {len(customers)} are still customers; {sums['purchases']:,.0f} purchases to come, "
          f"worth {sums['value']:,.2f}, of which {sums['at_risk']:,.2f} are at risk\n")


def show_forecast(profile, day):
    found = profile.forecast("clv", day, days=90)
    print(f"{profile.id}: still a customer by {found['alive']:.0%}, in 90 days {found['purchases']:.1f} purchases worth "
          f"{found['value']:,.2f} ({found['value_low']:,.2f} to {found['value_high']:,.2f} in 80% of cases)")


def show_rescue(customers):
    """Whom to win back, and how many of them to leave alone, so that it can be told whether it worked."""
    at_risk = sorted(customers, key=lambda customer: -customer["at_risk"])[:400]
    plan = kith.control_group(len(at_risk), base_rate=0.3, lift=0.5)
    worth = sum(customer["at_risk"] for customer in at_risk)
    print(f"\n{len(at_risk)} customers hold {worth:,.2f} at risk. If 30% come back by themselves, leave "
          f"{plan['control_count']} of them alone: bucket('rescue', 0, {plan['bucket_count']}) draws them"
          + ("" if plan["tells"] else f"; such a change can't be told: {plan['why_not']}"))


def latest_day(txn):
    last = max(row["values"][0] for row in txn.query("did(order)", ["last(order.at)"], now=NOW))
    return last + timedelta(days=1)


with tempfile.TemporaryDirectory() as folder, kith.open(Path(folder) / "shop.kith", create=True) as store:
    orders = sys.argv[1] if len(sys.argv) > 1 else make_up(Path(folder) / "orders.csv")
    store.import_file(orders, "shop", event="order", key="customer", time="date", now=NOW)
    with store.write() as txn:
        txn.define_score("clv", REPEAT, NOW)
        day = latest_day(txn)
    show_model(store.fit_score("clv", day))
    with store.read() as txn:
        asked = {name: f"score('clv.{name}')" for name in ("alive", "purchases", "value", "at_risk")}
        customers = [{"id": row["id"], **{name: float(value) for name, value in zip(asked, row["values"])}}
                     for row in txn.query("score('clv') IS NOT NULL", list(asked.values()), now=day)]
        show_sums(customers)
        for customer in sorted(customers, key=lambda customer: -customer["value"])[:5]:
            show_forecast(txn.get(customer["id"], day), day)
        show_rescue(customers)
