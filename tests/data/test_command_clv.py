"""Lifetime value, clusters and audiences by the kith command: on made-up shops and on the published CDNOW sample.

KITH_COMMAND is the path of the built command, KITH_DATA the folder of the larger data sets.
"""

import csv
import json
import random
import re
import shlex
from datetime import date, timedelta

import pytest
from shop_tables import DATA
from test_command import answer, ok, rows, run, store  # noqa: F401

SEED = 20240601
AS_OF = ("--as-of", "2024-01-01")
COMMANDS = ["clv", "cluster", "score audience"]
OUTPUTS = ["alive", "purchases", "order_value", "value", "at_risk"]
ALIKE = {"kind": "lookalike", "seed": "sum(order.total) > 600", "features": ["count(order)", "today - last(order.at)"]}


def put(store, folder, orders):
    """Orders as (customer, day, total), each with a number of its own."""
    with open(folder / "orders.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "time", "total", "number"])
        writer.writerows((*order, f"n{number}") for number, order in enumerate(orders))
    ok("import", store, folder / "orders.csv", "--source", "shop", "--event", "order", "--key", "customer", "--time",
       "time")
    return store


def made_up():
    """Customers who buy at rates of their own until they drop out."""
    draw = random.Random(SEED)
    for number in range(600):
        day, rate, quits = draw.random() * 60, draw.gammavariate(0.9, 1 / 25), draw.betavariate(1, 3)
        mean = draw.gammavariate(6, 10)
        while day < 365:
            yield number, date(2023, 1, 1) + timedelta(days=int(day)), round(mean * draw.gammavariate(4, .25), 2)
            day = 365 if draw.random() < quits else day + draw.expovariate(rate)


@pytest.fixture(scope="module")
def bought(tmp_path_factory):
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("clv")
    ok("init", folder / "shop.kith")
    return put(folder / "shop.kith", folder, made_up())


@pytest.fixture
def known(bought, tmp_path):
    """A copy that a test may change."""
    ok("backup", bought, tmp_path / "copy.kith")
    return tmp_path / "copy.kith"


def keep(store, name, definition):
    ok("score", "add", store, name, json.dumps(definition))
    ok("score", "fit", store, name, *AS_OF)


def refused(code, *arguments):
    done = run(*arguments)
    assert done.returncode == code and done.stderr.startswith("kith: ") and "\n" not in done.stderr.rstrip("\n")
    return done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name):
    text = ok(*name.split(), "--help")
    assert text.startswith(f"kith {name}: ") and f"\n  kith {name} shop.kith" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert re.search(rf"^  {name} ", ok("--help"), re.M)


# Lifetime value.


def test_sums_are_those_of_the_rows(bought):
    told = answer("clv", bought, *AS_OF)
    assert (told["found"], told["score"], told["version"], told["kind"]) == (True, None, None, "repeat")
    assert told["definition"] == {"kind": "repeat", "method": "mbg/nbd", "event": "order", "amount": "total"}
    assert told["count"] == len(told["customers"]) == 600 and told["without"] == 0
    for name in ("alive", "purchases", "value", "at_risk"):
        assert told[name] == pytest.approx(sum(customer[name] for customer in told["customers"]), rel=1e-9)
    values = [customer["value"] for customer in told["customers"]]
    assert values == sorted(values, reverse=True)
    for customer in told["customers"]:
        assert customer["at_risk"] == pytest.approx(customer["value"] * (1 - customer["alive"]), rel=1e-3, abs=1e-3)
    written = rows(ok("clv", bought, *AS_OF, "--format", "csv", "--top", "7", "--columns", "count(order) as orders"))
    assert list(written[0]) == ["profile_id", *OUTPUTS, "orders"]
    assert [row["profile_id"] for row in written] == [customer["profile_id"] for customer in told["customers"][:7]]
    some = answer("clv", bought, *AS_OF, "--where", "count(order) > 3")
    assert some["fitted"] == told["fitted"] and 0 < some["count"] < 600
    assert {customer["profile_id"] for customer in some["customers"]} < {
        customer["profile_id"] for customer in told["customers"]}


