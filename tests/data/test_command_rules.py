"""Rules, similar items and recommendations by the kith command: a small shop, and a published wholesaler.

KITH_COMMAND is the path of the built command, KITH_DATA the folder of the larger data sets.
"""

import csv
import json
import math
import os
import pty
import subprocess

import pytest
from shop_tables import read
from test_command import KITH, answer, ok, refused, run, store  # noqa: F401

NOW = ("--now", "2024-06-01")
RETAIL = ("--event", "purchase", "--item", "item", "--order", "order_id", "--now", "2012-01-01")

# Each customer's orders, one a day.
ORDERS = {
    "ann": [["mug", "tea"], ["tea"], ["mug", "tea", "pot"]],
    "bob": [["mug", "tea"], ["pot"]],
    "cid": [["mug", "tea", "pot"]],
    "eve": [["book", "pen"], ["mug", "tea"]],
}


def put(store, folder, lines, event="order"):
    """Lines as (customer, time, order, item)."""
    path = folder / f"{event}.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "time", "order_id", "item"])
        writer.writerows(lines)
    ok("import", store, path, "--source", "shop", "--event", event, "--key", "customer", "--time", "time")
    return store


@pytest.fixture
def teas(store, tmp_path):
    return put(store, tmp_path, [
        (customer, f"2024-03-0{day + 1}", f"{customer}{day}", item)
        for customer, orders in ORDERS.items() for day, items in enumerate(orders) for item in items])


@pytest.mark.parametrize("name", ["rules", "similar", "recommend"])
def test_help(name):
    text = ok(name, "--help")
    assert text.startswith(f"kith {name}: ") and f"\n  kith {name} shop.kith" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_rules_of_a_small_shop(teas):
    found = answer("rules", teas, "--baskets", "5", "--confidence", "0", *NOW)
    assert found["baskets"] == {"customers": 4, "baskets": 8, "items": 5, "lines": 16, "left_out": 0}
    assert (found["min_baskets"], found["frequent_items"], found["itemsets"], found["found"]) == (5, 2, 3, 2)
    always, other = found["rules"]
    assert (always["antecedent"], always["consequent"]) == (["mug"], ["tea"])
    assert always["conviction"] is None and always["confidence"] == 1
    assert other["conviction"] == pytest.approx((3 / 8) / (1 / 6))
    text = ok("rules", teas, "--baskets", "5", *NOW)
    assert "always" in text and "mug → tea" in text
    assert "8 baskets of 4 customers, 5 items; 3 itemsets of at least 5 baskets\n2 rules\n" in text
    text = ok("rules", teas, "--baskets", "1", "--limit", "1", *NOW)
    assert "redundant ones; 1 shown, --limit says how many" in text


def test_whose_baskets_count(teas):
    assert answer("rules", teas, "--where", "count(order) = 3", *NOW)["baskets"]["customers"] == 2
    assert answer("rules", teas, "--since", "2024-03-02", *NOW)["baskets"]["baskets"] == 4
    assert answer("rules", teas, "--until", "2024-03-02", *NOW)["baskets"]["baskets"] == 4
    assert answer("rules", teas, "--as-of", "2024-03-02")["baskets"]["baskets"] == 7


def test_similar_items_of_a_small_shop(teas):
    found = answer("similar", teas, "tea", "pot", *NOW)
    assert [item["item"] for item in found["items"]] == ["tea", "pot"]
    tea = found["items"][0]
    assert (tea["customers"], tea["again"], tea["repeat_share"]) == (4, 1, pytest.approx(2 / 3))
    assert [(other["item"], other["both"], other["later"]) for other in tea["similar"]] == [
        ("mug", 4, 0), ("pot", 3, 2)]
    text = ok("similar", teas, "pen", *NOW)
    assert "pen  1 customer, 0 bought it again" in text and "nothing is similar" in text
    assert len(answer("similar", teas, "--customers", "1", *NOW)["items"]) == 5


def test_recommendations_of_a_small_shop(teas):
    found = answer("recommend", teas, "--record", "shop:bob", "--customers", "1", *NOW)
    assert [(one["kind"], one["item"]) for one in found["recommendations"]] == [
        ("repeat", "tea"), ("repeat", "mug"), ("repeat", "pot"), ("new", "book"), ("new", "pen")]
    found = answer("recommend", teas, "tea", "book", "--record", "shop:bob", "--customers", "1", *NOW)
    assert [(one["kind"], one["item"]) for one in found["recommendations"]] == [
        ("repeat", "mug"), ("repeat", "pot"), ("new", "pen")]
    text = ok("recommend", teas, "--record", "shop:bob", "--customers", "1", "--reasons", "1", *NOW)
    assert "again, and how likely the next basket has it" in text and "in 1 basket" in text
    assert "for the first time, and what speaks for it" in text and "  mug 0.50\n" in text


