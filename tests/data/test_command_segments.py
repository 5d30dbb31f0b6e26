"""Segments, traits, transitions and queries by the kith command, on a small shop and on two published sets of data.

KITH_COMMAND is the path of the built command, KITH_DATA the folder of the larger data sets.
"""

import csv
import gzip
import json
import os
import pty
import re
import signal
import subprocess
import time
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from test_command import KITH, ROOT, answer, ok, refused, rows, run, shop, store  # noqa: F401

DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared/data")) / "scoring"
COMMANDS = [
    "segment add", "segment list", "segment show", "segment test", "segment count", "segment members", "segment explain",
    "segment history", "segment overlap", "segment remove", "trait add", "trait list", "trait show", "trait remove", "transitions", "query",
]
NOW = ("--now", "2024-06-01")


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def no(*arguments, text=None):
    """The answer is no: the lines that say so."""
    done = run(*arguments, text=text)
    assert done.returncode == 1, (arguments, done.stdout, done.stderr)
    assert done.stderr.startswith("kith: ") and done.stdout == ""
    return done.stderr.splitlines()


def define(store, kind="segment", **expressions):
    for name, expression in expressions.items():
        ok(kind, "add", store, name, expression, "--now", "2024-01-01")


@pytest.fixture
def segments(shop):
    """Bob has three orders, Ann one, three others none."""
    define(shop, ordered="did(order)", often="count(order LAST 365d) >= 2", anns="given_name = 'Ann'")
    define(shop, "trait", spent="sum(order.total)")
    return shop


def ids(shop):
    """The profile of each record of the crm."""
    return {row["key"]: row["profile_id"] for row in rows(ok("export", shop, "clusters")) if row["source"] == "crm"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name):
    text = ok(*name.split(), "--help")
    assert text.startswith(f"kith {name}: ")
    assert f"usage: kith {name} STORE" in text
    assert f"\n  kith {name} shop.kith" in text, "there is no example"
    assert all(len(line) <= 100 for line in text.splitlines())
    assert re.search(rf"^  {name} ", ok("--help"), re.M)


@pytest.mark.parametrize("group", ["segment", "trait"])
def test_groups(group):
    listed = ok(group, "--help")
    for name in COMMANDS:
        assert (f"  {name} " in listed) == name.startswith(group + " ")
    alone = run(group)
    assert (alone.returncode, alone.stdout) == (2, listed)
    assert alone.stderr.startswith(f"kith: {group} what?")


@pytest.mark.parametrize("words, meant, there_are", [
    ("segment mebmers", "members", "check, add, list, show, test, explain, "),
    ("segment remov", "remove", "check, add, "), ("trait lst", "list", "add, list, show, remove"),
    ("tag delete", None, "add, remove, list"), ("segment shop.kith", None, "check, add, ")])
def test_commands_that_there_are_not(words, meant, there_are):
    """A line that a shell shows, with nothing on the standard output for a script to take."""
    group, word = words.split()
    told = refused(2, group, word, "shop.kith")
    assert told.startswith(f"kith: there is no command '{words}'" + (f" (did you mean '{meant}'?);" if meant else ";"))
    assert f"; there are {there_are}" in told


@pytest.mark.parametrize("word, meant", [
    ("segmnt", "segment"), ("imprt", "import"), ("history", "segment history"), ("xyzzy", None)])
def test_words_that_begin_no_command(word, meant):
    told = refused(2, word, "shop.kith")
    assert f"there is no command '{word}'" + (f" (did you mean '{meant}'?); see" if meant else "; see ") in told


# Definitions.

@pytest.mark.parametrize("kind", ["segment", "trait"])
def test_versions(kind, shop):
    add = (kind, "add", shop, "york", "--now", "2024-01-01")
    assert ok(*add, "city='York'", "--any-name", "--note", "a mug each") == f"{kind} 'york': added\n"
    assert ok(*add, "city = 'York'", "--any-name") == f"{kind} 'york': unchanged\n"
    assert answer(*add, "given_name='Ann'") == {
        "name": "york", "change": "updated", "version": 2, "expression": "given_name = 'Ann'", "dry_run": False}
    assert ok(*add, "given_name = 'Bob'") == f"{kind} 'york': version 3\n"
    shown = answer(kind, "show", shop, "york")
    assert [shown[name] for name in ("found", "name", "version", "removed", "note", "gives", "at")] == [
        True, "york", 3, False, "a mug each", "condition", "2024-01-01T00:00:00Z"]
    assert shown["asks_for"] == [{"kind": "attribute", "name": "given_name"}]
    assert [version["expression"] for version in shown["versions"]] == [
        "city = 'York'", "given_name = 'Ann'", "given_name = 'Bob'"]
    assert answer(kind, "show", shop, "york", "--version", "1")["expression"] == "city = 'York'"
    assert "\n\ngiven_name = 'Ann'\n" in ok(kind, "show", shop, "york", "--version", "2")
    assert "has no version 4, it has 3" in no(kind, "show", shop, "york", "--version", "4")[0]
    assert answer(*add, "given_name = 'Bob'", "--note", "")["version"] == 4
    assert ok(kind, "remove", shop, "york") == f"{kind} 'york': removed\n"
    assert answer(kind, "list", shop) == {kind + "s": []} and ok(kind, "list", shop) == ""
    assert "there is no" in no(kind, "show", shop, "york")[0]
    assert "removed" in ok(kind, "show", shop, "york", "--version", "5")
    assert answer(*add, "given_name = 'Bob'")["change"] == "updated"
    assert "no problem found" in ok("verify", shop)


