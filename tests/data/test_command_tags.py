"""Tags, consents, points and scores by the kith command.

KITH_COMMAND is the path of the built command.
"""

import re

import pytest
from test_command import answer, ok, refused, rows, run, shop, store  # noqa: F401

COMMANDS = [
    "tag add", "tag remove", "tag list", "consent put", "consent list", "points add", "points list", "score put",
    "score list",
]
AT = "2024-05-01"
BOB = ("--record", "crm:1")


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name):
    text = ok(*name.split(), "--help")
    assert text.startswith(f"kith {name}: ")
    assert f"usage: kith {name} STORE" in text
    assert f"\n  kith {name} shop.kith" in text, "there is no example"
    assert all(len(line) <= 100 for line in text.splitlines())
    assert re.search(rf"^  {name} ", ok("--help"), re.M)


@pytest.mark.parametrize("group", ["tag", "consent", "points", "score"])
def test_groups(group):
    listed = ok(group, "--help")
    for name in COMMANDS:
        assert (f"  {name} " in listed) == name.startswith(group + " ")


def test_a_tag_comes_and_goes(shop):
    assert answer("tag", "list", shop) == {"tags": []}
    added = answer("tag", "add", shop, "vip", *BOB, "--value", "gold", "--expires", "2025-01-01", "--confidence", "80",
                   "--origin", "rule", "--by", "desk", "--at", AT)
    profile = answer("profile", shop, *BOB)
    assert added == {"found": True, "id": profile["id"], "change": "added"}
    listed = answer("tag", "list", shop, "--record", "erp:7", "--now", "2024-06-01")
    assert listed["id"] == profile["id"]
    assert listed["tags"] == [{
        "tag": "vip", "value": "gold", "origin": "rule", "confidence": 80, "expires": "2025-01-01T00:00:00Z",
        "source": "crm", "key": "1", "at": "2024-05-01T00:00:00Z", "by": "desk", "removed": False,
    }]
    assert answer("tag", "list", shop, "--now", "2024-06-01") == {"tags": [{"tag": "vip", "profiles": 1}]}
    assert answer("tag", "list", shop, "--now", "2025-01-01") == {"tags": []}
    assert answer("tag", "list", shop, "--now", "2024-04-30") == {"tags": []}
    ok("tag", "remove", shop, "vip", "--find", "email=bob@acme-shop.com", "--at", "2024-05-20")
    assert answer("tag", "list", shop, *BOB, "--now", "2024-06-01")["tags"] == []
    history = answer("tag", "list", shop, *BOB, "--history")["history"]
    assert [(tag["tag"], tag["removed"], tag["at"]) for tag in history] == [
        ("vip", False, "2024-05-01T00:00:00Z"), ("vip", True, "2024-05-20T00:00:00Z")]
    assert "no problem found" in ok("verify", shop)


def test_tags_for_people(shop):
    ok("tag", "add", shop, "vip", *BOB, "--value", "gold", "--at", AT, "--by", "desk")
    assert re.search(r"^vip +gold +crm:1 +2024-05-01 +by desk$", ok("tag", "list", shop, *BOB), re.M)
    assert ok("tag", "list", shop) == "vip  1\n"
    assert ok("tag", "list", shop, *BOB, "--history").startswith("set vip")


def test_twice_is_once(shop):
    tag = ("tag", "add", shop, "vip", *BOB, "--at", AT)
    assert ok(*tag).endswith(": added\n")
    assert ok(*tag).endswith(": there already, unchanged\n")
    assert answer(*tag)["change"] == "unchanged"
    assert answer("stat", shop)["marks"] == 1


@pytest.mark.parametrize("text, value", [
    ("12", 12), ("-0.5", -0.5), ("true", True), ("2024-02-29", "2024-02-29"), ("007", 7), ("gold", "gold"), ("e", "e"),
    ("nan", "nan"), ("1e3", 1000)])
def test_values(text, value, shop):
    ok("tag", "add", shop, "t", *BOB, "--value", text, "--at", AT)
    assert answer("tag", "list", shop, *BOB)["tags"][0]["value"] == value


