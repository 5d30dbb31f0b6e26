"""Two systems, three records, one customer. Try: python quickstart.py shop.kith"""

import sys

import kith

with kith.open(sys.argv[1] if len(sys.argv) > 1 else "shop.kith", create=True) as store:
    with store.write() as txn:
        txn.put("crm", "1042", {"given_name": "Ann", "email": "ann@mail.example",
                                "phone": "+44 20 7946 0958"}, at="2024-01-15")
        txn.put("shop", "77", {"given_name": "Anne", "email": "Ann@Mail.Example"}, at="2024-03-02")
        txn.put("shop", "93", {"given_name": "Ann", "email": "ann@mail.example"}, at="2024-05-20")

    with store.read() as txn:
        customer = txn.find("phone", "+442079460958", now="2024-06-01")
        print(f"one customer, {customer.record_count} records")
        for golden in customer.golden_values:
            print(f"  {golden['attribute']:11} {golden['value']:17} said by {golden['source']}, "
                  f"{golden['at']:%Y-%m-%dT%H:%M:%SZ}")
        for step in txn.why(("crm", "1042"), ("shop", "77"))["steps"]:
            print(f"  {' '.join(step['a'])} and {' '.join(step['b'])}: {step['kind']} by "
                  f"{step['type']} {step['value']}")