def test_expressions_that_mean_nothing(shop):
    add = ("segment", "add", shop, "s")
    assert no(*add, "count(ordr) > 1") == [
        "kith: line 1, column 7: the store has no event 'ordr'; did you mean 'order'?", "  count(ordr) > 1",
        "        ^"]
    done = run(*add, "given_name = ", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["valid"], told["position"], told["line"]) == (1, False, 12, 1)
    assert "condition" in no(*add, "count(order)")[0]
    assert "asks for itself" in " ".join(circle(shop))
    assert "move with the time itself" in no("trait", "add", shop, "t", "now - last(order.at)")[0]
    for command in (("query", shop), ("segment", "count", shop, "--where")):
        assert no(*command, "nam = 1")[1:] == ["  nam = 1", "  ^"]
    assert answer("segment", "list", shop)["segments"][0]["name"] == "a"


def test_a_trait_that_another_one_can_t_take(segments):
    """The place would be one of the other's text: none is told."""
    define(segments, **{"those who spend": "did(order) AND did(order LAST 30d) AND spent > 10"})
    done = run("trait", "add", segments, "spent", "'x'", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["valid"], told["position"]) == (1, False, None)
    assert "segment 'those who spend'" in told["message"]
    assert answer("trait", "show", segments, "spent")["version"] == 1


def circle(shop):
    define(shop, a="did(order)", b="segment('a')")
    return no("segment", "add", shop, "a", "segment('b')")


def test_a_segment_is_read_from_a_file_and_from_its_twin(shop, tmp_path):
    file = tmp_path / "ann.txt"
    file.write_text("given_name = 'Ann'\n  OR did(order)\n\n")
    wanted = "given_name = 'Ann' OR did(order)"
    assert answer("segment", "add", shop, "a", "--file", file)["expression"] == wanted
    assert answer("segment", "add", shop, "b", "-", text=file.read_text())["expression"] == wanted
    twin = json.dumps(answer("segment", "check", shop, wanted)["expression"])
    assert answer("segment", "add", shop, "c", twin, "--twin")["expression"] == wanted
    assert ok("query", shop, "--file", file, "--count") == ok("query", shop, "--twin", "-", "--count", text=twin)


@pytest.mark.parametrize("command, words", [
    (("segment", "add", "S", "a"), "needs EXPRESSION"),
    (("segment", "add", "S", "a", "TRUE", "--file", "x"), "not both"),
    (("segment", "add", "S", "", "TRUE"), "1 to 255 bytes"),
    (("segment", "add", "S", "x" * 256, "TRUE"), "1 to 255 bytes"),
    (("segment", "show", "S", "a", "--version", "0"), "from 1 on"),
    (("segment", "count", "S"), "NAME or --where"),
    (("segment", "count", "S", "a", "--where", "TRUE"), "not both"),
    (("query", "S"), "needs EXPRESSION"),
    (("query", "S", "TRUE", "--count", "--limit", "1"), "no --limit"),
    (("query", "S", "TRUE", "--limit", "0"), "from 1 on"),
    (("query", "S", "TRUE", "--format", "xml"), "csv, jsonl or arrow"),
    (("query", "S", "TRUE", "--format", "csv", "--json"), "exclude each other"),
    (("query", "S", "TRUE", "--columns", "given_name, given_name"), "two columns are called 'given_name'"),
    (("query", "S", "TRUE", "--columns", "given_name as profile_id"), "two columns are called 'profile_id'"),
    (("query", "S", "TRUE", "--columns", "given_name as "), "without a name"),
    (("query", "S", "TRUE", "--columns", ",".join(f"{i}" for i in range(257))), "at most 256"),
    (("transitions", "S", "--trim", "1", "--since", "1"), "takes no --since"),
    (("transitions", "S", "--since", "x"), "whole number"),
])
def test_wrong_use(command, words, shop):
    assert words in refused(2, *[shop if word == "S" else word for word in command])