def test_consents(shop):
    ok("consent", "put", shop, "news", "--granted", "--channel", "sms", *BOB, "--at", AT, "--by", "form 7")
    listed = answer("consent", "list", shop, "--record", "erp:7")["consents"]
    assert listed == [{
        "purpose": "news", "channel": "sms", "granted": True, "source": "crm", "key": "1",
        "at": "2024-05-01T00:00:00Z", "by": "form 7",
    }]
    ok("consent", "put", shop, "news", "--withdrawn", *BOB, "--at", "2024-05-02")
    listed = answer("consent", "list", shop, *BOB)["consents"]
    assert [(consent["channel"], consent["granted"]) for consent in listed] == [(None, False), ("sms", False)]
    assert "withdrawn" in ok("consent", "list", shop, *BOB)
    for wrong in ([], ["--granted", "--withdrawn"]):
        assert "--granted or --withdrawn" in refused(2, "consent", "put", shop, "news", *wrong, *BOB)


def test_points(shop):
    for amount, entry, whom in (("120", "R-1", BOB), ("120", "R-1", BOB), ("-3.5", "R-2", ("--record", "erp:7"))):
        ok("points", "add", shop, "main", "--amount", amount, "--entry", entry, *whom, "--at", AT)
    points = answer("points", "list", shop, *BOB)["points"]
    assert points == [{"ledger": "main", "balance": 116.5, "entries": 2, "last": "2024-05-01T00:00:00Z",
                       "overflow": False}]
    assert answer("points", "list", shop, *BOB, "--now", "2024-04-01")["points"] == []
    assert re.search(r"^main +116\.50 +2 entries +2024-05-01$", ok("points", "list", shop, *BOB), re.M)
    assert "needs --entry" in refused(2, "points", "add", shop, "main", "--amount", "1", *BOB)
    assert "needs --amount" in refused(2, "points", "add", shop, "main", "--entry", "1", *BOB)


@pytest.mark.parametrize("amount", ["", "-", ".", "1.2345678", "1,5", "1e3", "1.2.3", "9223372036854.775808"])
def test_amounts_that_are_none(amount, shop):
    said = refused(2, "points", "add", shop, "main", "--amount", amount, "--entry", "1", *BOB)
    assert "at most six decimals" in said


@pytest.mark.parametrize("amount, micros", [
    ("-9223372036854.775808", "-9223372036854.775808"), ("9223372036854.775807", "9223372036854.775807"),
    (".5", "0.5"), ("+1.", "1.0"), ("0.000001", "0.000001")])
def test_amounts(amount, micros, shop):
    ok("points", "add", shop, "main", "--amount", amount, "--entry", "1", *BOB, "--at", AT)
    assert f'"balance": {micros},' in ok("points", "list", shop, *BOB, "--json")


def test_scores(shop):
    ok("score", "put", shop, "churn", "--value", "0.83", *BOB, "--at", AT, "--by", "model 3")
    ok("score", "put", shop, "churn", "--value", "0.5", "--record", "erp:7", "--at", "2024-04-01")
    scores = answer("score", "list", shop, *BOB)["scores"]
    assert scores == [{"score": "churn", "value": 0.83, "source": "crm", "key": "1", "at": "2024-05-01T00:00:00Z",
                       "by": "model 3"}]
    assert "by model 3" in ok("score", "list", shop, *BOB)


