"""Scores by the kith command: definitions, fits, what they say of all customers and of one.

KITH_COMMAND is the path of the built command.
"""

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from test_command import KITH, ROOT, answer, ok, refused, rows, run, store  # noqa: F401

ORDERS = ROOT / "examples/data/rfm_data_orders.csv"
COMMANDS = ["score add", "score list", "score show", "score fit", "score drift", "score apply", "score explain", "score remove"]
AS_OF = ("--as-of", "2006-12-31")
SIZE = {
    "kind": "rules",
    "rules": [{"name": "big", "when": "sum(order.revenue) > 800"}, {"name": "often", "when": "count(order) > 6"}],
    "otherwise": "consumer",
}
TIER = {
    "kind": "tiers", "value": "sum(order.revenue)",
    "tiers": [{"name": "platinum", "top_percent": 1}, {"name": "gold", "top_percent": 5},
              {"name": "silver", "top_percent": 20}],
    "otherwise": "bronze",
}
LEADS = {
    "kind": "points",
    "rules": [{"name": "orders", "events": "order", "points": 10, "half_life_days": 90},
              {"name": "spends", "when": "sum(order.revenue) > 500", "points": 15}],
}


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The published orders, and three scores, of which the tiers are fitted."""
    store = tmp_path_factory.mktemp("scores") / "shop.kith"
    ok("init", store)
    ok("import", store, ORDERS, "--source", "shop", "--key", "customer_id", "--event", "order", "--time", "order_date",
       "--now", "2007-01-01")
    for name, definition in (("size", SIZE), ("tier", TIER), ("leads", LEADS)):
        ok("score", "add", store, name, json.dumps(definition), "--now", "2007-01-01")
    ok("score", "fit", store, "tier", *AS_OF)
    return store


@pytest.fixture
def known(imported, tmp_path):
    """A copy that a test may change."""
    copy = tmp_path / "copy.kith"
    ok("backup", imported, copy)
    return copy


def add(store, name, definition, *options):
    return ok("score", "add", store, name, json.dumps(definition), *options)


def no(*arguments, text=None):
    """The answer is no: the lines that say so."""
    done = run(*arguments, text=text)
    assert done.returncode == 1, (arguments, done.stdout, done.stderr)
    assert done.stderr.startswith("kith: ") and done.stdout == ""
    return done.stderr.splitlines()


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name):
    text = ok(*name.split(), "--help")
    assert text.startswith(f"kith {name}: ")
    assert f"usage: kith {name} STORE" in text
    assert f"\n  kith {name} shop.kith" in text, "there is no example"
    assert all(len(line) <= 100 for line in text.splitlines())
    assert re.search(rf"^  {name} ", ok("--help"), re.M)


def test_the_group_lists_them():
    listed = ok("score", "--help")
    for name in [*COMMANDS, "score put"]:
        assert f"  {name} " in listed


# Definitions.

def test_definitions_have_versions(store):
    rules = {"kind": "rules", "rules": [{"name": "all", "when": "TRUE"}]}
    assert add(store, "s", rules, "--note", "a try") == "score 's': added\n"
    assert add(store, "s", rules) == "score 's': unchanged\n"
    changed = answer("score", "add", store, "s", json.dumps({**rules, "otherwise": "none"}), "--now", "2024-01-01")
    assert changed == {"name": "s", "change": "updated", "version": 2, "kind": "rules",
                       "definition": {**rules, "otherwise": "none"}, "fitted": None, "learns": False}
    shown = answer("score", "show", store, "s")
    assert [shown[name] for name in ("found", "name", "version", "removed", "note", "kind", "gives", "at")] == [
        True, "s", 2, False, "a try", "rules", "text", "2024-01-01T00:00:00Z"]
    assert [version["definition"].get("otherwise") for version in shown["versions"]] == [None, "none"]
    assert answer("score", "show", store, "s", "--version", "1")["definition"] == rules
    assert "rules\n  rules\n    name  when\n    all   TRUE\n" in ok("score", "show", store, "s", "--version", "1")
    assert "has no version 3, it has 2" in no("score", "show", store, "s", "--version", "3")[0]
    assert ok("score", "remove", store, "s") == "score 's': removed\n"
    assert answer("score", "list", store) == {"scores": []} and ok("score", "list", store) == ""
    assert "no score 's'" in no("score", "remove", store, "s")[0]


def test_definitions_come_from_files(known, tmp_path):
    (tmp_path / "size.json").write_text(json.dumps(SIZE, indent=4))
    assert ok("score", "add", known, "again", "--file", tmp_path / "size.json") == "score 'again': added\n"
    assert ok("score", "add", known, "again", "-", text=json.dumps(SIZE)) == "score 'again': unchanged\n"
    assert "either DEFINITION or --file, not both" in refused(
        2, "score", "add", known, "again", "{}", "--file", tmp_path / "size.json")
    assert "score add needs DEFINITION, in quotes, or --file" in refused(2, "score", "add", known, "again")


def test_what_learns_says_so(store):
    told = ok("score", "add", store, "tier", json.dumps({"kind": "tiers", "value": "count(order)", "tiers": [
        {"name": "gold", "top_percent": 5}]}), "--any-name")
    assert told.splitlines() == ["score 'tier': added",
                                 "'kith score fit' learns from the customers what it is to say of one"]


@pytest.mark.parametrize("definition, words", [
    ('{"kind": "rules",', "score, line 1 column "), ('{"kind": "ruled"}', "expected the kind of score: "),
    ('{"kind": "rules",\n "rulse": []}', "line 2 column 2"), ("[]", "expected an object"),
    ('{"kind": "rules", "rules": [{"name": "a", "when": "did(ordr)"}]}', "did you mean 'order'?"),
    ('{"kind": "rules", "rules": [{"name": "a", "when": "score(\'wrong\') = 1"}]}', "asks for itself")])
def test_wrong_definitions(known, definition, words):
    assert words in no("score", "add", known, "wrong", definition)[0]
    done = run("score", "add", known, "wrong", definition, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["valid"] is False and words in told["message"]
    assert "no score 'wrong'" in no("score", "show", known, "wrong")[0]


def test_the_place_of_a_mistake_is_shown(known):
    told = no("score", "add", known, "wrong", '{"kind": "rules",\n "rulse": []}')
    assert told[1:] == ['   "rulse": []}', "   ^"]
    done = run("score", "add", known, "wrong", '{"kind": "rules",\n "rulse": []}', "--json")
    assert [json.loads(done.stdout)[name] for name in ("position", "line", "column")] == [19, 2, 2]


def test_list(imported):
    listed = answer("score", "list", imported)["scores"]
    assert [(one["name"], one["kind"], one["version"], one["learns"], one["learnt"], one["members"]) for one in listed] == [
        ("size", "rules", 1, False, False, 995), ("tier", "tiers", 2, True, True, 995),
        ("leads", "points", 1, False, False, 995)]
    table = ok("score", "list", imported).splitlines()
    assert table[0].split() == ["score", "version", "customers", "kind", "fitted", "note"]
    assert re.fullmatch(r"tier +2 +995 +tiers +learnt from 995 customers as of 2006-12-31", table[2])


def test_show(imported):
    shown = answer("score", "show", imported, "tier")
    assert shown["definition"] == TIER and (shown["learns"], shown["learnt"]) == (True, True)
    assert (shown["members"], shown["profiles"], shown["fitted"]["customers"]) == (995, 995, 995)
    assert [version["fitted"] is None for version in shown["versions"]] == [True, False]
    assert shown["outputs"] == [{"output": "name", "gives": "text", "kept": True,
                                 "what": "of the best tier whose least value is reached"}]
    assert shown["asks_for"] == [{"kind": "event", "name": "order"}, {"kind": "property", "name": "revenue"}]
    text = ok("score", "show", imported, "tier")
    for line in ("tiers", "    gold                5", "learnt", "  customers  995", "asks for  event order",
                 "fitted    learnt from 995 customers as of 2006-12-31"):
        assert line in text.splitlines()
    assert re.search(r"^  2  2006-12-31T00:00:00Z  learnt from 995 customers as of 2006-12-31$", text, re.M)


def test_who_asks_for_it(known):
    ok("segment", "add", known, "best", "score('tier') = 'platinum'")
    ok("trait", "add", known, "named", "lower(score('tier.name'))")
    add(known, "care", {"kind": "rules", "rules": [{"name": "call", "when": "score('tier') = 'gold'"}]})
    assert answer("score", "show", known, "tier")["asked_for_by"] == [
        {"kind": "trait", "name": "named"}, {"kind": "score", "name": "care"}, {"kind": "segment", "name": "best"}]
    told = no("score", "remove", known, "tier")
    assert "asks for it" in told[0]
    assert answer("segment", "show", known, "best")["asks_for"] == [{"kind": "score", "name": "tier"}]


# Fitting.

def test_fit(known):
    unchanged = answer("score", "fit", known, "tier", *AS_OF)
    assert (unchanged["change"], unchanged["version"]) == ("unchanged", 2)
    dry = answer("score", "fit", known, "tier", *AS_OF, "--where", "count(order) > 5", "--dry-run")
    assert (dry["change"], dry["version"], dry["dry_run"]) == ("updated", 3, True) and 0 < dry["customers"] < 995
    assert answer("score", "show", known, "tier")["version"] == 2
    before = answer("score", "show", known, "tier")["fitted"]
    fit = answer("score", "fit", known, "tier", *AS_OF, "--where", "count(order) > 5")
    assert fit == {**dry, "dry_run": False} and fit["before"] == before and fit["found"] is True and fit["score"] == "tier"
    assert answer("score", "show", known, "tier")["fitted"] == fit["fitted"]
    text = ok("score", "fit", known, "tier", *AS_OF).splitlines()
    assert text[0] == "score 'tier': version 4, learnt from 995 customers"
    assert any(re.fullmatch(r"  least +\d+, \d+, \d+", line) for line in text)
    now = answer("score", "show", known, "tier")["fitted"]
    place = text.index("since version 3")
    assert text[place + 1].split() == ["learnt", "before", "now", "change"]
    drift = [line.rsplit(maxsplit=3) for line in text[place + 2:]]
    assert [row[0].strip() for row in drift] == ["customers", "least 1", "least 2", "least 3"]
    for (_, was, is_, percent), old, new in zip(drift[1:], fit["fitted"]["least"], now["least"]):
        assert (was, is_) == (old, new) and percent == f"{100 * (int(new) / int(old) - 1):+.1f}%"
    assert ok("score", "fit", known, "tier", *AS_OF).splitlines()[0] == (
        "score 'tier': unchanged, learnt from 995 customers")


def test_fits_that_are_refused(known):
    assert "no score 'teer'; did you mean 'tier'?" in no("score", "fit", known, "teer")[0]
    assert "it has nothing to learn" in no("score", "fit", known, "size")[0]
    told = no("score", "fit", known, "tier", "--where", "count(ordr) > 5")
    assert "column 7: the store has no event 'ordr'; did you mean 'order'?" in told[0] and told[2].strip() == "^"
    done = run("score", "fit", known, "size", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["fitted"] is None and "nothing to learn" in json.loads(done.stdout)["message"]
    done = run("score", "fit", known, "teer", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["found"] is False
    for seed in ("TRUE", "FALSE"):
        ok("score", "add", known, "alike", json.dumps(
            {"kind": "lookalike", "seed": seed, "features": ["sum(order.revenue)"]}))
        assert "it holds of all customers, or of none" in no("score", "fit", known, "alike", *AS_OF)[0]
    assert "--holdout-days needs a number from 1 on" in refused(2, "score", "fit", known, "tier", "--holdout-days", "0")
    assert "either --as-of or --now" in refused(2, "score", "fit", known, "tier", *AS_OF, "--now", "2007-01-01")


def many(store, folder, count, events):
    """Customers with many orders each."""
    path = folder / "orders.csv"
    path.write_text("id,date,revenue\n" + "".join(
        f"{number % count},2024-01-01T{number % 24:02}:{number // 24 % 60:02}:00Z,{number % 97}\n"
        for number in range(events)))
    ok("import", store, path, "--source", "many", "--event", "order", "--key", "id", "--time", "date", "--no-settle")


def test_ctrl_c_ends_a_fit_and_nothing_is_written(store, tmp_path):
    """Also while one customer is looked at: by a sequence that looks back over very many events."""
    many(store, tmp_path, 1, 4_000)
    add(store, "tier", TIER)
    back = "did(order THEN order THEN order WHERE prev.at > step1.at + 4000d)"
    with subprocess.Popen([KITH, "score", "fit", store, "tier", "--where", back], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        time.sleep(0.5)
        assert process.poll() is None, "it was done before it could be stopped"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 3
        assert process.stdout.read() == b""
        assert process.stderr.read() == b"kith: interrupted: nothing was learnt, nothing is written\n"
    assert answer("score", "show", store, "tier")["version"] == 1


def test_ctrl_c_ends_the_reasons_of_a_large_audience(store, tmp_path):
    many(store, tmp_path, 50_000, 50_000)
    add(store, "leads", LEADS)
    ours, theirs = pty.openpty()
    with subprocess.Popen([KITH, "score", "audience", store, "leads", "--top", "50000", "--reasons", *AS_OF, "--format", "csv"],
                          stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"reasons" not in shown:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 3 and process.stdout.read() == b""
    assert "kith: interrupted: 'kith score audience' is unfinished" in shown_by(ours)


def shown_by(terminal):
    """All that was written to a terminal whose other end is closed."""
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the end
            piece = b""
        if not piece:
            os.close(terminal)
            return shown.decode()
        shown += piece


def test_a_terminal_is_shown_how_a_fit_goes(known):
    ours, theirs = pty.openpty()
    done = subprocess.run([KITH, "score", "fit", known, "tier", *AS_OF], stdout=subprocess.DEVNULL, stderr=theirs,
                          timeout=60, env=dict(os.environ, TERM="xterm"), check=False)
    os.close(theirs)
    shown = shown_by(ours)
    assert done.returncode == 0 and shown.startswith("\r") and shown.endswith("\r\x1b[K")


def test_drift(known):
    ok("score", "fit", known, "tier", *AS_OF, "--where", "count(order) > 5")
    drift = answer("score", "drift", known, "tier", *AS_OF)
    assert [drift[name] for name in ("found", "score", "output", "from_version", "to_version", "customers")] == [
        True, "tier", "name", 2, 3, 995]
    assert 0 < drift["changed"] < 995 and drift["stability_index"] > 0
    text = ok("score", "drift", known, "tier", *AS_OF, "--from", "2", "--to", "3").splitlines()
    assert text[0] == "tier.name  version 2 to 3"
    assert re.fullmatch(rf"  changed +{drift['changed']} of 995 customers", text[1])
    assert re.fullmatch(r"  stability index +\d\.\d{4}: (little|some|much) has moved", text[2])
    assert answer("score", "drift", known, "tier", *AS_OF, "--from", "3", "--to", "3")["changed"] == 0
    add(known, "tier", SIZE)
    other = run("score", "drift", known, "tier", "--json")
    assert other.returncode == 1 and "is of kind tiers in version 3" in json.loads(other.stdout)["message"]
    assert no("score", "drift", known, "tier", "--from", "9") and no("score", "drift", known, "teer")
    assert "--from needs a number from 1 on" in refused(2, "score", "drift", known, "tier", "--from", "0")


# What a score says of all customers.

def test_apply_counts_names_in_the_order_of_the_definition(imported):
    told = answer("score", "apply", imported, "tier", *AS_OF)
    assert [group["value"] for group in told["groups"]] == ["platinum", "gold", "silver", "bronze"]
    counts = [group["count"] for group in told["groups"]]
    assert sum(counts) == told["count"] == 995 and told["without"] == 0 and counts[0] == 9
    assert (told["found"], told["score"], told["kind"], told["version"], told["output"]) == (
        True, "tier", "tiers", 2, "name")
    said = [customer["tier.name"] for customer in told["customers"]]
    assert said == [group["value"] for group in told["groups"] for _ in range(group["count"])]
    best = [customer["profile_id"] for customer in told["customers"][:9]]
    assert best == sorted(best)
    query = rows(ok("query", imported, "score('tier') = 'platinum'", *AS_OF))
    assert sorted(row["profile_id"] for row in query) == best


def test_apply_ranks_numbers(imported):
    told = answer("score", "apply", imported, "leads", *AS_OF)
    points = [customer["leads.points"] for customer in told["customers"]]
    assert points == sorted(points, reverse=True) and told["groups"] == [] and len(points) == 995
    for before, after in zip(told["customers"], told["customers"][1:]):
        assert before["leads.points"] > after["leads.points"] or before["profile_id"] < after["profile_id"]
    for count in (1, 2, 7, 64, 65, 994, 995, 5000):
        top = answer("score", "apply", imported, "leads", *AS_OF, "--top", str(count))
        assert top["customers"] == told["customers"][:count] and top["count"] == 995


def test_apply_writes_rows(imported):
    table = ok("score", "apply", imported, "leads", *AS_OF, "--format", "csv", "--top", "3", "--columns",
               "count(order) as orders, sum(order.revenue)")
    assert table.splitlines()[0] == "profile_id,leads.points,orders,sum(order.revenue)"
    written = lines(ok("score", "apply", imported, "leads", *AS_OF, "--format", "jsonl", "--top", "3", "--columns",
                       "count(order) as orders, sum(order.revenue)"))
    assert [row["profile_id"] for row in rows(table)] == [row["profile_id"] for row in written]
    assert [float(row["leads.points"]) for row in rows(table)] == [row["leads.points"] for row in written]
    assert len(ok("score", "apply", imported, "leads", *AS_OF, "--format", "csv").splitlines()) == 996


def test_apply_asks_some(imported):
    told = answer("score", "apply", imported, "size", *AS_OF, "--where", "count(order) > 6")
    assert {group["value"]: group["count"] > 0 for group in told["groups"]} == {
        "big": True, "often": True, "consumer": False}
    nobody = answer("score", "apply", imported, "size", *AS_OF, "--where", "FALSE")
    assert (nobody["count"], nobody["customers"]) == (0, [])
    assert ok("score", "apply", imported, "size", "--where", "FALSE").splitlines()[0] == "size.name  0 customers"


def test_apply_tells_who_has_no_value(known):
    add(known, "care", {"kind": "rules", "rules": [{"name": "call", "when": "score('tier') = 'platinum'"}]})
    told = answer("score", "apply", known, "care", *AS_OF)
    assert (told["count"], told["without"], told["groups"]) == (9, 986, [{"value": "call", "count": 9}])
    assert ok("score", "apply", known, "care", *AS_OF).splitlines()[0] == "care.name  9 customers, 986 without a value"


def test_apply_by_an_output(known):
    add(known, "rhythm", {"kind": "lifecycle", "event": "order"})
    ok("score", "fit", known, "rhythm", *AS_OF)
    days = answer("score", "apply", known, "rhythm", *AS_OF, "--output", "silent_days")
    said = [customer["rhythm.silent_days"] for customer in days["customers"]]
    assert said == sorted(said, reverse=True) and days["output"] == "silent_days"
    dates = answer("score", "apply", known, "rhythm", *AS_OF, "--output", "changes_on")
    said = [group["value"] for group in dates["groups"]]
    assert said == sorted(said) and re.fullmatch(r"\d{4}-\d\d-\d\d", said[0])
    told = refused(2, "score", "apply", known, "rhythm", "--output", "days")
    assert "has no output 'days'; it has stage, next_stage, changes_on, silent_days, usual_gap" in told


def test_apply_for_people(imported):
    shown = ok("score", "apply", imported, "tier", *AS_OF, "--columns", "count(order) as orders").splitlines()
    assert shown[0] == "tier.name  995 customers"
    assert re.fullmatch(r"  platinum +9 +0\.9%", shown[1])
    assert shown[6].split() == ["profile_id", "tier.name", "orders"]
    assert shown[-1] == "... and 975 more; --top N shows more, --format csv writes all" and len(shown) == 7 + 20 + 1


def test_apply_that_is_refused(known):
    add(known, "other", {**TIER, "otherwise": "none"})
    assert "score 'other' says nothing before it is fitted: 'kith score fit'" in no("score", "apply", known, "other")[0]
    assert "no score 'teer'; did you mean 'tier'?" in no("score", "apply", known, "teer")[0]
    assert "did you mean 'order'?" in no("score", "apply", known, "tier", "--where", "did(ordr)")[0]
    assert "--top needs a number from 1 on" in refused(2, "score", "apply", known, "tier", "--top", "0")
    assert "two columns are called 'tier.name'" in refused(
        2, "score", "apply", known, "tier", "--columns", "count(order) as 'tier.name'")
    assert "writes csv or jsonl" in refused(2, "score", "apply", known, "tier", "--format", "arrow")


# What it says of one.

def test_explain(imported):
    whom = ("--record", "shop:Brion Stark")
    told = answer("score", "explain", imported, "size", *whom, *AS_OF)
    assert (told["found"], told["score"], told["kind"], told["version"], told["learnt"], told["unit"]) == (
        True, "size", "rules", 1, True, None)
    assert told["outputs"] == [{"output": "name", "value": "big", "what": "of the first rule that holds"}]
    assert told["reasons"] == [{"text": "sum(order.revenue) > 800", "share": None}]
    assert told["next_change_at"] is None
    points = answer("score", "explain", imported, "leads", *whom, *AS_OF)
    assert points["unit"] == "points" and points["next_change_at"] == "2007-01-01T00:00:00Z"
    shares = [reason["share"] for reason in points["reasons"] if reason["share"] is not None]
    assert shares[0] == 15 and sum(shares) == pytest.approx(float(points["outputs"][0]["value"]), abs=1e-4)
    text = ok("score", "explain", imported, "leads", *whom, *AS_OF)
    assert "\nbecause, in points\n" in text and re.search(r"^  \+15\.00  ", text, re.M)
    assert "None of it changes before 2007-01-01T00:00:00Z unless something is added." in text
    assert "no score 'sise'; did you mean 'size'?" in no("score", "explain", imported, "sise", *whom)[0]
    assert no("score", "explain", imported, "size", "--record", "shop:Nobody")


def test_what_is_not_fitted_is_explained_so(known):
    add(known, "other", {**TIER, "otherwise": "none"})
    told = answer("score", "explain", known, "other", "--record", "shop:Brion Stark")
    assert told["learnt"] is False and told["outputs"][0]["value"] is None
    assert "It says nothing before it is fitted: 'kith score fit'." in ok(
        "score", "explain", known, "other", "--record", "shop:Brion Stark")


def test_scores_of_a_customer(known):
    whom = ("--record", "shop:Brion Stark")
    ok("score", "put", known, "churn", "--value", "0.25", *whom, "--by", "model 3")
    told = answer("score", "list", known, *whom, "--now", "2030-01-01")
    assert [(one["score"], one["output"]) for one in told["score_values"]] == [
        ("size", "name"), ("tier", "name"), ("leads", "points")]
    assert [(one["score"], one["value"]) for one in told["scores"]] == [("churn", 0.25)]
    table = ok("score", "list", known, *whom, "--now", "2030-01-01").splitlines()
    assert re.fullmatch(r"size\.name +big +by its model", table[0])
    assert re.fullmatch(r"churn +0\.25 +shop:Brion Stark +\d{4}-\d\d-\d\d +by model 3", table[-1])
    assert [one["score"] for one in answer("score", "list", known, *whom, "--history")["history"]] == ["churn"]
    assert "--history needs a customer" in refused(2, "score", "list", known, "--history")


def test_a_profile_shows_its_scores_and_orders(known):
    add(known, "rhythm", {"kind": "lifecycle", "event": "order", "amount": "revenue"})
    shown = answer("profile", known, "--record", "shop:Brion Stark", "--now", "2006-12-31")
    said = {f"{one['score']}.{one['output']}": one["value"] for one in shown["score_values"]}
    assert (said["size.name"], said["tier.name"]) == ("big", "silver")
    orders, = shown["orders"]
    assert [orders[name] for name in ("event", "amount", "refund", "first", "last", "order_count", "day_count")] == [
        "order", "revenue", None, "2004-12-20", "2006-05-16", 8, 8]
    assert (orders["spent"], orders["refunded"], orders["refund_count"]) == (852, 0, 0)
    card = ok("profile", known, "--record", "shop:Brion Stark", "--now", "2006-12-31")
    assert re.search(r"^score size\.name +big +by its model$", card, re.M)
    assert re.search(r"^orders +8 on 8 days, 852\.00 spent +each order +2004-12-20 +to 2006-05-16$", card, re.M)


# Elsewhere.

def test_queries_and_segments_ask_for_scores(known):
    written = rows(ok("query", known, "TRUE", *AS_OF, "--columns", "score('size'), score('leads.points') as points"))
    assert len(written) == 995 and {row["score('size')"] for row in written} == {"big", "often", "consumer"}
    count = int(ok("query", known, "score('size') = 'big'", *AS_OF, "--count"))
    assert count == sum(row["score('size')"] == "big" for row in written)
    ok("segment", "add", known, "big", "score('size') = 'big'", "--now", "2006-12-31")
    ok("settle", known, "--now", "2006-12-31")
    assert answer("segment", "show", known, "big", "--now", "2006-12-31")["members"] == count
    assert int(ok("segment", "count", known, "big", *AS_OF)) == count
    ok("verify", known, "--now", "2006-12-31")


def test_the_readme_s_shell_works(store, tmp_path):
    (tmp_path / "customers.csv").write_text("id,given_name,email\n1,Ann,ann@mail.example\n2,Bo,bo@mail.example\n")
    (tmp_path / "orders.csv").write_text("id,date,total\n1,2024-01-05,60000\n1,2024-02-06,20\n2,2024-02-07,5\n")
    ok("import", store, tmp_path / "customers.csv", "--source", "crm")
    ok("import", store, tmp_path / "orders.csv", "--source", "crm", "--event", "order", "--key", "id", "--time", "date")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme[readme.index("## Scores\n"):]
    script = re.search(r"^```\n(.+?)^```", block, re.M | re.S).group(1).replace("shop.kith", str(store))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120, env=dict(os.environ, PATH=f"{Path(KITH).parent}:{os.environ['PATH']}"), check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "score 'size': added" in done.stdout and "score 'tier': version 2, learnt from 2 customers" in done.stdout
    assert (tmp_path / "call.csv").read_text().startswith("profile_id,email,score('size')\n")