def test_wrong_use(teas):
    assert "did you mean 'order'" in run("rules", teas, "--event", "ordre", *NOW).stderr
    assert run("rules", teas, "--event", "ordre", *NOW).returncode == 1
    assert "did you mean 'tea'" in run("similar", teas, "tee", *NOW).stderr
    assert json.loads(run("similar", teas, "tee", "--json", *NOW).stdout)["found"] is False
    assert run("rules", teas, "--where", "count(order) >", *NOW).returncode == 1
    assert run("recommend", teas, "--record", "shop:zoe", *NOW).returncode == 1
    for wrong in (["--support", "often"], ["--support", "0"], ["--support", "120%"], ["--items", "1"], ["--by", "luck"],
                  ["--support", "1%", "--baskets", "2"], ["--memory", "much"]):
        refused(2, "rules", teas, *wrong, *NOW)
    refused(2, "similar", teas, "--by", "luck", *NOW)
    done = run("rules", teas, "--memory", "300", *NOW)
    assert done.returncode == 3 and "the baskets take more than the 300 bytes" in done.stderr
    done = run("rules", teas, "--baskets", "1", "--redundant", "--confidence", "0", "--memory", "450", *NOW)
    assert done.returncode == 3 and "raise the least support or confidence" in done.stderr


def test_a_shop_that_sold_nothing(teas):
    assert answer("rules", teas, "--as-of", "2023-01-01")["rules"] == []
    assert answer("similar", teas, "--as-of", "2023-01-01")["items"] == []
    assert ok("rules", teas, "--as-of", "2023-01-01").startswith("0 baskets of 0 customers")


def test_a_bar_where_there_is_a_terminal(teas):
    main, side = pty.openpty()
    done = subprocess.run([KITH, "rules", teas, *NOW], stdout=subprocess.PIPE, stderr=side, check=True)
    os.close(side)
    os.close(main)
    assert b"mug" in done.stdout


# Online Retail: lines of a known customer with a quantity and a price above 0.


def retail_lines():
    return [(row["CustomerID"], row["InvoiceDate"], row["InvoiceNo"], row["Description"].strip())
            for row in read("online_retail/online_retail.csv.gz")
            if row["CustomerID"] and int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0]


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retail")
    path = folder / "retail.kith"
    ok("init", path)
    return put(path, folder, retail_lines(), "purchase")


def test_the_rules_of_a_wholesaler(retail):
    """As mlxtend 0.25.0 finds them: fpgrowth() and association_rules() of the same baskets."""
    found = answer("rules", retail, *RETAIL, "--redundant", "--limit", "0", "--items", "20")
    print({name: value for name, value in found.items() if name != "rules"})
    assert found["baskets"] == {"customers": 4338, "baskets": 18532, "items": 3866, "lines": 387661, "left_out": 0}
    assert (found["min_baskets"], found["frequent_items"], found["itemsets"], found["found"]) == (186, 620, 973, 694)
    rules = {(tuple(rule["antecedent"]), *rule["consequent"]): rule for rule in found["rules"]}
    pink, roses, green = (f"{color} REGENCY TEACUP AND SAUCER" for color in ("PINK", "ROSES", "GREEN"))
    teacups = rules[(pink, roses), green]
    print(teacups)
    assert (teacups["antecedent_baskets"], teacups["consequent_baskets"], teacups["both_baskets"]) == (436, 691, 390)
    for name, value in {"support": 0.0210446795, "confidence": 0.8944954128, "lift": 23.9895643861,
                        "leverage": 0.0201674364, "conviction": 9.1248463293}.items():
        assert teacups[name] == pytest.approx(value, abs=1e-9)
    assert teacups["lift_low"] < 23 < 25 < teacups["lift_high"] and teacups["p"] < 1e-300
    assert all(math.isfinite(value) for rule in found["rules"] for value in rule.values() if isinstance(value, float))
    everything = answer("rules", retail, *RETAIL, "--redundant", "--limit", "0", "--items", "20", "--consequent", "19")
    assert everything["found"] == 829  # with consequents of several items