def test_histories(shop):
    """All that was ever said, by time, also what stands no more."""
    ok("consent", "put", shop, "news", "--granted", "--channel", "sms", *BOB, "--at", AT, "--by", "form 7")
    ok("consent", "put", shop, "news", "--withdrawn", "--record", "erp:7", "--at", "2024-05-02")
    ok("points", "add", shop, "main", "--amount", "120", "--entry", "R-1", *BOB, "--at", AT)
    ok("points", "add", shop, "main", "--amount", "-3.5", "--entry", "R-2", *BOB, "--at", "2024-05-03", "--by", "till")
    ok("score", "put", shop, "churn", "--value", "0.5", *BOB, "--at", "2024-05-04")
    ok("score", "put", shop, "churn", "--value", "0.83", *BOB, "--at", AT)
    assert answer("consent", "list", shop, *BOB, "--history")["history"] == [
        {"purpose": "news", "channel": "sms", "granted": True, "source": "crm", "key": "1",
         "at": "2024-05-01T00:00:00Z", "by": "form 7"},
        {"purpose": "news", "channel": None, "granted": False, "source": "erp", "key": "7",
         "at": "2024-05-02T00:00:00Z", "by": None}]
    assert re.search(r"^news by sms +granted +crm:1 +2024-05-01 +by form 7$",
                     ok("consent", "list", shop, *BOB, "--history"), re.M)
    told = answer("points", "list", shop, *BOB, "--history")["history"]
    assert [(entry["ledger"], entry["entry"], entry["amount"]) for entry in told] == [
        ("main", "R-1", 120), ("main", "R-2", -3.5)]
    assert re.search(r"^main +-3\.50 +crm:1 +2024-05-03 +by till +R-2$",
                     ok("points", "list", shop, *BOB, "--history"), re.M)
    told = answer("score", "list", shop, *BOB, "--history")["history"]
    assert [(score["score"], score["value"], score["at"][:10]) for score in told] == [
        ("churn", 0.83, "2024-05-01"), ("churn", 0.5, "2024-05-04")]
    assert ok("score", "list", shop, *BOB, "--history").startswith("churn  0.83")


def test_a_profile_shows_them_all(shop):
    ok("tag", "add", shop, "vip", *BOB, "--at", AT)
    ok("consent", "put", shop, "news", "--granted", *BOB, "--at", AT)
    ok("points", "add", shop, "main", "--amount", "5", "--entry", "1", *BOB, "--at", AT)
    ok("score", "put", shop, "churn", "--value", "1", *BOB, "--at", AT)
    card = ok("profile", shop, *BOB)
    for line in ("tag vip ", "consent news ", "points main ", "score churn "):
        assert re.search(rf"^{line}", card, re.M), card
    shown = answer("profile", shop, *BOB)
    assert [len(shown[name]) for name in ("tags", "consents", "points", "scores")] == [1, 1, 1, 1]


def test_of_whom(shop, tmp_path):
    profile = answer("profile", shop, *BOB)
    for whom in (("--id", profile["id"]), ("--find", "phone=+14155552671"), ("--record", "erp:7")):
        assert answer("tag", "add", shop, "seen", *whom)["id"] == profile["id"]
    for whom in (("--record", "crm:77"), ("--id", "0" * 32), ("--find", "email=nobody@acme-shop.com")):
        refused(1, "tag", "add", shop, "seen", *whom)
    assert "one of --id ID" in refused(2, "tag", "add", shop, "seen")
    # A value that two people share names neither of them.
    (tmp_path / "two.csv").write_text("id,given_name,email\n1,Jim,muir@acme-shop.com\n2,Jane,muir@acme-shop.com\n")
    ok("import", shop, tmp_path / "two.csv", "--source", "family")
    assert "2 profiles share" in refused(1, "tag", "add", shop, "seen", "--find", "email=muir@acme-shop.com")


@pytest.mark.parametrize("arguments, words", [
    (("vip", "--confidence", "101"), "0 to 100"),
    (("vip", "--confidence", "some"), "whole number"),
    (("vip", "--origin", "dream"), "--origin is"),
    (("vip", "--expires", "soon"), "--expires 'soon' is no time"),
    (("vip", "--at", AT, "--expires", AT), "expires after"),
    (("",), "1 to 255 bytes"),
    (("vip", "--source", "crm"), "are of --file"),
    (("vip", "--file", "x.csv"), "no other may be named"),
    (("vip", "--where", "TRUE"), "no other may be named"),
    (("vip", "--dry-run"), "is of --segment and --where"),
])
def test_wrong_use(arguments, words, shop):
    assert words in refused(2, "tag", "add", shop, *arguments, *BOB)
    assert answer("stat", shop)["marks"] == 0


# Files.

def test_a_file_is_tagged(shop, tmp_path):
    keys = tmp_path / "keys.csv"
    keys.write_text("name;customer id\nBob;1\nAnn;3\n")
    command = ("tag", "add", shop, "fair", "--file", keys, "--source", "crm", "--at", AT)
    assert answer(*command) == {"rows": 2, "added": 2, "unchanged": 0, "unknown": 0, "first_unknown_line": 0,
                                "rejected": 0, "first_rejected_line": 0}
    assert answer(*command)["unchanged"] == 2
    assert answer("tag", "list", shop) == {"tags": [{"tag": "fair", "profiles": 2}]}
    ok("tag", "remove", shop, "fair", "--file", "-", "--source", "crm", "--at", "2024-06-01", text="id\n3\n")
    assert answer("tag", "list", shop) == {"tags": [{"tag": "fair", "profiles": 1}]}
    assert "no problem found" in ok("verify", shop)