def test_nothing_is_written(bought):
    before = ok("stat", bought, "--json"), ok("score", "list", bought, "--json")
    ok("clv", bought, *AS_OF)
    ok("cluster", bought, *AS_OF)
    assert (ok("stat", bought, "--json"), ok("score", "list", bought, "--json")) == before


def test_what_people_see(bought):
    text = ok("clv", bought, *AS_OF)
    for said in ("what customers will bring in the next 365 days, as of 2024-01-01", "600 customers with orders, 0 without",
                 "  still buying here ", "  of that at risk ", "... and 580 more", "purchases: mbg/nbd, learnt from 600",
                 "amounts: gamma-gamma", "how well it foretells", "Nobody keeps this model"):
        assert said in text, said
    assert all(len(line) <= 100 for line in text.splitlines() if not line.startswith("  kith score add "))


def test_years_after_the_last_order_it_says_how_to_ask(bought):
    assert "--as-of TIME asks as of then" in ok("clv", bought, "--as-of", "2040-01-01")
    assert "--as-of TIME asks as of then" not in ok("clv", bought, *AS_OF)
    some = ok("clv", bought, "--as-of", "2040-01-01", "--where", "count(order) > 3")
    assert "--as-of TIME asks as of then" not in some


def test_the_words_that_keep_it_do(bought, tmp_path):
    known = tmp_path / "Ann's shop.kith"
    ok("backup", bought, known)
    told = answer("clv", known, *AS_OF)
    for line in re.findall(r"^  kith (score add .+|score fit .+)$", ok("clv", known, *AS_OF), re.M):
        ok(*shlex.split(line), *(AS_OF if line.startswith("score fit") else ()))
    kept = answer("clv", known, *AS_OF)
    assert (kept["score"], kept["version"]) == ("clv", 2)
    assert kept["customers"] == told["customers"] and kept["fitted"] == told["fitted"]
    text = ok("clv", known, *AS_OF)
    assert "by score 'clv', version 2" in text and "Nobody keeps" not in text
    assert answer("clv", known, *AS_OF, "--horizon-days", "30")["score"] is None
    keep(known, "other", {**told["definition"], "method": "pareto/nbd"})
    assert answer("clv", known, *AS_OF)["score"] is None
    assert "The store has 2 fitted scores of this kind; --score NAME asks one" in ok("clv", known, *AS_OF)
    assert answer("clv", known, *AS_OF, "--score", "other")["definition"]["method"] == "pareto/nbd"


def test_settings_are_the_model_s(bought):
    year = answer("clv", bought, *AS_OF)
    month = answer("clv", bought, *AS_OF, "--horizon-days", "30", "--discount-percent", "0")
    assert (month["horizon_days"], month["discount_percent"]) == (30, 0)
    assert 0 < month["purchases"] < year["purchases"] and month["fitted"]["parameters"] == year["fitted"]["parameters"]
    dear = answer("clv", bought, *AS_OF, "--discount-percent", "50")
    assert dear["value"] < year["value"] and dear["purchases"] == year["purchases"]
    for method in ("bg/nbd", "pareto/nbd", "mbg/cnbd", "bg/cnbd"):
        told = answer("clv", bought, *AS_OF, "--method", method)
        assert told["definition"]["method"] == method and 0 < told["alive"] <= 600


def test_one_customer(bought):
    best = answer("clv", bought, *AS_OF, "--top", "1")["customers"][0]
    told = answer("clv", bought, *AS_OF, "--id", best["profile_id"])
    for name in OUTPUTS:
        assert told[name] == pytest.approx(best[name], abs=1e-5)
    assert sum(told["chances"]) == pytest.approx(1, abs=1e-9) and len(told["chances"]) == 11
    assert told["value_low"] <= told["value"] <= told["value_high"] and (told["days"], told["share"]) == (365, .8)
    record = answer("clv", bought, *AS_OF, "--record", "shop:7", "--days", "30", "--share", "95%")
    assert (record["days"], record["share"]) == (30, .95)
    text = ok("clv", bought, *AS_OF, "--id", best["profile_id"])
    for said in ("still buying here", "next purchase ", "what all of them bring", "% of cases", "how many purchases in 365 days",
                 "10 or more"):
        assert said in text, said


