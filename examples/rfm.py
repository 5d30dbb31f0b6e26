"""What a shop's customers are worth: RFM of a CSV of its orders, who should hear from it, and how they moved in a year.

    python rfm.py                                     # the orders in examples/data
    python rfm.py orders.csv rfm.png                  # and the grid to a file, which needs matplotlib

The CSV has a row for each order: email, order_date and revenue at least.
"""

import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import kith

ORDERS = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent / "data" / "rfm_data_orders.csv"
PLOT = sys.argv[2] if len(sys.argv) > 2 else None
NOW = datetime.now(timezone.utc)


def show_segments(found):
    print(f"{found['customer_count']} customers as of {found['today']}, {found['order_count']} orders of {found['spent']:,.2f}\n")
    print(f"{'':<20}{'customers':>10}{'of spent':>10}{'days':>8}{'orders':>8}{'spent':>10}")
    for group in found["segments"]:
        share = group["spent"] / found["spent"]
        print(f"{group['name']:<20}{group['customer_count']:>10}{share:>10.1%}{group['median_days']:>8g}"
              f"{group['median_orders']:>8g}{group['median_spent']:>10.2f}")


def show_calls(txn, found, latest):
    """Who bought much and has been silent for long."""
    silent = [customer for customer in found["customers"] if customer["segment"] == "cant_lose"]
    print(f"\nCall first, of {len(silent)} who bought much and are silent:")
    for customer in sorted(silent, key=lambda customer: (-customer["spent"], customer["id"]))[:5]:
        email = txn.get(customer["id"], latest).value("email")
        print(f"{email:>40} {customer['spent']:>9,.2f} in {customer['order_count']} orders, {customer['days']} days ago")


def show_moves(before, after):
    """From which segment into which customers moved: any past time may be asked about."""
    was = {customer["id"]: customer["segment"] for customer in before["customers"]}
    moves = Counter((was[customer["id"]], customer["segment"])
                    for customer in after["customers"] if customer["id"] in was)
    print(f"\nFrom {before['today']} on, of {len(was)} customers:")
    for (one, other), count in sorted(moves.items(), key=lambda move: (-move[1], move[0])):
        if count >= 15 and one != other:
            print(f"{one:>20} → {other:<20}{count:>4}")


def draw(found, path):
    import kith.plot

    kith.plot.rfm_grid(found).figure.savefig(path)
    print(f"\ndrawn to {path}")


with tempfile.TemporaryDirectory() as folder, kith.open(Path(folder) / "shop.kith", create=True) as store:
    told = store.import_file(ORDERS, "shop", event="order", key="email", time="order_date", now=NOW)
    if not told["events"]["added"]:
        sys.exit(f"{ORDERS} has no order with an email and an order_date: {told['rejected_by_reason']}")
    with store.read() as txn:
        latest = max(row["values"][0] for row in txn.query("did(order)", ["last(order.at)"], now=NOW)) + timedelta(days=1)
        found = txn.rfm(latest, customers=True)
        show_segments(found)
        show_calls(txn, found, latest)
        show_moves(txn.rfm(latest - timedelta(days=365), customers=True), found)
if PLOT:
    draw(found, PLOT)