def test_nobody_of_that_name(segments):
    for command in (("segment", "show"), ("segment", "count"), ("segment", "members"), ("segment", "overlap"),
                    ("segment", "remove")):
        assert "did you mean 'often'" in no(*command, segments, "oftn")[0]
        done = run(*command, segments, "oftn", "--json")
        assert (done.returncode, json.loads(done.stdout)["found"]) == (1, False)
    assert "did you mean 'spent'" in no("trait", "show", segments, "spend")[0]
    assert "did you mean 'often'" in no("transitions", segments, "--segment", "oftn")[0]
    assert "there is no store" in refused(3, "segment", "list", "none.kith")


def test_what_others_ask_for_stays(segments):
    define(segments, both="segment('often') AND spent > 10")
    assert "segment 'both' asks for it" in no("segment", "remove", segments, "often")[0]
    assert "segment 'both' asks for it" in no("trait", "remove", segments, "spent")[0]
    shown = answer("segment", "show", segments, "both", *NOW)
    assert shown["asks_for"] == [{"kind": "segment", "name": "often"}, {"kind": "attribute", "name": "spent"}]
    assert answer("trait", "show", segments, "spent")["asked_for_by"] == [{"kind": "segment", "name": "both"}]
    card = ok("segment", "show", segments, "often", *NOW)
    assert re.search(r"^asked for by +segment both$", card, re.M)
    assert re.search(r"^members +1 of 5 profiles \(20\.0%\)$", card, re.M)
    ok("segment", "remove", segments, "both")
    ok("segment", "remove", segments, "often")


def test_a_dry_run_writes_nothing(segments):
    before = segments.read_bytes()
    dry = answer("segment", "add", segments, "bobs", "given_name = 'Bob' OR did(order)", "--dry-run", *NOW)
    assert [dry[name] for name in ("change", "version", "dry_run", "members", "profiles")] == ["added", 1, True, 2, 5]
    assert ok("segment", "add", segments, "often", "did(order LAST 90d)", "--dry-run", *NOW) == (
        "segment 'often': nothing written, it would be version 2\n2 of 5 profiles would be in it now\n")
    assert "3 of 5 profiles would have it now" in ok("trait", "add", segments, "call", "phone", "--dry-run")
    assert segments.read_bytes() == before
    assert [segment["name"] for segment in answer("segment", "list", segments)["segments"]] == [
        "ordered", "often", "anns"]


def test_lists(segments):
    listed = answer("segment", "list", segments, *NOW)["segments"]
    assert [(segment["name"], segment["members"]) for segment in listed] == [("ordered", 2), ("often", 1), ("anns", 1)]
    assert re.search(r"^often +1 +1 +count\(order LAST 365d\) >= 2$", ok("segment", "list", segments, *NOW), re.M)
    assert re.search(r"^often +1 +0 ", ok("segment", "list", segments, "--now", "2026-01-01"), re.M)
    assert [(trait["name"], trait["gives"]) for trait in answer("trait", "list", segments)["traits"]] == [
        ("spent", "number")]


# Who is in it.

def test_counts_and_members(segments):
    by_key = ids(segments)
    assert ok("segment", "count", segments, "often", *NOW) == "1\n"
    assert answer("segment", "count", segments, "often", "--now", "2024-01-10") == {"count": 0}
    assert ok("segment", "count", segments, "--where", "segment('ordered') AND NOT segment('often')", *NOW) == "1\n"
    members = rows(ok("segment", "members", segments, "ordered", *NOW, "--columns", "given_name, spent as money"))
    assert members == [{"profile_id": by_key["1"], "given_name": "Bob", "money": "30.75"},
                       {"profile_id": by_key["3"], "given_name": "Ann", "money": "99"}]
    assert len(rows(ok("segment", "members", segments, "ordered", *NOW, "--limit", "1"))) == 1


def test_explaining(segments):
    define(segments, both="segment('often') AND given_name = 'Ann'")
    find = ("--record", "crm:1", *NOW)
    why = answer("segment", "explain", segments, "both", *find)
    assert why["in"] is False and why["profile"] == ids(segments)["1"]
    parts = {part["text"]: part for part in why["parts"]}
    assert [part["depth"] for part in why["parts"]] == [0, 1, 2, 1]
    assert parts["count(order LAST 365d) >= 2"]["distance"].endswith(" of 2")
    shown = ok("segment", "explain", segments, "both", *find)
    assert "is not in both" in shown and " of 2" in shown
    assert "did you mean 'both'" in no("segment", "explain", segments, "bot", *find)[0]
    assert "crm:404" in no("segment", "explain", segments, "both", "--record", "crm:404")[0]
    refused(2, "segment", "explain", segments, "both")