def test_rows_without_a_record_are_told(shop, tmp_path):
    keys = tmp_path / "keys.csv"
    keys.write_text("id\n1\n404\n405\n\"3\" x\n")
    done = run("tag", "add", shop, "fair", "--file", keys, "--source", "crm")
    assert done.returncode == 1
    assert "2 rows" in done.stderr and "line 3" in done.stderr
    assert re.search(r"^added +1$", done.stdout, re.M)
    keys.write_text("id\n1\n\"3\" x\n")
    assert "line 3" in refused(1, "tag", "add", shop, "fair", "--file", keys, "--source", "crm")


def test_files_that_are_none(shop, tmp_path):
    keys = tmp_path / "keys.csv"
    keys.write_text("name\nBob\n")
    add = ("tag", "add", shop, "fair", "--file")
    assert "known to hold keys" in refused(2, *add, keys, "--source", "crm")
    assert "no column 'shoe'" in refused(2, *add, keys, "--source", "crm", "--key", "shoe")
    assert "needs --source" in refused(2, *add, keys)
    assert "no file" in refused(3, *add, tmp_path / "none.csv", "--source", "crm")
    assert "of one person" in refused(2, "tag", "list", shop, "--history")


def test_many_rows_take_several_transactions(shop, tmp_path):
    people = tmp_path / "many.csv"
    people.write_text("id,city\n" + "".join(f"{i},Ulm\n" for i in range(25_000)))
    ok("import", shop, people, "--source", "many")
    assert answer("tag", "add", shop, "ulm", "--file", people, "--source", "many", "--at", AT)["added"] == 25_000
    assert answer("tag", "list", shop) == {"tags": [{"tag": "ulm", "profiles": 25_000}]}


# Those who are meant.


@pytest.fixture
def crowd(tmp_path, store):
    """A thousand customers, every fourth of them in York; 'locals' are those."""
    people = tmp_path / "crowd.csv"
    people.write_text("id,city\n" + "".join(f"{i},{'York' if i % 4 == 0 else 'Ulm'}\n" for i in range(1000)))
    ok("import", store, people, "--source", "many")
    ok("segment", "add", store, "locals", "city = 'York'")
    return store


