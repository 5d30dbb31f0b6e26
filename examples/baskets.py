"""What is bought together, what goes with an item, and what a customer buys next: the orders of a small tea shop."""

import random

import kith

NOW = "2024-06-01"
HABITS = [["mug", "tea"], ["tea", "biscuits"], ["pot", "tea", "mug"], ["coffee", "filter"], ["coffee", "filter", "mug"]]


def fill(store, customers=300, seed=1):
    """Each customer has two habits, and now and then something else."""
    draw = random.Random(seed)
    items = sorted({item for habit in HABITS for item in habit})
    with store.write() as txn:
        for number in range(customers):
            habits = draw.sample(HABITS, 2)
            for week in range(draw.randrange(1, 9)):
                bought = set(draw.choice(habits)) | {item for item in items if draw.random() < 0.05}
                time = f"2024-{1 + week // 4:02}-{1 + 7 * (week % 4):02}T10:00:00Z"
                txn.event("till", str(number), "order", time, {"order_id": f"{number}-{week}", "sku": sorted(bought)})


with kith.open("tea.kith", create=True) as store:
    fill(store)
    with store.read() as txn:
        baskets = txn.baskets("order", "sku", "order_id", now=NOW)
        somebody = txn.profile_of("till", "17", NOW)
        print(baskets.summary)

        for rule in baskets.rules(min_support=0.05, max_p=0.001, limit=5)["rules"]:
            print(f"{' + '.join(rule['antecedent'])} -> {rule['consequent'][0]}: {rule['confidence']:.0%} of "
                  f"{rule['antecedent_baskets']} baskets, {rule['lift']:.1f} times as often as by chance "
                  f"({rule['lift_low']:.1f} to {rule['lift_high']:.1f})")

        similar = baskets.similar(by="ratio", min_customers=5)
        for pair in similar.pairs()[:3]:
            print(f"{pair['item']} and {pair['other']}: {pair['both_customers']} customers have bought both")

        for one in similar.recommend(somebody, limit=2):
            why = ", ".join(reason["item"] for reason in one.get("reasons", ()))
            print(f"{one['kind']}: {one['item']}{' because of ' + why if why else ''}")
        print("with coffee at the till:", [one["item"] for one in similar.recommend(items=["coffee"], limit=2)])
