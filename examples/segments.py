"""How large a shop's segments were, month by month, from a CSV of its orders.

    python segments.py                                # the orders in examples/data
    python segments.py orders.csv segments.png        # and a plot to a file, which needs matplotlib

The CSV has a row for each order: email, order_date and revenue at least. The months are the last ones it tells of.
"""

import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import kith

ORDERS = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent / "data" / "rfm_data_orders.csv"
PLOT = sys.argv[2] if len(sys.argv) > 2 else None
MONTHS = 24
NOW = datetime.now(timezone.utc)

# A trait is a value that each customer has; a segment is a condition. Each may ask for others by name.
TRAITS = {"orders": "count(order)", "spent": "sum(order.revenue LAST 365d)"}
SEGMENTS = {
    "new": "orders >= 1 AND orders = count(order LAST 90d)",
    "active": "did(order LAST 180d)",
    "loyal": "count(order LAST 365d) >= 3",
    "big": "spent >= 300",
    "lost": "did(order) AND NOT did(order LAST 365d)",
    "slipping": "orders >= 2 AND NOT segment('active') AND NOT segment('lost')",
}


def define(store):
    with store.write() as txn:
        for name, expression in TRAITS.items():
            txn.put_trait(name, expression, at=NOW)
        for name, expression in SEGMENTS.items():
            txn.put_segment(name, expression, at=NOW)


def last_instants(end, count):
    """The last instants of so many months, the latest the one that `end` is in."""
    month = end.year * 12 + end.month - count
    for after in range(month + 1, month + count + 1):
        yield datetime(after // 12, after % 12 + 1, 1, tzinfo=timezone.utc) - timedelta(microseconds=1)


def show(months, table):
    print("month  " + "".join(f"{name:>10}" for name in SEGMENTS))
    for month, sizes in zip(months, table):
        print(f"{month:%Y-%m}" + "".join(f"{size:>10}" for size in sizes))


def draw(months, table, path):
    try:
        import matplotlib
    except ImportError:
        sys.exit("a plot needs matplotlib: pip install matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    for name, sizes in zip(SEGMENTS, zip(*table)):
        axes.plot(months, sizes, label=f"{name}: {sizes[-1]}")
    axes.set_title("Customers in each segment at the end of the month", loc="left")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, title="at the end")
    figure.savefig(path)
    print(f"drawn to {path}")


with tempfile.TemporaryDirectory() as folder, kith.open(Path(folder) / "shop.kith", create=True) as store:
    told = store.import_file(ORDERS, "shop", event="order", key="email", time="order_date", now=NOW)
    orders = told["events"]["added"]
    if not orders:
        sys.exit(f"{ORDERS} has no order with an email and an order_date: {told['rejected_by_reason']}")
    define(store)
    with store.read() as txn:
        # Any time may be asked about, and the answer is exact: nothing was computed ahead for it.
        latest = max(row["values"][0] for row in txn.query("did(order)", ["last(order.at)"], now=NOW))
        months = list(last_instants(latest, MONTHS))
        print(f"{orders} orders of {txn.count('did(order)', NOW)} customers, "
              f"{told['rejected_count']} rows rejected\n")
        table = [[txn.count(f"segment('{name}')", month) for name in SEGMENTS] for month in months]
        show(months, table)

        print("\nThe biggest of those who are slipping:")
        columns = {"who": "email", "spent": "spent", "last": "last(order.at)"}
        rows = [row["values"] for row in txn.query("segment('slipping')", columns, now=months[-1])]
        for row in sorted(rows, key=lambda row: (-row["spent"], row["who"]))[:5]:
            print(f"{row['who']:>32} {row['spent']:>8} {row['last']:%Y-%m-%d}")
if PLOT:
    draw(months, table, PLOT)