def test_names_with_quotes(segments):
    define(segments, **{"it's odd": "segment('often')", 'say "hi"': "TRUE"})
    assert ok("segment", "count", segments, "it's odd", *NOW) == "1\n"
    assert ok("segment", "count", segments, 'say "hi"', *NOW) == "5\n"
    assert answer("segment", "show", segments, "it's odd", *NOW)["members"] == 1


def test_overlap(segments):
    found = answer("segment", "overlap", segments, *NOW)
    assert found["segments"] == [{"segment": "ordered", "members": 2}, {"segment": "often", "members": 1},
                                 {"segment": "anns", "members": 1}]
    assert found["pairs"] == [
        {"a": "ordered", "b": "often", "common": 1, "share_of_a": 0.5, "share_of_b": 1.0},
        {"a": "ordered", "b": "anns", "common": 1, "share_of_a": 0.5, "share_of_b": 1.0},
        {"a": "often", "b": "anns", "common": 0, "share_of_a": 0.0, "share_of_b": 0.0}]
    assert no("segment", "overlap", segments, "given_name = 'Ann'")[0].endswith("'; a condition stands in brackets")
    assert answer("segment", "overlap", segments, "(given_name = 'Ann')", *NOW)["segments"][0]["members"] == 1
    text = ok("segment", "overlap", segments, "often", "ordered", *NOW).splitlines()
    assert [line.split() for line in text] == [
        ["segment", "1", "2"], ["1", "often", "1", "1", "100%"], ["2", "ordered", "1", "50%", "2"]]


def test_overlap_of_many(shop):
    for number in range(12):
        define(shop, **{f"s{number}": f"count(order) >= {number}"})
    assert len(ok("segment", "overlap", shop).splitlines()) == 13
    assert ok("segment", "overlap", shop).splitlines()[1].split()[-1] == "0%"


# Queries.

def test_query_columns(segments):
    columns = ("given_name, lower('a, b') AS x, coalesce(phone, 'n, (as) o') as 'a \"b\", c',count(order) as n,"
               "any_tag(['p', 'q']) , last(order.at), avg(order.total), now - last(order.at) as ago")
    text = ok("query", segments, "given_name = 'Ann' OR did(order)", "--columns", columns, *NOW)
    assert text.splitlines()[0] == (
        'profile_id,given_name,x,"a ""b"", c",n,"any_tag([\'p\', \'q\'])",last(order.at),avg(order.total),ago')
    by_key = ids(segments)
    assert list(rows(text)[1].values()) == [
        by_key["3"], "Ann", "a, b", "+14155552672", "1", "false", "2024-03-08T00:00:00Z", "99",
        str(85 * 86_400_000_000)]
    as_json = lines(ok("query", segments, "given_name = 'Ann' OR did(order)", "--columns", columns, *NOW, "--json"))
    assert as_json[1]["n"] == 1 and as_json[1]["any_tag(['p', 'q'])"] is False
    assert as_json[0]["avg(order.total)"] == 10.25
    assert [list(row) for row in as_json] == [list(row) for row in rows(text)]


def test_query_of_missing_values(segments):
    query = ("query", segments, "given_name = 'Wei'", "--columns", "max(order.total) as most, given_name")
    assert list(rows(ok(*query))[0].values())[1:] == ["", "Wei"]
    assert lines(ok(*query, "--format", "jsonl"))[0]["most"] is None


def test_query_columns_that_mean_nothing(segments):
    query = ("query", segments, "TRUE", "--columns")
    assert no(*query, "given_name, count(ordr) as n")[1:] == ["  given_name, count(ordr) as n", " " * 20 + "^"]
    assert "found the end" in no(*query, "given_name, ")[0]
    assert "closed" in no(*query, "given_name, 'a as b")[0]
    done = run(*query, "given_name, x", "--json")
    assert json.loads(done.stdout)["position"] == 12
    assert ok(*query, "given_name, x", "--any-name").splitlines()[0] == "profile_id,given_name,x"


def test_query_counts_and_limits(segments):
    assert ok("query", segments, "TRUE", "--count") == "5\n"
    assert answer("query", segments, "TRUE", "--count") == {"count": 5}
    everyone = ok("query", segments, "TRUE").splitlines()
    assert len(everyone) == 6 and ok("query", segments, "TRUE", "--limit", "2").splitlines() == everyone[:3]
    assert ok("query", segments, "FALSE") == "profile_id\n" and ok("query", segments, "FALSE", "--json") == ""