@pytest.mark.parametrize("code, words, said", [
    (1, ["--event", "ordr"], "did you mean 'order'?"),
    (1, ["--method", "mgb"], 'kith: method: expected "mbg/nbd"'),
    (1, ["--horizon-days", "0"], "kith: horizon_days: expected a number from 1 to 36525"),
    (1, ["--score", "nix"], "no score 'nix'"),
    (1, ["--where", "total > 5"], "the store has no attribute 'total'"),
    (1, ["--record", "shop:nobody"], "there is no record 'shop:nobody'"),
    (2, ["--score", "x", "--method", "bg/nbd"], "--method is of a score that is fitted for this answer"),
    (2, ["--record", "shop:7", "--top", "5"], "--top is of all customers"),
    (2, ["--days", "5"], "--days is of one customer"), (2, ["--record", "shop:7", "--share", "1"], "--share is above 0"),
    (2, ["--record", "shop:7", "--id", "x"], "needs one of --id"), (2, ["--top", "0"], "--top needs a number from 1 on"),
    (2, ["--discount-percent", "10%"], "discount-percent"), (2, ["--format", "arrow"], "csv or jsonl")])
def test_what_is_wrong_is_told(bought, code, words, said):
    done = run("clv", bought, *AS_OF, *words)
    assert done.returncode == code and said in done.stderr and done.stdout == ""


def test_a_shop_that_gives_everything_away(store, tmp_path):  # noqa: F811
    put(store, tmp_path, [(customer, day, 0) for customer, day, _ in made_up()])
    told = answer("clv", store, *AS_OF)
    assert told["fitted"]["spend"]["refused"] == "nobody who bought again paid anything"
    assert told["purchases"] > 0 and all(customer["value"] is None for customer in told["customers"])


def test_shops_that_tell_no_model(store, tmp_path):  # noqa: F811
    assert "which events are orders?" in refused(1, "clv", store)
    put(store, tmp_path, [(number, "2023-05-01", 5) for number in range(50)])
    assert "the model can't be fitted: no customer bought a second time" in refused(1, "clv", store, *AS_OF)
    assert "can't be fitted" in json.loads(run("clv", store, *AS_OF, "--json").stdout)["message"]
    assert "can't be fitted" in refused(1, "cluster", store, *AS_OF)


@pytest.mark.parametrize("customers, why", [(50, "a parameter ran away"), (1, "too few customers")])
def test_shops_that_another_method_may_fit(store, tmp_path, customers, why):  # noqa: F811
    put(store, tmp_path, [(number, f"2023-0{month}-01", 5) for number in range(customers) for month in (5, 6)])
    told = refused(1, "clv", store, *AS_OF)
    assert why in told and told.endswith("; another method may fit, and a score of kind lifecycle needs none\n")


def test_the_published_sample(store, tmp_path):  # noqa: F811
    """CDNOW, 39 weeks of it: the published parameters and log-likelihood of BG/NBD, and who bought again and paid."""
    path = DATA / "cdnow/CDNOW_sample.txt"
    if not path.exists():
        pytest.skip(f"{path} isn't there: set KITH_DATA to the folder of the data sets")
    lines = [line.split() for line in path.read_text().splitlines()]
    put(store, tmp_path, [(line[1], f"{line[2][:4]}-{line[2][4:6]}-{line[2][6:]}", line[4]) for line in lines])
    told = answer("clv", store, "--as-of", "1997-09-30", "--method", "bg/nbd")
    print(told["fitted"]["parameters"], told["fitted"]["log_likelihood"], told["value"])
    assert told["count"] == 2357 and told["fitted"]["spend"]["customers"] == 946
    assert [f"{value:.4g}" for value in told["fitted"]["parameters"].values()] == ["0.2426", "4.414", "0.7929", "2.426"]
    assert round(told["fitted"]["log_likelihood"], 4) == -9582.4292


