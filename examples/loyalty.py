"""What a shop says of a customer: tags, consents, points. Try: python loyalty.py shop.kith"""

import sys

import kith

with kith.open(sys.argv[1] if len(sys.argv) > 1 else "shop.kith", create=True) as store:
    with store.write() as txn:
        txn.put("crm", "1042", {"given_name": "Ann", "email": "ann@mail.example"}, at="2024-01-15")
        txn.put("till", "77", {"email": "Ann@Mail.Example"}, at="2024-03-02")

        # Each hangs on a record, with a time from which on it counts; said again it changes nothing.
        txn.tag(("crm", "1042"), "vip", "2024-03-01", value="gold", expires="2025-01-01", by="desk")
        txn.consent(("crm", "1042"), "marketing", True, "2024-01-15", channel="sms")
        txn.points(("till", "77"), "main", "receipt 4711", 120, "2024-03-02")
        txn.points(("crm", "1042"), "main", "voucher 9", -20.5, "2024-04-01")

    with store.read() as txn:
        for now in ("2024-03-15", "2024-06-01", "2025-06-01"):
            ann = txn.find("email", "ann@mail.example", now)
            print(f"{now}: tags {', '.join(ann.tags) or 'none'}; {ann.balance('main'):.2f} points; may send sms: "
                  f"{ann.consent('marketing', 'sms')}, mail: {ann.consent('marketing', 'mail')}")

    # A split takes nothing along: what was said of a record stays with it.
    with store.write() as txn:
        txn.unlink(("crm", "1042"), ("till", "77"), by="Ann herself", at="2024-07-01")
    with store.read() as txn:
        for record in (("crm", "1042"), ("till", "77")):
            print(f"apart: {txn.profile_of(*record, now='2024-08-01').balance('main'):.2f} points")