def many(store, tmp_path, count):
    people = tmp_path / "many.csv"
    people.write_text("id,city\n" + "".join(f"{i},Ulm\n" for i in range(count)))
    ok("import", store, people, "--source", "many")


def test_a_reader_that_has_had_enough(store, tmp_path):
    many(store, tmp_path, 20_000)
    with subprocess.Popen([KITH, "query", store, "TRUE", "--columns", "city"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"profile_id,city\n"
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("wait", [0, 0.3])
def test_ctrl_c_ends_a_query(wait, store, tmp_path):
    """Also where it waits for its reader."""
    many(store, tmp_path, 20_000)
    with subprocess.Popen([KITH, "query", store, "TRUE", "--columns", "city"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"profile_id,city\n"
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(60) == 3
        assert process.stderr.read() == b"kith: interrupted: 'kith query' is unfinished\n"


def test_ctrl_c_ends_a_settle(store, tmp_path):
    """Also within its first step: of a sequence that looks back over very many events."""
    events = tmp_path / "events.csv"
    start = datetime(2000, 1, 1)
    events.write_text("id,date\n" + "".join(f"1,{start + timedelta(minutes=500 * i):%Y-%m-%dT%H:%MZ}\n" for i in range(4_000)))
    ok("import", store, events, "--source", "many", "--event", "a", "--key", "id", "--time", "date")
    define(store, back="did(a THEN a THEN a WHERE prev.at > step1.at + 4000d)")
    with subprocess.Popen([KITH, "settle", store, *NOW, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 3
        assert json.load(process.stdout)["interrupted"]
        assert process.stderr.read() == b"kith: interrupted: 0 profiles are settled, run it again to go on\n"
    assert answer("stat", store)["dirty_profiles"] > 0


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


def test_a_terminal_is_shown_a_bar(store, tmp_path):
    many(store, tmp_path, 2_000)
    ours, theirs = pty.openpty()
    with open(tmp_path / "out.csv", "wb") as out:
        done = subprocess.run([KITH, "query", store, "TRUE"], stdout=out, stderr=theirs, timeout=60,
                              env=dict(os.environ, TERM="xterm"))
    os.close(theirs)
    shown = shown_by(ours)
    assert done.returncode == 0 and "query" in shown and shown.endswith("\r\x1b[K")
    assert len((tmp_path / "out.csv").read_bytes().splitlines()) == 2_001


# Who entered and left.

def test_transitions(segments):
    by_key = ids(segments)
    assert ok("transitions", segments) == ok("transitions", segments, "--json") == ""
    settled = answer("settle", segments, *NOW)
    assert (settled["entered"], settled["left"]) == (4, 0)
    stat = answer("stat", segments)
    assert (stat["segments"], stat["traits"], stat["transitions"]) == (3, 1, 4)
    assert ok("settle", segments, "--now", "2025-06-01").endswith("; segments: 0 entered, 1 left\n")
    last = lines(ok("transitions", segments, "--since", "4", "--json"))
    assert last == [{"sequence": 5, "at": "2025-02-05T00:00:00Z", "profile_id": by_key["1"], "change": "left",
                     "segment": "often", "cause": "time"}]
    often = lines(ok("transitions", segments, "--segment", "often", "--json"))
    assert [(change["change"], change["cause"]) for change in often] == [("entered", "definition"), ("left", "time")]
    assert len(lines(ok("transitions", segments, "--limit", "3", "--json"))) == 3
    table = ok("transitions", segments, "--segment", "often").splitlines()
    assert table[0].split() == ["sequence", "time", "profile_id", "change", "segment", "cause"]
    assert table[2].split() == ["5", "2025-02-05T00:00:00Z", by_key["1"], "left", "often", "time"]
    ok("segment", "remove", segments, "often")
    assert len(lines(ok("transitions", segments, "--segment", "often", "--json"))) == 2
    assert "no problem found" in ok("verify", segments, "--now", "2025-06-01")


def test_transitions_are_forgotten(segments):
    ok("settle", segments, *NOW)
    assert ok("transitions", segments, "--trim", "3") == "forgot 3 transitions\n"
    assert answer("transitions", segments, "--trim", "3") == {"forgotten": 0}
    assert [change["sequence"] for change in lines(ok("transitions", segments, "--json"))] == [4]
    assert answer("stat", segments)["transitions"] == 1
    ok("transitions", segments, "--trim", "4")
    assert answer("stat", segments)["transitions"] == 0
    assert answer("settle", segments, "--now", "2025-06-01")["left"] == 1
    assert [change["sequence"] for change in lines(ok("transitions", segments, "--json"))] == [5]


# What was.

def test_as_of_a_past_time(segments):
    """Bob is one of those who buy often from his second order on, until a year after his second last."""
    by_key = ids(segments)
    whom = ("--record", "crm:1")
    ok("settle", segments, "--now", "2025-06-01")
    for then, was in (("2024-01-01", False), ("2024-06-01", True), ("2025-06-01", False)):
        as_of = ("--as-of", then)
        done = run("segment", "test", segments, "often", *whom, *as_of)
        assert (done.returncode, done.stdout.startswith("in")) == (0 if was else 1, was), (then, done)
        assert answer("segment", "explain", segments, "often", *whom, *as_of)["in"] == was
        assert ok("segment", "count", segments, "often", *as_of) == f"{int(was)}\n"
        found = [row["profile_id"] for row in rows(ok("segment", "members", segments, "often", *as_of))]
        assert found == ([by_key["1"]] if was else [])
        assert ok("query", segments, "segment('often')", "--count", *as_of) == f"{int(was)}\n"
        assert answer("segment", "overlap", segments, "often", *as_of)["segments"][0]["members"] == was
    assert ok("segment", "test", segments, "often", *whom, *NOW) == "in until 2025-02-05T00:00:00Z\n"
    assert answer("segment", "test", segments, "often", *whom, *NOW) == {
        "found": True, "profile_id": by_key["1"], "segment": "often", "in": True,
        "next_change_at": "2025-02-05T00:00:00Z"}
    assert run("segment", "test", segments, "often", "--record", "crm:4", *NOW).stdout == "not in\n"
    assert "did you mean 'often'" in no("segment", "test", segments, "oftn", *whom)[0]
    assert "mean the same" in refused(2, "segment", "count", segments, "often", "--as-of", "2024-06-01", *NOW)


def sizes(store, *options):
    told = answer("segment", "history", store, *options)
    return [(period["date"], period["entered"], period["left"], period["members"]) for period in told["periods"]]


def test_the_size_of_a_segment_over_time(segments):
    """Bob's three orders of January and February 2024 make him one of those who buy often, for a year."""
    assert ok("segment", "history", segments, "often") == "there is no history yet: kith settle writes it\n"
    assert answer("segment", "history", segments, "often")["begins"] is None
    ok("settle", segments, "--now", "2024-11-15")
    ok("settle", segments, "--now", "2025-03-03")
    told = answer("segment", "history", segments, "often", "--by", "month")
    assert [told[name] for name in ("begins", "settled", "forgotten", "members", "dirty")] == [
        "2024-11-15T00:00:00Z", "2025-03-03T00:00:00Z", False, 0, 0]
    assert told["periods"][0] == {
        "date": "2024-11-01", "from": "2024-11-01T00:00:00Z", "to": "2024-12-01T00:00:00Z", "entered": 1, "left": 0,
        "redefined": 1, "merged": 0, "members": 1}
    assert told["versions"] == [{"version": 1, "removed": False, "at": "2024-01-01T00:00:00Z"}]
    assert sizes(segments, "often", "--by", "month") == [
        ("2024-11-01", 1, 0, 1), ("2024-12-01", 0, 0, 1), ("2025-01-01", 0, 0, 1), ("2025-02-01", 0, 1, 0),
        ("2025-03-01", 0, 0, 0)]
    assert sizes(segments, "often", "--since", "2025-02-04", "--until", "2025-02-06") == [
        ("2025-02-04", 0, 0, 1), ("2025-02-05", 0, 1, 0)]
    weeks = sizes(segments, "often", "--by", "week")
    assert weeks[0][0] == "2024-11-11" and len(weeks) == 17 and sum(left for _, _, left, _ in weeks) == 1
    ok("segment", "add", segments, "often", "count(order) >= 1", "--now", "2025-03-04")
    ok("settle", segments, "--now", "2025-03-04")
    printed = ok("segment", "history", segments, "often", "--since", "2025-03-03").splitlines()
    assert [line.split() for line in printed[:3]] == [
        ["from", "entered", "left", "redefined", "merged", "members", "defined"],
        ["2025-03-03", "0", "0", "0", "0", "0"], ["2025-03-04", "2", "0", "2", "0", "2", "version", "2"]]
    assert printed[4] == ("The history begins 2024-11-15T00:00:00Z, with the first that settle told of the segment, "
                          "and ends 2025-03-04T00:00:00Z: so far it is settled.")
    ok("segment", "remove", segments, "often", "--now", "2025-03-05")
    assert "changed since: settle to have them told" in ok("segment", "history", segments, "often")
    ok("settle", segments, "--now", "2025-03-05")
    assert sizes(segments, "often", "--since", "2025-03-05") == [("2025-03-05", 0, 2, 0)]


def test_days_begin_where_the_store_is(segments):
    ok("config", segments, "--apply", "-", text='{"time_zone": "Europe/Paris"}')
    ok("settle", segments, "--now", "2024-06-01T22:30:00Z")
    assert sizes(segments, "ordered") == [("2024-06-02", 2, 0, 2)]


def test_when_somebody_was_in_a_segment(segments):
    ok("settle", segments, *NOW)
    ok("settle", segments, "--now", "2025-03-03")
    by_key = ids(segments)
    told = answer("segment", "history", segments, "often", "--record", "crm:1")
    assert told == {"found": True, "id": by_key["1"], "segment": "often", "stays": [
        {"profile_id": by_key["1"], "entered": "2024-06-01T00:00:00Z", "entered_by": "definition",
         "left": "2025-02-05T00:00:00Z", "left_by": "time"}]}
    printed = ok("segment", "history", segments, "ordered", "--record", "crm:1").splitlines()
    assert printed[1].split() == ["2024-06-01T00:00:00Z", "definition", "(is", "in", "it)", by_key["1"]]
    assert ok("segment", "history", segments, "often", "--record", "crm:4") == ""
    ok("transitions", segments, "--trim", "99")
    assert "(forgotten)" in ok("segment", "history", segments, "ordered", "--record", "crm:1")
    assert "where transitions were forgotten" in ok("segment", "history", segments, "ordered")


def test_histories_that_are_none(segments):
    assert "did you mean 'often'" in no("segment", "history", segments, "oftn")[0]
    assert "did you mean 'often'" in no("segment", "history", segments, "oftn", "--record", "crm:1")[0]
    assert "no record" in no("segment", "history", segments, "often", "--record", "crm:99")[0]
    for words, reason in (
            (("--by", "year"), "day, week or month"), (("--since", "soon"), "is no time"),
            (("--record", "crm:1", "--by", "day"), "not of one person")):
        assert reason in refused(2, "segment", "history", segments, "often", *words)


def test_a_terminal_is_shown_how_large_it_was(segments):
    ok("settle", segments, *NOW)
    ours, theirs = pty.openpty()
    done = subprocess.run([KITH, "segment", "history", segments, "ordered"], stdout=theirs, timeout=60, check=False)
    os.close(theirs)
    assert done.returncode == 0 and "####################" in shown_by(ours)
    assert "#" not in ok("segment", "history", segments, "ordered")


def test_a_profile_shows_its_segments_and_traits(segments):
    shown = answer("profile", segments, "--record", "crm:1", *NOW)
    assert shown["segments"] == ["ordered", "often"] and shown["traits"] == [{"trait": "spent", "value": 30.75}]
    card = ok("profile", segments, "--record", "crm:1", *NOW)
    assert re.search(r"^segments +ordered, often$", card, re.M) and re.search(r"^trait spent +30\.75$", card, re.M)
    assert answer("profile", segments, "--record", "crm:4", *NOW)["segments"] == []


# The README.

def test_the_readme_s_shell_works(store, tmp_path):
    (tmp_path / "customers.csv").write_text("id,given_name,email,city\n1,Ann,ann@acme-shop.com,York\n2,Bo,,Ulm\n")
    (tmp_path / "orders.csv").write_text("id,date,total\n1,2024-01-05,10.50\n1,2024-02-06,20\n2,2024-02-07,5\n")
    ok("import", store, tmp_path / "customers.csv", "--source", "crm")
    ok("import", store, tmp_path / "orders.csv", "--source", "crm", "--event", "order", "--key", "id", "--time", "date")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme[readme.index("### Using them"):]
    script = re.search(r"^```\n(.+?)^```", block, re.M | re.S).group(1).replace("shop.kith", str(store))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120, env=dict(os.environ, PATH=f"{Path(KITH).parent}:{os.environ['PATH']}"))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "segment 'regulars': added" in done.stdout
    assert (tmp_path / "regulars.csv").read_text().startswith("profile_id,email,")


# Published data.

def table(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} isn't there: set KITH_DATA to the folder of the data sets")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def unpacked(name, tmp_path):
    path = tmp_path / Path(name).stem
    with gzip.open(DATA / name, "rb") as file:
        path.write_bytes(file.read())
    return path


def members(store, segment, now):
    return {row["profile_id"] for row in rows(ok("segment", "members", store, segment, "--now", now))}


def test_complete_journey(store, tmp_path):
    """2,377 households and 75,000 purchases: counted by hand, and who enters and leaves over three months."""
    bought = table("complete_journey/transactions_sample.csv.gz")
    aged = table("complete_journey/demographics.csv.gz")
    add = ("import", store, "--source", "till", "--key", "household_id", "--now", "2017-10-01")
    ok(*add, unpacked("complete_journey/demographics.csv.gz", tmp_path))
    ok(*add, unpacked("complete_journey/transactions_sample.csv.gz", tmp_path), "--event", "purchase", "--time",
       "transaction_timestamp")
    profile_of = {row["key"]: row["profile_id"] for row in rows(ok("export", store, "clusters"))}
    define(store, heavy="sum(purchase.sales_value LAST 90d) > 50", seniors="age = '65+'",
           lapsed="did(purchase) AND NOT did(purchase LAST 30d)")

    def spent(since, until):
        sums = {}
        for row in bought:
            if since < datetime.fromisoformat(row["transaction_timestamp"]) <= until:
                key = profile_of[row["household_id"]]
                sums[key] = sums.get(key, 0) + Decimal(row["sales_value"])
        return sums

    def by_hand(now):
        ever = spent(datetime.min, now)
        recent = spent(now - timedelta(days=30), now)
        quarter = spent(now - timedelta(days=90), now)
        return {"heavy": {key for key, value in quarter.items() if value > 50}, "lapsed": set(ever) - set(recent),
                "seniors": {profile_of[row["household_id"]] for row in aged if row["age"] == "65+"}}

    entered, since = {name: set() for name in ("heavy", "lapsed", "seniors")}, 0
    for now in ("2017-10-01", "2017-11-01", "2018-01-02"):
        wanted = by_hand(datetime.fromisoformat(now))
        assert {name: members(store, name, now) for name in wanted} == wanted
        ok("settle", store, "--now", now)
        for change in lines(ok("transitions", store, "--since", str(since), "--json")):
            since = change["sequence"]
            (entered[change["segment"]].add if change["change"] == "entered" else
             entered[change["segment"]].remove)(change["profile_id"])
        assert entered == wanted
        assert {name: members(store, name, now) for name in wanted} == wanted
        listed = {segment["name"]: segment["members"]
                  for segment in answer("segment", "list", store, "--now", now)["segments"]}
        assert listed == {name: len(those) for name, those in wanted.items()}
        for pair in answer("segment", "overlap", store, "--now", now)["pairs"]:
            assert pair["common"] == len(wanted[pair["a"]] & wanted[pair["b"]])
        print(now, listed, since, "transitions")
    assert "no problem found" in ok("verify", store, "--now", "2018-01-02")


def test_online_retail(store, tmp_path):
    """4,372 customers and 401,604 lines of invoices of a wholesaler: orders, cancellations, spending."""
    sold = [row for row in table("online_retail/online_retail.csv.gz") if row["CustomerID"]]
    run("import", store, unpacked("online_retail/online_retail.csv.gz", tmp_path), "--source", "shop", "--event",
        "line", "--key", "CustomerID", "--time", "InvoiceDate", "--now", "2011-12-10")
    profile_of = {row["key"]: row["profile_id"] for row in rows(ok("export", store, "clusters"))}
    sold = [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in sold)]  # an equal line is one event
    invoices, cancelled, pieces = {}, set(), {}
    for row in sold:
        key = profile_of[row["CustomerID"]]
        invoices.setdefault(key, set()).add(row["InvoiceNo"])
        pieces[key] = pieces.get(key, 0) + int(row["Quantity"])
        late = datetime.fromisoformat(row["InvoiceDate"]) > datetime(2011, 11, 10)
        if row["InvoiceNo"].startswith("C") and late:
            cancelled.add(key)
    now = ("--now", "2011-12-10")
    found = rows(ok("query", store, "distinct(line.invoice_no) >= 10", *now, "--columns",
                    "distinct(line.invoice_no) as invoices, sum(line.quantity) as pieces, last(line.country) as land"))
    wanted = {key: (str(len(numbers)), str(pieces[key])) for key, numbers in invoices.items() if len(numbers) >= 10}
    assert {row["profile_id"]: (row["invoices"], row["pieces"]) for row in found} == wanted
    assert {row["land"] for row in found} <= {row["Country"] for row in sold}
    late = rows(ok("query", store, "did(line WHERE invoice_no STARTS WITH 'C' LAST 30d)", *now))
    assert {row["profile_id"] for row in late} == cancelled
    print(len(found), "customers of ten invoices,", len(cancelled), "who cancelled lately")