# Clusters.


def test_clusters_part_all_who_bought(bought):
    told = answer("cluster", bought, *AS_OF)
    assert (told["score"], told["kind"], told["count"], told["without"]) == (None, "clusters", 600, 0)
    assert told["definition"]["of"] == "did(order)"
    assert sum(cluster["count"] for cluster in told["clusters"]) == 600
    assert sum(cluster["share"] for cluster in told["clusters"]) == pytest.approx(1)
    assert [cluster["count"] for cluster in told["clusters"]] == told["fitted"]["sizes"]
    best = max(told["fitted"]["trials"], key=lambda trial: trial["silhouette"])
    assert best["clusters"] == len(told["clusters"])
    assert len({cluster["cluster"] for cluster in told["clusters"]}) == len(told["clusters"])
    members = rows(ok("cluster", bought, *AS_OF, "--members", "--columns", "count(order) as orders"))
    assert list(members[0]) == ["profile_id", "cluster", "number", "distance", "orders"]
    for cluster in told["clusters"]:
        assert sum(row["cluster"] == cluster["cluster"] for row in members) == cluster["count"]
    text = ok("cluster", bought, *AS_OF)
    assert "clusters of 600 customers, as of 2024-01-01" in text and "silhouette" in text and "taken" in text


def test_clusters_by_what_is_asked(known):
    told = answer("cluster", known, *AS_OF, "--clusters", "3", "--features", "count(order) as orders, avg(order.total)",
                  "--where", "count(order) > 1")
    assert told["definition"] == {"kind": "clusters", "clusters": 3, "of": "count(order) > 1", "features": [
        {"value": "count(order)", "name": "orders"}, "avg(order.total)"]}
    assert len(told["clusters"]) == 3 and told["without"] == 0
    assert told["count"] == int(ok("query", known, "count(order) > 1", "--count", *AS_OF))
    keep(known, "kinds", told["definition"])
    kept = answer("cluster", known, *AS_OF)
    assert kept["score"] == "kinds" and kept["clusters"] == told["clusters"] and kept["without"] == 600 - kept["count"]
    some = answer("cluster", known, *AS_OF, "--where", "count(order) > 4")
    assert some["count"] == int(ok("query", known, "count(order) > 4", "--count", *AS_OF))


@pytest.mark.parametrize("code, words, said", [
    (1, ["--features", "cont(order)"], "did you mean count()?"), (1, ["--where", "count(order"], "expected"),
    (1, ["--clusters", "65"], "kith: clusters: expected a number from 2 to 64"), (2, ["--clusters", "many"], "--clusters takes a number"),
    (2, ["--format", "csv"], "--format is of --members"), (2, ["--score", "x", "--clusters", "3"], "--clusters is of")])
def test_wrong_clusters(bought, code, words, said):
    done = run("cluster", bought, *AS_OF, *words)
    assert done.returncode == code and said in done.stderr and done.stdout == ""


# Audiences.


def test_an_audience_is_the_first_of_a_score(known):
    keep(known, "alike", ALIKE)
    told = answer("score", "audience", known, "alike", "--top", "100", *AS_OF, "--reasons")
    seed = int(ok("query", known, ALIKE["seed"], "--count", *AS_OF))
    assert (told["count"], told["candidates"], told["control"]) == (100, 600 - seed, None)
    likeness = [customer["likeness"] for customer in told["customers"]]
    assert likeness == sorted(likeness, reverse=True)
    assert all(1 <= len(customer["reasons"]) <= 3 for customer in told["customers"])
    assert all(reason["text"] != "the average customer" for customer in told["customers"]
               for reason in customer["reasons"])
    assert answer("score", "audience", known, "alike", "--top", "5", "--with-seed", *AS_OF)["candidates"] == 600
    some = answer("score", "audience", known, "alike", "--top", "5000", "--where", "count(order) > 2", *AS_OF)
    assert some["count"] == some["candidates"] < 600 - seed
    text = ok("score", "audience", known, "alike", "--top", "100", "--reasons", *AS_OF)
    assert f"the first 100 of {600 - seed} customers by score alike (lookalike, version 2)" in text
    assert "those of the seed itself are left out" in text and "because" in text


