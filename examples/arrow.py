"""Orders from a table of pyarrow into a store, and its customers back as a table.

    python arrow.py                     # the orders in examples/data
    python arrow.py orders.csv          # other ones: email, order_date and revenue at least

pandas, polars and DuckDB do as pyarrow does here: what has __arrow_c_stream__ goes in, and what kith gives has it.
"""

import sys
import tempfile
from pathlib import Path

import kith

try:
    import pyarrow
    import pyarrow.csv
    import pyarrow.ipc
except ImportError:
    print("SKIPPED: this example needs pyarrow, which kith itself does without: pip install pyarrow")
    sys.exit(77)  # what tells a test runner so

ORDERS = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent / "data" / "rfm_data_orders.csv"
NOW = "2100-01-01"  # after all orders

with tempfile.TemporaryDirectory() as folder, kith.open(Path(folder) / "shop.kith", create=True) as store:
    # In: columns keep their types, and become properties of the orders by their names.
    orders = pyarrow.csv.read_csv(ORDERS)
    report = store.import_arrow(orders, "shop", now=NOW, event="order", key="email", time="order_date")
    print(f"{report['row_count']} rows, {report['events']['added']} orders")

    # Out: a row for each customer. Sums are exact decimals; a float64 for a plot is one cast away.
    columns = {"email": "email", "orders": "count(order)", "spent": "sum(order.revenue)", "last": "last(order.at)"}
    with store.read() as txn:
        customers = pyarrow.table(txn.query("count(order) >= 2", columns, now=NOW))
    customers = customers.sort_by([("spent", "descending"), ("email", "ascending")])
    print(customers.schema)
    for row in customers.slice(0, 5).to_pylist():
        print(f"{row['email']:<35} {row['orders']:>3} {row['spent']:>10,.2f}  {row['last']:%Y-%m-%d}")

    # All that the store holds, as a table, or as a file that any Arrow library reads.
    profiles = pyarrow.table(store.export_arrow("profiles", now=NOW))
    with pyarrow.ipc.open_stream(store.export("profiles", "arrow", now=NOW)) as stream:
        assert stream.read_all().equals(profiles)
    print(f"{profiles.num_rows} profiles of {profiles.num_columns} columns")