def wrong_place(*arguments):
    """What is said of an expression that means nothing."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def count(store, expression, *more):
    return answer("query", store, expression, "--count", *more)["count"]


def test_a_segment_is_tagged(crowd):
    command = ("tag", "add", crowd, "spring", "--segment", "locals", "--value", "gold", "--by", "desk")
    assert answer(*command, "--dry-run") == {"matched": 250, "added": 250, "unchanged": 0, "dry_run": True}
    assert answer("tag", "list", crowd) == {"tags": []}
    assert answer(*command) == {"matched": 250, "added": 250, "unchanged": 0, "dry_run": False}
    assert answer("tag", "list", crowd) == {"tags": [{"tag": "spring", "profiles": 250}]}
    # At a later time there is nothing left to be done.
    assert answer(*command)["unchanged"] == 250
    assert answer("stat", crowd)["marks"] == 250
    ok("settle", crowd)
    assert count(crowd, "tag('spring')") == 250
    assert count(crowd, "no_tags(['spring', 'fall']) AND NOT segment('locals')") == 750
    assert "no problem found" in ok("verify", crowd)


def test_those_whom_a_condition_means_lose_a_tag(crowd):
    ok("tag", "add", crowd, "spring", "--where", "TRUE", "--at", AT)
    remove = ("tag", "remove", crowd, "spring", "--where", "-")
    assert re.search(r"^would lose the tag +250$", ok(*remove, "--dry-run", text="segment('locals')\n"), re.M)
    told = ok(*remove, text="segment('locals')\n")
    assert re.search(r"^customers +250\nlost the tag +250\ndon't have it +0$", told, re.M)
    assert re.search(r"^don't have it +250$", ok(*remove, text="segment('locals')\n"), re.M)
    assert count(crowd, "tag('spring')") == 750


def test_who_is_meant_as_of_a_time(crowd):
    ok("tag", "add", crowd, "a", "--where", "segment('locals')", "--at", AT, "--expires", "2024-06-01")
    for now, found in (("2024-04-30", 0), ("2024-05-31", 250), ("2024-06-01", 0)):
        report = answer("tag", "add", crowd, "b", "--where", "tag('a')", "--now", now, "--dry-run")
        assert report["matched"] == found


def test_conditions_that_mean_nothing(crowd):
    add = ("tag", "add", crowd, "spring")
    assert "line 1, column 7: " in wrong_place(*add, "--where", "city = ")
    assert "did you mean 'city'" in wrong_place(*add, "--where", "citi = 'York'")
    assert ok(*add, "--where", "citi = 'York'", "--any-name").startswith("customers        0\n")
    assert "did you mean 'locals'" in refused(1, *add, "--segment", "local")
    assert "not both" in refused(2, *add, "--segment", "locals", "--where", "TRUE")
    assert "0 to 100" in refused(2, *add, "--segment", "locals", "--confidence", "101", "--dry-run")


# Samples.


def test_samples(crowd):
    ok("settle", crowd)
    tenth = rows(ok("query", crowd, "segment('locals')", "--sample", "10%"))
    assert 10 <= len(tenth) <= 45
    half = rows(ok("query", crowd, "segment('locals')", "--sample", "5000/10000"))
    assert {row["profile_id"] for row in tenth} < {row["profile_id"] for row in half}
    assert len(half) == count(crowd, "segment('locals') AND bucket('sample', 0, 5000)")
    assert rows(ok("segment", "members", crowd, "locals", "--sample", "10%")) == tenth
    assert answer("segment", "count", crowd, "locals", "--sample", "10%") == {"count": len(tenth)}
    assert answer("segment", "count", crowd, "--where", "TRUE", "--sample", "100%") == {"count": 1000}
    salted = count(crowd, "segment('locals')", "--sample", "0.5%", "--salt", "it's")
    assert salted == count(crowd, "segment('locals') AND bucket('it''s', 0, 50)")


@pytest.mark.parametrize("share", ["10", "0%", "101%", "0.001%", "1.%", "-1%", "0/10000", "10001/10000", "5/100", "",
                                   "99999999999%"])
def test_shares_that_are_none(share, crowd):
    assert "--sample is 0.01% to 100%" in refused(2, "query", crowd, "TRUE", "--sample", share)


def test_a_hold_out(crowd):
    """Who is in it is the same whatever else is asked, and nobody else is left out."""
    ok("segment", "add", crowd, "global_holdout", "bucket('holdout', 0, 500)")
    ok("segment", "add", crowd, "target", "city = 'York' AND NOT segment('global_holdout')")
    held = answer("segment", "count", crowd, "global_holdout")["count"]
    assert 20 <= held <= 85
    ok("settle", crowd)
    assert answer("segment", "count", crowd, "global_holdout")["count"] == held
    assert count(crowd, "segment('target') AND segment('global_holdout')") == 0
    assert count(crowd, "segment('target')") + count(crowd, "city = 'York' AND segment('global_holdout')") == 250
    assert "--salt is of --sample" in refused(2, "query", crowd, "TRUE", "--salt", "x")


def test_overlap_with_tags(crowd):
    ok("tag", "add", crowd, "even", "--where", "bucket('b', 0, 5000)")
    found = answer("segment", "overlap", crowd, "locals", "tag('even')")
    assert found["segments"][1] == {"segment": "tag('even')", "members": count(crowd, "tag('even')")}
    assert found["pairs"][0]["common"] == count(crowd, "segment('locals') AND tag('even')")
    either = answer("segment", "overlap", crowd, "locals", "tag('even') OR tag('x')")
    assert either["pairs"][0]["common"] == found["pairs"][0]["common"]
    assert "did you mean 'locals'" in refused(1, "segment", "overlap", crowd, "local")
    assert "column 5" in wrong_place("segment", "overlap", crowd, "tag(1)")