def test_a_control_group_is_drawn(known):
    keep(known, "alike", ALIKE)
    words = ["score", "audience", known, "alike", "--top", "500", "--base-rate", "20%", "--lift", "80%", *AS_OF]
    told = answer(*words)
    control = told["control"]
    group = [customer["profile_id"] for customer in told["customers"] if customer["group"] == "control"]
    assert control["tells"] and control["count"] == len(group) and control["lift"] == .8
    assert control["control_count"] + control["treated_count"] == 500 and control["control_count"] < 250
    drawn = {row["profile_id"] for row in rows(ok("query", known, control["drawn_by"], *AS_OF))}
    assert {customer["profile_id"] for customer in told["customers"]} & drawn == set(group)
    written = rows(ok(*words, "--format", "csv", "--reasons"))
    assert list(written[0]) == ["profile_id", "likeness", "top_percent", "group", "reasons"]
    assert [row["profile_id"] for row in written if row["group"] == "control"] == group
    other = answer(*words, "--salt", "spring")
    assert other["control"]["drawn_by"].startswith("bucket('spring', 0, ")
    assert [customer["group"] for customer in other["customers"]] != [customer["group"] for customer in told["customers"]]
    few = answer(*words[:4], "--top", "60", "--base-rate", "5%", "--lift", "-10%", *AS_OF)["control"]
    assert (few["tells"], few["control_count"], few["lift"]) == (False, 30, -.1) and few["why_not"]
    assert "can't be told of so few" in ok(*words[:4], "--top", "60", "--base-rate", "5%", "--lift", "10%", *AS_OF)
    assert "left alone" in ok(*words) and "% of cases" in ok(*words)


@pytest.mark.parametrize("code, words, said", [
    (2, [], "needs --top N"), (2, ["--top", "5", "--lift", "10%"], "needs both --base-rate and --lift"),
    (2, ["--top", "5", "--salt", "x"], "--salt are of a control group"),
    (2, ["--top", "5", "--base-rate", "2", "--lift", "10%"], "no control group: "),
    (1, ["--top", "5", "--where", "cont(order) > 1"], "did you mean count()?")])
def test_wrong_audiences(known, code, words, said):
    keep(known, "alike", ALIKE)
    done = run("score", "audience", known, "alike", *AS_OF, *words)
    assert done.returncode == code and said in done.stderr and done.stdout == ""


def test_columns_of_an_audience_that_are_asked_for(known):
    keep(known, "alike", ALIKE)
    words = ["score", "audience", known, "alike", "--top", "40", "--base-rate", "5%", "--lift", "10%", "--reasons",
             *AS_OF, "--format", "csv"]
    many = ", ".join(f"count(order) as c{i}" for i in range(252))
    assert len(rows(ok(*words, "--columns", many))[0]) == 1 + 2 + 252 + 2
    assert "at most 252 columns" in refused(2, *words, "--columns", many + ", count(order) as more")
    for name in ("group", "reasons"):
        assert f"a column '{name}' is told of each" in refused(2, *words, "--columns", f"count(order) as {name}")
    assert "group" in rows(ok(*words[:6], *AS_OF, "--columns", "count(order) as group", "--format", "csv"))[0]


def test_a_score_without_numbers_has_no_audience(known):
    ok("score", "add", known, "size", '{"kind": "rules", "rules": [{"name": "big", "when": "count(order) > 2"}]}')
    assert "which says a text" in refused(1, "score", "audience", known, "size", "--top", "5")
    ok("score", "add", known, "alike", json.dumps(ALIKE))
    assert "says nothing before it is fitted" in refused(1, "score", "audience", known, "alike", "--top", "5")
