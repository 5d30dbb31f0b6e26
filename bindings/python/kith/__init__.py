"""kith: SQLite for customer data.

Open a store, put what your systems say about people, and ask who a customer is:

    import kith

    with kith.open("shop.kith", create=True) as store:
        with store.write() as txn:
            txn.put("crm", "1", {"email": "jo@mail.example", "given_name": "Jo"}, at="2024-01-01")
        with store.read() as txn:
            customer = txn.find("email", "JO@mail.example", now="2024-06-01")
            print(customer.id, customer.value("given_name"))

Times are given as datetime with a time zone, as int microseconds since 1970, or as text, and come back as datetime in
UTC. kith never reads the clock: `now` is always said. Threads may share a Store, not a Transaction.
"""

from kith._kith import (
    Baskets,
    Busy,
    Corrupt,
    Error,
    Exists,
    Export,
    Expression,
    Full,
    Interrupted,
    Invalid,
    Io,
    Iterator,
    Limit,
    Misuse,
    Newer,
    NoMemory,
    NotFound,
    Profile,
    Query,
    ReadOnly,
    Similar,
    Store,
    Transaction,
    check,
    control_group,
    open,
    version,
)

__version__ = version()
__all__ = [
    "Baskets",
    "Busy",
    "Corrupt",
    "Error",
    "Exists",
    "Export",
    "Expression",
    "Full",
    "Interrupted",
    "Invalid",
    "Io",
    "Iterator",
    "Limit",
    "Misuse",
    "Newer",
    "NoMemory",
    "NotFound",
    "Profile",
    "Query",
    "ReadOnly",
    "Similar",
    "Store",
    "Transaction",
    "check",
    "control_group",
    "open",
    "version",
]
