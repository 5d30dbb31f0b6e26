"""What a shop's customers are worth and where they stand, from a CSV of its orders.

    python scores.py                              # the orders in examples/data
    python scores.py orders.csv history.png       # and a plot to a file, which needs matplotlib

The CSV has a row for each order: email, order_date and revenue at least.
"""

import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import kith

ORDERS = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent / "data" / "rfm_data_orders.csv"
PLOT = sys.argv[2] if len(sys.argv) > 2 else None
CLOCK = datetime.now(timezone.utc)

# A score is a model with a name. Tiers and RFM learn from the customers; rules and rhythms need nothing of them.
SCORES = {
    "tier": {"kind": "tiers", "value": "sum(order.revenue LAST 365d)", "otherwise": "bronze",
             "tiers": [{"name": "platinum", "top_percent": 1}, {"name": "gold", "top_percent": 5},
                       {"name": "silver", "top_percent": 20}]},
    "rfm": {"kind": "rfm", "event": "order", "amount": "revenue"},
    "rhythm": {"kind": "lifecycle", "event": "order"},
    "care": {"kind": "rules", "otherwise": "leave alone", "rules": [
        {"name": "call", "when": "score('tier') IN ('platinum', 'gold') AND score('rhythm') = 'at risk'"},
        {"name": "write", "when": "score('rhythm') IN ('slowing', 'at risk')"}]},
}


def define(store, now):
    for name, definition in SCORES.items():
        with store.write() as txn:
            txn.define_score(name, definition, at=now)
            learns = txn.score_model(name)["learns"]
        if learns:
            fit = store.fit_score(name, now)
            print(f"{name}: version {fit['version']}, learnt from {fit['customer_count']} customers")


def count(txn, score, now):
    """How many customers have each name that the score gives."""
    said = [row["values"][0] for row in txn.query("did(order)", [f"score('{score}')"], now=now)]
    return sorted(((name, said.count(name)) for name in set(said)), key=lambda row: -row[1])


def show(txn, now):
    for score in ("tier", "rfm.segment", "rhythm", "care"):
        print(f"\n{score}: " + ", ".join(f"{name} {size}" for name, size in count(txn, score, now)))
    print("\nTo be called, the biggest first:")
    columns = {"who": "email", "spent": "sum(order.revenue LAST 365d)", "silent": "score('rhythm.silent_days')"}
    rows = [row["values"] for row in txn.query("score('care') = 'call'", columns, now=now)]
    for row in sorted(rows, key=lambda row: (-row["spent"], row["who"]))[:5]:
        print(f"{row['who']:>32} {row['spent']:>8} {row['silent']:>4.0f} days silent")
    return rows


def explain(txn, who, now):
    customer = txn.find("email", who, now)
    for score in ("rhythm", "tier"):
        why = customer.explain_score(score, now)
        print(f"\n{score} of {who}: {why['outputs'][0]['value']}, as")
        for reason in why["reasons"]:
            print(f"    {reason['text']}")


def draw(store, whom, now, path):
    try:
        import matplotlib
    except ImportError:
        sys.exit("a plot needs matplotlib: pip install matplotlib")
    matplotlib.use("Agg")
    import kith.plot

    kith.plot.score_history(store, whom, "rhythm", now - timedelta(days=730), now).figure.savefig(path)
    print(f"\ndrawn to {path}")


with tempfile.TemporaryDirectory() as folder, kith.open(Path(folder) / "shop.kith", create=True) as store:
    told = store.import_file(ORDERS, "shop", event="order", key="email", time="order_date", now=CLOCK)
    if not told["events"]["added"]:
        sys.exit(f"{ORDERS} has no order with an email and an order_date: {told['rejected_by_reason']}")
    with store.read() as txn:
        now = max(row["values"][0] for row in txn.query("did(order)", ["last(order.at)"], now=CLOCK))
    define(store, now)
    with store.read() as txn:
        called = show(txn, now)
        if called:
            worst = max(called, key=lambda row: (row["silent"], row["who"]))["who"]
            explain(txn, worst, now)
            whom = txn.find("email", worst, now).id
    if PLOT and called:
        draw(store, whom, now, PLOT)
