"""The kith command as a person or a script uses it: every subcommand, its help, its JSON, its exit codes, its errors.

KITH_COMMAND is the path of the built command.
"""

import csv
import fcntl
import io
import json
import os
import pty
import random
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KITH = os.environ.get("KITH_COMMAND", "kith")

COMMANDS = [
    "init", "config", "import", "resolve", "model", "search", "segment check", "profile", "why", "how", "blame", "link",
    "unlink", "review", "export", "eval", "audit", "settle", "verify", "check", "stat", "backup",
]

CRM = """id,first name,last name,email,phone
1,Robert,Smith,bob@acme-shop.com,+14155552671
2,Bob,Smith,BOB@acme-shop.com,
3,Ann,Miller,ann@acme-shop.com,+14155552672
4,Wei,Wang,not-an-email,+14155552673
5,Zoe,Jones,info@acme-shop.com,
"""

ERP = """id,given_name,family_name,email
7,Robert,Smith,bob@acme-shop.com
8,Ann,Miller,ann@acme-shop.com
9,Eve,Stone,eve@acme-shop.com
"""

ORDERS = """customer,date,total,items
1,2024-01-05,10.50,2
1,2024-02-06,20,1
2,2024-03-07,0.25,1
3,2024-03-08,99,3
"""

TRUTH = """source,key,entity
crm,1,A
crm,2,A
erp,7,A
crm,3,B
erp,8,B
crm,4,C
crm,5,D
erp,9,E
erp,404,F
"""


def run(*arguments, text=None, env=None):
    environment = dict(os.environ, **(env or {}))
    environment.pop("NO_COLOR", None)
    return subprocess.run(
        [KITH, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=120,
        env=environment)


def ok(*arguments, text=None):
    done = run(*arguments, text=text)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    assert done.stderr == "", done.stderr
    return done.stdout


def answer(*arguments, text=None):
    return json.loads(ok(*arguments, "--json", text=text))


def refused(code, *arguments, text=None):
    """The command fails with this code and says why in one line."""
    done = run(*arguments, text=text)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("kith: "), done.stderr
    if code == 2:
        assert "see 'kith" in lines[0]
    return lines[0]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "shop.kith"
    ok("init", path)
    return path


@pytest.fixture
def shop(store, tmp_path):
    """A store with two sources and some orders."""
    for name, content in (("crm", CRM), ("erp", ERP), ("orders", ORDERS)):
        (tmp_path / f"{name}.csv").write_text(content)
        os.utime(tmp_path / f"{name}.csv", (1_700_000_000, 1_700_000_000))
    ok("import", store, tmp_path / "crm.csv", "--source", "crm", "--key", "id")
    ok("import", store, tmp_path / "erp.csv", "--source", "erp", "--key", "id")
    ok("import", store, tmp_path / "orders.csv", "--source", "crm", "--event", "order",
       "--key", "customer", "--time", "date")
    return store


# The command itself.

def test_version_and_overview():
    assert re.fullmatch(r"kith \d+\.\d+\.\d+\n", ok("--version"))
    overview = ok("--help")
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", overview, re.M)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name):
    text = ok(name, "--help")
    assert text.startswith(f"kith {name}: ")
    assert f"usage: kith {name} STORE" in text
    assert "--json" in text and "--help" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert ok(name, "-h") == text


@pytest.mark.parametrize("name", COMMANDS)
def test_wrong_use(name):
    assert "needs STORE" in refused(2, name)
    assert "has no option '--sauce'" in refused(2, name, "--sauce", "x")
    assert "has no option '-x'" in refused(2, name, "-x")
    assert "takes no value" in refused(2, name, "--json=1")
    if name == "search":
        assert "attribute=value" in refused(2, name, *"abcdef")
        assert "takes no further argument" in refused(2, name, "store", *["city=x"] * 65)
    else:
        assert "takes no further argument" in refused(2, name, *"abcdef")


def test_wrong_command():
    assert "no command" in refused(2)
    assert "'foo'" in refused(2, "foo")
    assert "'--foo'" in refused(2, "--foo")


def test_options_may_stand_anywhere(shop):
    wanted = ok("profile", shop, "--record", "crm:1")
    assert ok("profile", "--record=crm:1", shop) == wanted
    assert ok("profile", "--record", "crm:1", "--", shop) == wanted
    assert "given twice" in refused(2, "profile", shop, "--record=crm:1", "--record=crm:2")
    assert "needs a value" in refused(2, "profile", shop, "--record")
    assert "needs a value" in refused(2, "profile", shop, "--record", "--json")


@pytest.mark.parametrize("arguments", [
    ("config",), ("stat",), ("settle",), ("verify",), ("export", "records"), ("backup", "b"),
    ("profile", "--record", "a:b"), ("why", "a:b", "c:d"), ("how", "--record", "a:b"),
    ("blame", "--record", "a:b"),
    ("link", "a:b", "c:d", "--by", "me"), ("unlink", "a:b", "c:d", "--by", "me"),
    ("eval", "--truth", "t"), ("import", "f", "--source", "s"), ("audit",), ("search", "email=a@b.example"),
    ("resolve",), ("review",), ("review", "--accept", "a:b", "c:d", "--by", "me"),
])
def test_bad_stores(arguments, shop, tmp_path):
    name, *rest = arguments
    missing = tmp_path / "missing.kith"
    assert f"kith init {missing}" in refused(3, name, missing, *rest)
    assert not missing.exists()
    text = tmp_path / "text.kith"
    text.write_text("This is a letter, not a store.\n" * 1000)
    assert str(text) in refused(3, name, text, *rest)
    empty = tmp_path / "empty.kith"
    empty.write_bytes(b"")
    refused(3, name, empty, *rest)
    cut = tmp_path / "cut.kith"
    cut.write_bytes(shop.read_bytes()[:6000])
    if name != "verify":  # it tells what of the structure is missing, as check does
        refused(3, name, cut, *rest)
    refused(3, name, tmp_path, *rest)


def test_check_of_bad_files(shop, tmp_path):
    assert "missing" in refused(3, "check", tmp_path / "missing.kith")
    found = json.loads(run("check", tmp_path / "missing.kith", "--json").stdout)
    assert not found["ok"] and "missing.kith" in found["message"]
    text = tmp_path / "text.kith"
    text.write_text("This is a letter, not a store.\n" * 1000)
    assert "not a kith store" in refused(3, "check", text)
    assert "not a kith store" in refused(3, "check", tmp_path)
    assert "not a kith store" in run("check", text, "--json").stdout
    cut = tmp_path / "cut.kith"
    cut.write_bytes(shop.read_bytes()[:20000])
    assert run("check", cut).returncode in (1, 3)
    done = run("check", cut, "--json")
    if done.returncode == 1:
        found = json.loads(done.stdout)
        assert not found["ok"] and found["problem_count"] > 0 and found["problems"]


# init and config.

def test_init(tmp_path):
    path = tmp_path / "a.kith"
    assert answer("init", path) == {"store": str(path), "config": None}
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert "exists" in refused(3, "init", path)
    assert path.read_bytes() == before
    other = tmp_path / "note.txt"
    other.write_text("mine")
    assert "exists" in refused(3, "init", other)
    assert other.read_text() == "mine"
    refused(3, "init", tmp_path / "no" / "such" / "folder.kith")


def test_init_with_config(tmp_path):
    config = tmp_path / "config.json"
    path = tmp_path / "a.kith"
    config.write_text('{"sources": {"crm": {"trust": 90}}}')
    ok("init", path, "--config", config)
    assert "crm" in ok("config", path)


@pytest.mark.parametrize("content", [
    '{"sources": [', '{\n  "sources": {"crm": {"trust": "high"}}\n}', "[]", '{"no such section": 1}', "\0",
])
def test_init_with_wrong_config(content, tmp_path):
    config = tmp_path / "config.json"
    path = tmp_path / "a.kith"
    config.write_text(content)
    line = refused(3, "init", path, "--config", config)
    assert str(config) in line
    assert re.search(r"line \d+|byte \d+", line), line
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.json"]


def test_init_with_missing_config(tmp_path):
    refused(3, "init", tmp_path / "a.kith", "--config", tmp_path / "none.json")
    assert list(tmp_path.iterdir()) == []


def test_config(store, tmp_path):
    definitions = json.loads(ok("config", store))
    assert definitions == answer("config", store)
    config = tmp_path / "config.json"
    config.write_text('{"sources": {"erp": {"trust": 77}}}')
    ok("config", store, "--apply", config)
    assert "erp" in ok("config", store)
    config.write_text('{"sources": {')
    before = ok("config", store)
    assert str(config) in refused(3, "config", store, "--apply", config)
    assert ok("config", store) == before
    # What config prints can be applied again.
    ok("config", store, "--apply", "-", text=before)
    assert ok("config", store) == before


# resolve and model.

def two_files_of_people(tmp_path, count=60):
    """Two files of the same people, some of them misspelt in the second."""
    given = ["Ann", "Maria", "Peter", "Ines", "Tom", "Olga", "Hugo"]
    family = ["Muir", "Gomez", "Schmidt", "Okafor", "Wang"]
    lines = [["id,given_name,family_name,birth_date"] for _ in range(2)]
    for i in range(count):
        for file in range(2):
            slip = "s" if file == 1 and i % 4 == 0 else ""
            lines[file].append(f"{i},{given[i % 7]},{family[i % 5]}{slip},19{40 + i // 2}-0{1 + i % 9}-1{i % 9}")
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, content in zip(paths, lines):
        path.write_text("\n".join(content) + "\n")
    return paths


@pytest.fixture
def modelled(store, tmp_path):
    for path, source in zip(two_files_of_people(tmp_path), ["crm", "erp"]):
        ok("import", store, path, "--source", source)
    ok("resolve", store)
    return store


def test_models_are_listed_and_shown(store, modelled):
    assert [model["version"] for model in answer("model", modelled)] == [1]
    ok("resolve", modelled, "--train")
    assert [model["in_force"] for model in answer("model", modelled)] == [False, True]
    assert "in force" in ok("model", modelled)
    text = ok("model", modelled, "--show", "current")
    assert "match model 2, in force" in text and "given and family alike" in text
    assert "gender, compared as category: gender\n  no two records showed it: these weights are assumed\n" in text
    assert json.loads(ok("model", modelled, "--export", "2")) == answer("model", modelled, "--show", "2")
    assert "no match model of version 3" in refused(1, "model", modelled, "--show", "3")
    assert "a version from 1 on" in refused(2, "model", modelled, "--show", "0")
    assert "exclude each other" in refused(2, "model", modelled, "--show", "1", "--export", "1")
    assert "--with needs --compare" in refused(2, "model", modelled, "--with", "1")


def test_a_model_is_learnt_of_what_there_is(tmp_path):
    store = str(tmp_path / "grows.kith")
    rows = [f"{i},Ann{i},Miller,19{i:02},Leeds" for i in range(10, 90)]
    (tmp_path / "few.csv").write_text("\n".join(["id,given_name,family_name,birth_date,city", *rows[:4]]) + "\n")
    (tmp_path / "all.csv").write_text("\n".join(["id,given_name,family_name,birth_date,city", *rows]) + "\n")
    ok("init", store)
    assert "too few records to learn from" in ok("resolve", store)
    assert answer("model", store) == []
    ok("import", store, str(tmp_path / "few.csv"), "--source", "s")
    assert answer("resolve", store)["model"] == 1
    ok("import", store, str(tmp_path / "all.csv"), "--source", "s")
    assert answer("resolve", store)["model"] == 2
    assert answer("resolve", store)["model"] == 2
    (tmp_path / "given.json").write_text(ok("model", store, "--export", "1"))
    assert answer("resolve", store, "--model", str(tmp_path / "given.json"))["model"] == 3
    assert answer("resolve", store)["model"] == 3
    assert [model["given"] for model in answer("model", store)] == [False, False, True]
    assert "match model 3, in force, given, learnt from" in ok("model", store, "--show", "3")


def test_resolve_tells_how_long_each_phase_took(modelled):
    phases = answer("resolve", modelled, "--train")["milliseconds"]
    # Reading the features of so few is over before it is told of.
    assert [name for name in phases if name != "features"] == ["train", "compare", "write", "settle"]
    assert all(0 <= each < 60000 for each in phases.values())
    assert "train" not in answer("resolve", modelled)["milliseconds"]


def test_a_store_without_a_model_says_how_to_get_one(store):
    assert "kith resolve" in ok("model", store)
    assert answer("model", store) == []
    assert "no match model yet" in refused(1, "model", store, "--show", "current")


def test_a_model_is_given_instead_of_learnt(modelled, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(ok("model", modelled, "--export", "1"))
    before = answer("stat", modelled)["profiles"]
    path.write_text(path.read_text().replace('"link_at_bits": 2.0', '"link_at_bits": 90.0'))
    done = answer("resolve", modelled, "--model", path)
    assert (done["model"], done["trained"], done["profiles"]) == (2, False, 120) and before < 120
    assert answer("model", modelled, "--compare", "1") == [
        {"kind": "threshold", "name": "link_at", "before": 2, "after": 90}]
    assert re.search(r"link_at +90.00 +2.00", ok("model", modelled, "--compare", "2", "--with", "1"))
    ok("verify", modelled)
    done = answer("resolve", modelled, "--model", "-", text=ok("model", modelled, "--export", "1"))
    assert done["profiles"] == before
    assert "no weight differs" in ok("model", modelled, "--compare", "1")
    path.write_text('{"version": 1,\n "records": "many"}')
    assert "match model, line 2 column 2, records: expected" in refused(3, "resolve", modelled, "--model", path)
    assert "exclude each other" in refused(2, "resolve", modelled, "--model", path, "--train")
    assert [model["version"] for model in answer("model", modelled)] == [1, 2, 3]


def test_a_config_of_the_match_says_when_it_counts(modelled, tmp_path):
    config = '{"attributes": {"size": {}}, "match": {"comparisons": {"size": "number"}, "link_at": 3}}'
    assert "stays until 'kith resolve STORE --train'" in ok("config", modelled, "--apply", "-", text=config)
    assert "definitions are others now" in ok("model", modelled)
    assert "resolve STORE" not in ok("config", modelled, "--apply", "-", text='{"match": {"link_at": null, '
                                     '"comparisons": {"size": false}}}')
    ok("config", modelled, "--apply", "-", text=config)
    ok("resolve", modelled, "--train")
    assert answer("model", modelled)[1]["configured"]
    assert [change["name"] for change in answer("model", modelled, "--compare", "1")] == ["link_at", "size"]


def test_a_config_says_which_records_are_compared(modelled):
    def set_blocks(blocks, size="number"):
        return ("config", modelled, "--apply", "-"), json.dumps(
            {"attributes": {"size": {}}, "match": {"comparisons": {"size": size}, "blocks": blocks}})

    usual = answer("resolve", modelled, "--train")
    command, config = set_blocks(["word+word", "size+word"])
    assert "stays until 'kith resolve STORE --train'" in ok(*command, text=config)
    fewer = answer("resolve", modelled, "--train")
    assert fewer["compared"] < usual["compared"]
    text = ok("model", modelled, "--show", "current")
    assert "\nkeys of word+word\nweak keys of word+size\n" in text
    assert "\nkeys of email, phone, code, word+word," in ok("model", modelled, "--show", "2")
    changes = answer("model", modelled, "--compare", "2")
    assert {"kind": "blocks", "name": "word+size", "before": False, "after": True} in changes
    assert re.search(r"date +keys of it +-\n", ok("model", modelled, "--compare", "2"))
    assert answer("model", modelled, "--show", "current")["blocks"] == ["word+size", "word+word"]
    ok("verify", modelled)
    command, config = set_blocks(["word+word", "word+sise"])
    assert 'match.blocks: unknown ingredient "sise" in "word+sise"; there are word,' in refused(
        3, *command, text=config)
    command, config = set_blocks(["word+word", "size+word"], size=False)
    assert 'unknown ingredient "size"' in refused(3, *command, text=config)


def test_a_source_without_duplicates_keeps_its_records_apart(tmp_path):
    store = store_with(tmp_path, {"sources": {"crm": {"distinct": True}}})
    path = file_with(tmp_path, "crm.csv", "id,email\n1,ann@acme-shop.com\n2,ann@acme-shop.com\n")
    ok("import", store, path, "--source", "crm")
    assert answer("stat", store)["profiles"] == 2
    assert "source: crm" in ok("why", store, "crm:1", "crm:2")
    ok("link", store, "crm:1", "crm:2", "--by", "ann")
    assert answer("stat", store)["profiles"] == 1


# import.

def test_import_reports(store, tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text(CRM)
    text = ok("import", store, path, "--source", "crm")
    assert re.search(r"^  last name +→  family_name$", text, re.M)
    assert re.search(r"^  id +\(key\)$", text, re.M)
    assert re.search(r"^rows read +5$", text, re.M)
    assert re.search(r"^records +5  5 added$", text, re.M)
    assert re.search(r"^rejected +0$", text, re.M)
    assert "rows/s" not in text


def test_import_json(store, tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text(CRM)
    report = answer("import", store, path, "--source", "crm")
    assert (report["rows"], report["added"], report["rejected"]) == (5, 5, 0)
    assert report["format"] == "csv"
    assert {"column": "email", "attribute": "email"} in report["mapping"]
    assert report["interrupted"] is False


def test_import_twice_is_once(shop, tmp_path):
    before = ok("export", shop, "records"), ok("export", shop, "events")
    for name, extra in (("crm", []), ("erp", [])):
        report = answer("import", shop, tmp_path / f"{name}.csv", "--source", name, "--key", "id")
        assert report["added"] == report["updated"] == 0
        assert report["unchanged"] == report["rows"]
    report = answer("import", shop, tmp_path / "orders.csv", "--source", "crm", "--event", "order",
                    "--key", "customer", "--time", "date")
    assert (report["added"], report["unchanged"]) == (0, 4)
    assert (ok("export", shop, "records"), ok("export", shop, "events")) == before


def test_import_of_standard_input(store):
    report = answer("import", store, "-", "--source", "web", "--format", "csv", "--key", "id",
                    "--now", "2024-01-01", text=CRM)
    assert report["added"] == 5
    lines = '{"id": "x1", "email": "x1@acme-shop.com"}\n{"id": "x2", "email": "x2@acme-shop.com"}\n'
    report = answer("import", store, "-", "--source", "lines", "--format", "jsonl", "--key", "id",
                    text=lines)
    assert report["added"] == 2
    profile = answer("profile", store, "--record", "web:1")
    assert all(value["at"] == "2024-01-01T00:00:00Z" for value in profile["values"])


def test_import_of_segment_lines(store, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"type": "identify", "userId": "u1", "messageId": "m1", "timestamp": '
        '"2024-01-01T00:00:00Z", "traits": {"email": "u1@acme-shop.com"}}\n'
        '{"type": "track", "userId": "u1", "messageId": "m2", "timestamp": '
        '"2024-01-02T00:00:00Z", "event": "Order Completed", "properties": {"total": 12.5}}\n')
    report = answer("import", store, path, "--source", "web", "--format", "segment")
    assert report["rejected"] == 0
    assert answer("profile", store, "--find", "email=u1@acme-shop.com")["event_count"] == 1


def test_import_rejects(store, tmp_path):
    path = tmp_path / "crm.csv"
    rejects = tmp_path / "rejects.csv"
    path.write_text("id,email\n1,a@acme-shop.com\n2\n,c@acme-shop.com\n4,d@acme-shop.com,x\n")
    done = run("import", store, path, "--source", "crm", "--key", "id", "--rejects", rejects)
    assert done.returncode == 0
    assert re.search(r"^rows read +4$", done.stdout, re.M), done.stdout
    assert re.search(r"^records +1  1 added$", done.stdout, re.M), done.stdout
    assert re.search(r"^rejected +3  2 column_count, 1 no_key$", done.stdout, re.M), done.stdout
    assert "line 3: column_count" in done.stdout
    assert str(rejects) in done.stdout
    assert len(rejects.read_text().splitlines()) >= 3
    report = answer("import", store, path, "--source", "crm", "--key", "id")
    assert report["rejected_by_reason"]["column_count"] == 2
    assert report["rejected_by_reason"]["no_key"] == 1
    assert report["unchanged"] == 1


def test_import_of_bad_files(store, tmp_path):
    assert "nothing.csv" in refused(3, "import", store, tmp_path / "nothing.csv", "--source", "s")
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    refused(3, "import", store, empty, "--source", "s")
    refused(3, "import", store, "-", "--source", "s", "--format", "csv", text="")
    empty.write_text("made by the till\nid,name\n1,a\n")
    assert "title" in refused(2, "import", store, empty, "--source", "s")


def test_import_wrong_use(store, tmp_path):
    assert "--source" in refused(2, "import", store, "f.csv")
    assert "--source" in refused(2, "import", store, "f.csv", "--source", "")
    assert "--format" in refused(2, "import", store, "f.csv", "--source", "s", "--format", "xml")
    assert "--now" in refused(2, "import", store, "f.csv", "--source", "s", "--now", "soon")
    assert "--source" in refused(2, "import", store, "f.csv", "--source", "s" * 300)
    assert "--event" in refused(2, "import", store, "f.csv", "--source", "s", "--event", "")


@pytest.mark.parametrize("flag, value, content, words", [
    ("--key", "nokey", CRM, 'no column "nokey"; it has: id, first name'),
    ("--time", "when", CRM, 'no column "when"'),
    ("--map", "zip=postcode", CRM, 'no column "zip"'),
    ("--map", "zip", CRM, "column=attribute"),
    ("--encoding", "klingon", CRM, '"klingon"'),
    ("--rejects", "FILE", CRM, "the file to import"),
    ("--key", None, "name,city\nAnn,York\n", "has to be named; there are: name, city"),
    ("--key", None, '{"a": 1}\n{"b": 2}\n', "has to be named; there are: a, b"),
    ("--time", None, "customer_id,total\n1,2\n", "has to be named; there are: customer_id, total"),
])
def test_an_option_that_does_not_fit_the_file_is_wrong_use_and_named(flag, value, content, words, store, tmp_path):
    path = file_with(tmp_path, "a.jsonl" if content[0] == "{" else "a.csv", content)
    arguments = ["import", store, path, "--source", "s"]
    if value is not None:
        arguments += [flag, path if value == "FILE" else value]
    elif flag == "--time":
        arguments += ["--event", "order"]
    for more in ([], ["--json"]):
        line = refused(2, *arguments, *more)
        assert line.startswith(f"kith: {flag}: ") and words in line, line
    assert answer("stat", store)["records"] == 0


def test_amounts_are_summed_or_told(store, tmp_path):
    path = file_with(tmp_path, "orders.csv", "customer_id,date,total,quantity\n"
                     '1,2024-01-01,"12,50",２\n1,2024-01-02,5 EUR,1\n1,2024-01-03,€5.00,some\n'
                     '1,2024-01-04,"1,234.50",\n1,2024-01-05,１２３,none\n1,2024-01-06,about 5,1\n')
    arguments = ["import", store, path, "--source", "shop", "--event", "order"]
    text = ok(*arguments)
    assert re.search(r"^events +6  6 added$", text, re.M), text
    assert "no number to use: 2 values of quantity, the first on line 4; kept as said, not summed\n" in text
    assert "no number to use: 1 value of total, the first on line 7; kept as said, not summed\n" in text
    assert answer(*arguments)["non_numbers"] == [{"column": "quantity", "values": 2, "first_line": 4},
                                                 {"column": "total", "values": 1, "first_line": 7}]
    order = answer("profile", store, "--record", "shop:1")["events"]["order"]
    assert order["count"] == 6
    assert order["sums"]["total"]["sum"] == 1380.0 and order["sums"]["total"]["count"] == 5
    assert order["sums"]["quantity"]["sum"] == 4.0


def test_an_attribute_that_is_a_number_is_read_or_told(tmp_path):
    store = store_with(tmp_path, {"attributes": {"height": {"type": "real"}}})
    people = file_with(tmp_path, "p.csv", 'id,height\n1,"1,85"\n2,tall\n')
    text = ok("import", store, people, "--source", "gym")
    assert "no number to use: 1 value of height, the first on line 3; kept as said\n" in text
    assert answer("profile", store, "--record", "gym:1")["values"][0]["value"] == 1.85


def test_an_address_is_one_key_in_any_case(store, tmp_path):
    """An order that is sent again with the address in another case is the same order."""
    orders = file_with(tmp_path, "o.csv", "email,date,total\nAnn@X.Example,2024-01-01,5\n"
                       "ann@x.example,2024-01-01,5\nnobody,2024-01-01,5\n")
    arguments = ["import", store, orders, "--source", "shop", "--event", "order", "--time", "date"]
    for key in ([], ["--key", "email"]):
        report = answer(*arguments, *key)
        assert report["records"]["added"] == 2 and report["events"] == {
            "added": 2, "updated": 0, "unchanged": 1, "ignored": 0}
    assert answer("profile", store, "--find", "email=ANN@x.example")["record_count"] == 2
    people = file_with(tmp_path, "p.csv", "email,city\nANN@X.example,Leeds\n")
    assert answer("import", store, people, "--source", "shop", "--key", "email")["records"]["updated"] == 1
    assert answer("why", store, "shop:ann@x.example", "shop:email:ann@x.example")["same"]
    truth = file_with(tmp_path, "t.csv", "source,key,entity\nshop,Ann@X.Example,1\n"
                      "shop,ANN@x.example,1\nshop,email:ann@x.example,1\n")
    figures = answer("eval", store, "--truth", truth)
    assert figures["records"] == 2 and figures["missing"] == 0 and figures["pairwise"]["recall"] == 1


def test_other_keys_are_taken_as_they_are(store, tmp_path):
    rows = "member_no,phone\n00123,+1 (415) 555-2671\nCUST-7,+14155552672\ncust-7,\n"
    path = file_with(tmp_path, "m.csv", rows)
    assert answer("import", store, path, "--source", "erp", "--key", "member_no",
                  "--map", "member_no=loyalty_id")["records"]["added"] == 3
    for key in ("00123", "CUST-7", "cust-7"):
        ok("profile", store, "--record", "erp:" + key)
    assert answer("import", store, path, "--source", "pos", "--key", "phone")["records"]["added"] == 2
    ok("profile", store, "--record", "pos:+1 (415) 555-2671")


def test_a_summary_tells_rows_from_facts_of_each_kind(store, tmp_path):
    orders = file_with(tmp_path, "o.csv", "email,date\na@x.example,2024-01-01\na@x.example,2024-01-02\n,2024-01-03\n")
    arguments = ["import", store, orders, "--source", "shop", "--event", "order"]
    text = ok(*arguments)
    for line in (r"rows read +3", r"records +1  1 added", r"events +2  2 added", r"rejected +1  1 no_key"):
        assert re.search(rf"^{line}$", text, re.M), text
    assert re.search(r"^events +2  2 already known \(equal to an earlier row or import\)$", ok(*arguments), re.M)
    report = answer(*arguments)
    assert report["rows"] == 3 and report["rejected"] == 1
    assert report["events"] == {"added": 0, "updated": 0, "unchanged": 2, "ignored": 0}
    assert report["unchanged"] == sum(report[kind]["unchanged"] for kind in ("records", "events", "links"))


def test_rows_of_the_future_are_told(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,name,updated_at\n1,Ann,2024-01-01\n2,Bob,2031-01-01\n3,Cy,2032-01-01\n")
    arguments = ["import", store, people, "--source", "crm", "--now", "2024-06-01"]
    assert ("in the future: 2 rows dated after 2024-06-01T00:00:00Z, the first on line 3; "
            "until then they win over all other versions\n") in ok(*arguments)
    assert answer(*arguments)["future_rows"] == {"rows": 2, "first_line": 3}
    assert answer(*arguments[:-1], "2033-01-01")["future_rows"] is None


def test_numbers_that_are_no_unix_times_are_bad_times(store, tmp_path):
    orders = file_with(tmp_path, "o.csv", "id,date\n1,45292\n1,45293.5\n1,240105\n1,2024\n1,0\n1,1704067200\n")
    report = answer("import", store, orders, "--source", "shop", "--event", "order", "--key", "id")
    assert report["rejected_by_reason"]["bad_time"] == 5 and report["events"]["added"] == 1
    lines = file_with(tmp_path, "o.jsonl", '{"id": 1, "date": 45292}\n{"id": 1, "date": 45293.5}\n{"id": 1, "date": 1704067201.5}\n')
    text = ok("import", store, lines, "--source", "shop", "--event", "order", "--key", "id")
    assert '"45293.5" in column "date" is no Unix time' in text and re.search(r"^rejected +2  2 bad_time$", text, re.M)


def test_a_date_with_a_zone_stays_on_its_day(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,birth_date\n1,1985-03-04T00:00:00+08:00\n2,1985-03-04T23:00:00-05:00\n")
    ok("import", store, people, "--source", "crm")
    assert {row["birth_date"] for row in rows(ok("export", store, "records"))} == {"1985-03-04"}


ORDER = "customer,date,order_id,total\n1,2024-01-05,A7,10\n"


def test_lines_of_one_order(store, tmp_path):
    """Of the lines that share an order's number the one that says more stands: its total isn't lost."""
    for number in range(1002, 1010):
        for turned in (False, True):
            path = tmp_path / f"{number}{turned}.csv"
            lines = [
                f"#{number},a{number}{turned}@mail.example,1002.50,2024-01-02 10:00:00 -0500,Shirt",
                f"#{number},a{number}{turned}@mail.example,,2024-01-02 10:00:00 -0500,Socks",
            ]
            lines.sort(reverse=turned)
            path.write_text("\n".join(["Name,Email,Total,Created at,Lineitem name", *lines]) + "\n")
            ok("import", store, path, "--source", "shopify", "--event", "order",
               "--key", "Email", "--time", "Created at", "--message-id", "Name")
    events = rows(ok("export", store, "events"))
    assert [event["total"] for event in events] == ["1002.50"] * 16


@pytest.mark.parametrize("number", ["1.10", "true"])
def test_message_ids_that_are_none(number, store, tmp_path):
    path = tmp_path / "orders.jsonl"
    path.write_text('{"email": "a@mail.example", "date": "2024-01-01", "no": %s}\n' % number)
    refused(3, "import", store, path, "--source", "s", "--event", "order",
            "--key", "email", "--time", "date", "--message-id", "no")
    assert rows(ok("export", store, "events")) == []


def test_properties_stay_as_written(store, tmp_path):
    """2.10 and 2.1 are two versions of a program, and a long number may be a code."""
    path = tmp_path / "installs.csv"
    written = ["2.10", "2.1", "12345678.1234567890", "12345678.1234567891", "-0", "0", "12.5"]
    path.write_text("email,date,version\n" + "".join(f"a@mail.example,2024-01-01,{v}\n" for v in written))
    ok("import", store, path, "--source", "s", "--event", "install", "--key", "email", "--time", "date")
    assert sorted(row["version"] for row in rows(ok("export", store, "events"))) == sorted(written)


@pytest.mark.parametrize("option", [["--message-id", "order_id"], ["--map", "order_id=message_id"]])
def test_an_order_that_is_sent_again_counts_once(option, store, tmp_path):
    orders = file_with(tmp_path, "o.csv", ORDER)
    arguments = ["import", store, orders, "--source", "shop", "--event", "order", "--key", "customer", *option]
    assert "order_id  →  (message id)\n" in ok(*arguments)
    orders.write_text(ORDER.replace("10", "12"))
    report = answer(*arguments)
    assert report["events"]["added"] == 0
    events = rows(ok("export", store, "events"))
    assert len(events) == 1 and events[0]["message_id"] == "A7" and "order_id" not in events[0]


def test_message_ids_are_of_events_and_of_columns(store, tmp_path):
    orders = file_with(tmp_path, "o.csv", ORDER)
    arguments = ["import", store, orders, "--source", "shop", "--key", "customer"]
    assert "only events have one" in refused(2, *arguments, "--message-id", "order_id")
    arguments += ["--event", "order"]
    assert 'no column "nope"' in refused(2, *arguments, "--message-id", "nope")
    assert "can't become" in refused(2, *arguments, "--map", "order_id=(message id)")
    assert answer("stat", store)["records"] == 0


def test_a_file_of_the_future_has_the_time_of_the_clock(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,name\n1,Old Name\n")
    later = time.time() + 1e8
    os.utime(people, (later, later))
    before = time.time()
    assert "the file's own time is still to come" in ok("import", store, people, "--source", "crm")
    people.write_text("id,name\n1,New Name\n")
    os.utime(people, (time.time(), time.time()))
    assert "still to come" not in ok("import", store, people, "--source", "crm")
    assert rows(ok("export", store, "records"))[0]["full_name"] == "New Name"
    assert time.time() - before < 60


def test_rows_of_one_key_and_time_that_differ_are_told(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,name\n1,Old Name\n2,Bob\n1,New Name\n2,Bob\n")
    text = ok("import", store, people, "--source", "crm")
    assert "two versions of one time: 1 row differs from another version" in text and "line 4" in text
    dated = file_with(tmp_path, "d.csv", "id,name,at\n1,Old Name,2024-01-01\n1,New Name,2024-01-02\n")
    report = answer("import", store, dated, "--source", "erp", "--time", "at")
    assert report["tied_rows"] is None


def test_mixed_orders_of_day_and_month_are_told_and_can_be_named(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,birth_date\n1,13/02/1990\n2,05/03/1990\n3,1990-03-05\n")
    arguments = ["import", store, people, "--source", "crm"]
    assert ("day or month first: 1 date of birth_date can only be day first (line 2), 1 that could be either was "
            "read month first (line 3); --dates dmy") in ok(*arguments)
    report = answer(*arguments, "--dates", "dmy", "--now", "2040-01-01")
    assert report["mixed_dates"] == []
    assert [row["birth_date"] for row in rows(ok("export", store, "records"))] == [
        "1990-02-13", "1990-03-05", "1990-03-05"]
    assert "they are dmy or mdy" in refused(2, *arguments, "--dates", "ymd")
    orders = file_with(tmp_path, "o.csv", "id,date\n1,05/03/2024 10:00\n1,25/03/2024\n")
    report = answer("import", store, orders, "--source", "crm", "--event", "order", "--key", "id",
                    "--dates", "mdy")
    assert report["mixed_dates"] == [{"column": "date", "read_as": "mdy", "either": 1, "first_either_line": 2,
                                      "other": 1, "first_other_line": 3}]
    ok("import", store, orders, "--source", "two", "--event", "order", "--key", "id", "--dates", "dmy")
    assert "2024-03-05T10:00:00Z" in ok("export", store, "events")


def test_values_that_become_generic_are_told(store, tmp_path):
    def people(first, count):
        return file_with(tmp_path, "p.csv", "id,name,email\n" + "".join(
            f"{i},{chr(65 + i) * 6} {chr(65 + i) * 7},desk@shop.example\n" for i in range(first, first + count)))
    assert "generic now" not in ok("import", store, people(0, 4), "--source", "crm")
    text = ok("import", store, people(4, 8), "--source", "crm")
    assert "generic now: 1 value stands on too many records" in text
    assert "  email desk@shop.example: 12 records\n" in text
    assert "a value of too many names, or records without one" in ok("why", store, "crm:0", "crm:1")
    report = answer("import", store, people(4, 8), "--source", "crm")
    assert report["generic"] == 0 and report["generic_values"] == []


def test_profiles_that_share_a_value_are_listed(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,name,phone,birth_date\n1,Ann Lee,+442079460958,1990-01-01\n"
                                          "2,Robert Moss,+442079460958,1950-06-06\n")
    ok("import", store, people, "--source", "crm")
    find = ["profile", store, "--find", "phone=+442079460958"]
    found = answer(*find)
    assert found["profiles_found"] == 2 and found["id"] in found["profile_ids"]
    ids = [answer("profile", store, "--record", f"crm:{key}")["id"] for key in (1, 2)]
    assert sorted(found["profile_ids"]) == sorted(ids)
    text = ok(*find)
    assert "2 profiles share this value" in text and all(f"  {profile}\n" in text for profile in ids)
    assert answer("profile", store, "--record", "crm:1")["profile_ids"] == ids[:1]


def test_a_pattern_that_blocks_all_is_refused(store, tmp_path):
    config = file_with(tmp_path, "c.json", '{"identifiers": {"email": {"blocked": ["x@*", "**"]}}}')
    assert "would block every value" in refused(3, "config", store, "--apply", config)


def test_a_file_of_several_sources_gets_a_hint(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "DATA_SOURCE,RECORD_ID,name\nCRM,1,Ann\nERP,2,Bob\n")
    arguments = ["import", store, people, "--source", "all"]
    hints = [line for line in ok(*arguments).splitlines() if line.startswith("several sources: ")]
    assert len(hints) == 1 and "column DATA_SOURCE holds 2 different values" in hints[0]
    assert answer(*arguments)["source_column"] == {"column": "DATA_SOURCE", "values": 2}
    people.write_text("DATA_SOURCE,RECORD_ID,name\nCRM,1,Ann\nCRM,2,Bob\n")
    assert "several sources" not in ok(*arguments)
    assert answer(*arguments)["source_column"] is None


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))


def test_an_import_that_fails_in_the_middle_says_how_far_it_came_and_goes_on(store, tmp_path):
    path = big_file(tmp_path, 20000)
    arguments = [KITH, "import", str(store), str(path), "--source", "crm", "--key", "id"]
    done = subprocess.run([*arguments, "--json"], capture_output=True, text=True, timeout=120,
                          preexec_fn=limit_file_size)
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    kept = report["rows"]
    assert 0 < kept < 20000 and report["records"]["added"] == kept
    assert f"the first {kept} rows are in the store: run it again to go on" in done.stderr
    assert report["error"] in done.stderr and report["interrupted"] is False
    assert answer("stat", store)["records"] == kept
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, preexec_fn=limit_file_size)
    assert done.returncode == 3 and "run it again" in done.stderr
    report = answer(*arguments[1:])
    assert report["added"] + report["unchanged"] == 20000 and report["unchanged"] >= kept
    assert report["error"] is None
    assert answer("stat", store)["records"] == 20000


def test_import_without_settling(store, tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text(CRM)
    ok("import", store, path, "--source", "crm", "--no-settle")
    assert answer("stat", store)["dirty_profiles"] > 0
    settled = answer("settle", store)
    assert settled["settled"] > 0 and settled["remaining"] == 0
    assert answer("stat", store)["dirty_profiles"] == 0
    assert answer("settle", store)["settled"] == 0


# profile.

def test_profile_card(shop):
    card = ok("profile", shop, "--record", "crm:1", "--now", "2024-06-01")
    first = card.splitlines()[0]
    assert re.search(r"^(Robert|Bob) Smith +profile [0-9a-f]{32}$", first)
    assert re.search(r"^3 records  crm:1, crm:2, erp:7$", card, re.M)
    assert re.search(r"^email +bob@acme-shop.com +(crm|erp):\d+ +2023-11-14$", card, re.M)
    assert re.search(r"^order +3  first 2024-01-05  last 2024-03-07$", card, re.M)
    assert re.search(r"sum 30\.75 +average 10\.25 +min 0\.25 +max 20\.00", card)
    assert "\x1b" not in card


def test_profile_marks_what_does_not_link(shop):
    assert re.search(r"not-an-email .* invalid$", ok("profile", shop, "--record", "crm:4"), re.M)
    assert re.search(r"info@acme-shop.com .* blocked$", ok("profile", shop, "--record", "crm:5"),
                     re.M)


def test_profile_json(shop):
    profile = answer("profile", shop, "--record", "crm:1", "--now", "2024-06-01")
    assert re.fullmatch("[0-9a-f]{32}", profile["id"])
    assert profile["record_count"] == 3 and profile["event_count"] == 3
    assert {"source": "erp", "key": "7"} in profile["records"]
    email = next(v for v in profile["values"] if v["attribute"] == "email")
    assert email["value"] == "bob@acme-shop.com" and email["status"] == "live"
    assert email["at"] == "2023-11-14T22:13:20Z"
    order = profile["events"]["order"]
    assert order["count"] == 3 and order["first"] == "2024-01-05T00:00:00Z"
    assert order["sums"]["total"]["sum"] == 30.75
    assert order["sums"]["total"]["average"] == 10.25


def test_profile_ways_to_find_it(shop):
    by_record = answer("profile", shop, "--record", "crm:2")
    assert answer("profile", shop, "--id", by_record["id"])["id"] == by_record["id"]
    found = answer("profile", shop, "--find", "email=BOB@Acme-Shop.com")
    assert found["id"] == by_record["id"] and found["profiles_found"] == 1
    assert found["found"] is True
    assert "email 'nobody@acme-shop.com'" in refused(
        1, "profile", shop, "--find", "email=nobody@acme-shop.com")
    refused(1, "profile", shop, "--record", "crm:404")
    refused(1, "profile", shop, "--id", "0" * 32)
    refused(2, "profile", shop, "--id", "xyz")
    refused(2, "profile", shop, "--find", "email")
    refused(2, "profile", shop, "--find", "no_such_type=1")
    refused(2, "profile", shop, "--record", "crm")
    refused(2, "profile", shop)
    refused(2, "profile", shop, "--record", "crm:1", "--find", "email=x")


def test_profile_at_an_earlier_time(shop):
    assert answer("profile", shop, "--record", "crm:1", "--now", "2024-01-31")["event_count"] == 1


def test_keys_with_colons(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,first name\na:b:c,Ann\n")
    ok("import", store, path, "--source", "crm", "--key", "id")
    assert answer("profile", store, "--record", "crm:a:b:c")["records"][0]["key"] == "a:b:c"


def test_wide_characters_line_up(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("会员号,姓名,手机号,城市\nA1,王伟,13912345678,北京\n")
    ok("import", store, path, "--source", "会员")
    name = answer("profile", store, "--find", "phone=13912345678")["records"][0]
    card = ok("profile", store, "--record", f"{name['source']}:{name['key']}")
    ends = set()
    for line in card.splitlines():
        if "会员:" in line and not line.startswith("1 record"):
            before = line.split("会员:")[0]
            ends.add(sum(2 if ord(c) > 0x2E80 else 1 for c in before))
    assert len(ends) == 1, card


def test_values_cannot_drive_the_terminal(store, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "first name": "\\u001b[31mred\\u202e", "note": "a\\rb"}\n')
    ok("import", store, path, "--source", "s", "--key", "id")
    card = ok("profile", store, "--record", "s:1")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", card)


# why, how, link, unlink.

def test_why(shop):
    text = ok("why", shop, "crm:2", "erp:7")
    assert "one customer" in text
    assert "crm:2 — email bob@acme-shop.com — erp:7" in text
    found = answer("why", shop, "crm:2", "erp:7")
    assert found["same"] is True and found["profile_a"] == found["profile_b"]
    step = found["steps"][0]
    assert step["kind"] == "link" and step["type"] == "email" and step["path"] == 1
    assert {step["a"]["key"], step["b"]["key"]} == {"2", "7"}


def test_why_not(shop):
    assert "two customers" in ok("why", shop, "crm:1", "crm:3")
    found = answer("why", shop, "crm:1", "crm:3")
    assert found["same"] is False
    assert [step["kind"] for step in found["steps"]] == ["nothing"]
    refused(1, "why", shop, "crm:1", "crm:404")
    refused(2, "why", shop, "crm:1", "404")


def test_refused_links_are_shown(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,first name,last name,phone\n1,Mark,Hall,+14155552671\n"
                    "2,Marsha,Hall,+14155552671\n")
    ok("import", store, path, "--source", "crm", "--key", "id")
    text = ok("why", store, "crm:1", "crm:2")
    assert "two customers" in text
    assert re.search(r"refused: crm:\d — phone \+14155552671 — crm:\d \(veto", text), text
    assert "mark" in text.lower() and "marsha" in text.lower()
    assert "refused" in ok("how", store, "--record", "crm:1")


def test_a_veto_names_the_records_that_say_so(store, tmp_path):
    """Where others of the two clusters clash than the two that share the phone."""
    path = tmp_path / "a.csv"
    path.write_text("id,first name,loyalty id,phone\n1,Mark,L1,\n2,,L1,+14155552671\n"
                    "3,Marsha,,+14155552671\n")
    ok("import", store, path, "--source", "crm", "--key", "id", "--map", "loyalty id=loyalty_id")
    (step,) = answer("why", store, "crm:1", "crm:3")["steps"]
    said = {step["a"]["key"]: step["clash_a"]["key"], step["b"]["key"]: step["clash_b"]["key"]}
    assert said == {"2": "1", "3": "3"}
    names = dict(zip((step["clash_a"]["key"], step["clash_b"]["key"]),
                     step["detail"].removeprefix("given_name: ").split(" / ")))
    assert names == {"1": "mark", "3": "marsha"}
    text = ok("why", store, "crm:1", "crm:3")
    assert re.search(r"\(veto: given_name: \w+ / \w+; crm:[13] / crm:[13] say so\)", text), text
    linked = answer("why", store, "crm:1", "crm:2")["steps"][0]
    assert linked["clash_a"] is None and linked["clash_b"] is None


def people_on_one_phone(store, tmp_path, names):
    rows = "".join(f'{i},"{name}",+8613800123456\n' for i, name in enumerate(names))
    file = tmp_path / "names.csv"
    file.write_text("id,name,phone\n" + rows, encoding="utf-8")
    ok("import", store, file, "--source", "crm")
    ok("verify", store)
    return len({row["profile_id"] for row in csv.DictReader(io.StringIO(ok("export", store, "clusters")))})


def test_forms_of_one_name_are_one_person(store, tmp_path):
    """Forms of address, remarks and words for nobody are neither other names nor too many of them."""
    names = ["张伟", "张伟先生", "张先生", "张伟（老客户）", "张 伟", "張偉", "张总", "小张", "微信用户", "会员001", "匿名", "张伟 Wei Zhang"]
    assert people_on_one_phone(store, tmp_path, names) == 1


@pytest.mark.parametrize("names", [
    ["Maria García López", "Pedro García López"], ["Ann van Dyke", "Bob van Dyke"], ["이민호", "박지성"],
    ["Nguyễn Văn An", "Nguyễn Thị Bình"], ["Maria", "José"], ["李雷 Lei Li", "韩梅梅 Meimei Han"],
], ids=lambda names: names[0])
def test_two_people_with_full_names_stay_two(names, store, tmp_path):
    assert people_on_one_phone(store, tmp_path, names) == 2


def test_how(shop):
    text = ok("how", shop, "--record", "crm:1")
    assert len(re.findall(r"^ +\d\. .* — .* — ", text, re.M)) == 2
    found = answer("how", shop, "--record", "crm:1")
    assert answer("how", shop, "--id", found["id"]) == found
    assert len([step for step in found["steps"] if step["kind"] == "link"]) == 2
    assert "one record" in ok("how", shop, "--record", "erp:9")
    refused(2, "how", shop)
    refused(2, "how", shop, "--id", "z")
    refused(1, "how", shop, "--id", "f" * 32)
    refused(1, "how", shop, "--record", "crm:404")


def test_link_and_unlink(shop):
    assert "linked crm:1 and erp:9" in ok(
        "link", shop, "crm:1", "erp:9", "--by", "Anna", "--now", "2024-01-01")
    assert "linked by Anna" in ok("why", shop, "crm:1", "erp:9")
    again = answer("link", shop, "crm:1", "erp:9", "--by", "Anna", "--now", "2024-01-01")
    assert again["change"] == "unchanged"
    ok("unlink", shop, "crm:1", "erp:9", "--by", "Ben", "--now", "2024-01-02")
    text = ok("why", shop, "crm:1", "erp:9")
    assert "two customers" in text and "Ben" in text
    assert answer("why", shop, "crm:1", "erp:9")["same"] is False
    refused(2, "link", shop, "crm:1", "erp:9")
    refused(2, "link", shop, "crm:1", "erp:9", "--by", "")
    assert "'crm:404'" in refused(1, "link", shop, "crm:1", "crm:404", "--by", "Anna")
    refused(2, "link", shop, "crm:1", "crm:1", "--by", "Anna")


def test_unlink_holds_against_later_imports(shop, tmp_path):
    assert "still to come" in refused(2, "unlink", shop, "crm:3", "erp:8", "--by", "Anna", "--now", "2999-01-01")
    ok("unlink", shop, "crm:3", "erp:8", "--by", "Anna")
    (tmp_path / "crm.csv").touch()
    ok("import", shop, tmp_path / "crm.csv", "--source", "crm", "--key", "id")
    assert answer("why", shop, "crm:3", "erp:8")["same"] is False
    assert ok("verify", shop).startswith("verify: no problem")


@pytest.mark.parametrize("arguments, words", [
    (("profile", "--find", "email=nobody@acme-shop.com"), "email 'nobody@acme-shop.com'"),
    (("profile", "--record", "crm:404"), "'crm:404'"),
    (("profile", "--id", "0" * 32), "0" * 32),
    (("why", "crm:1", "crm:404"), "'crm:404'"),
    (("why", "crm:404", "crm:1"), "'crm:404'"),
    (("how", "--record", "crm:404"), "'crm:404'"),
    (("how", "--id", "f" * 32), "f" * 32),
    (("blame", "--record", "crm:404"), "'crm:404'"),
    (("link", "crm:1", "crm:404", "--by", "Anna"), "'crm:404'"),
    (("unlink", "crm:404", "crm:1", "--by", "Anna"), "'crm:404'"),
])
def test_what_is_not_found_is_an_answer_in_json_too(arguments, words, shop):
    name, *rest = arguments
    done = run(name, shop, *rest, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found == {"found": False, "message": found["message"]}
    assert words in found["message"]
    assert done.stderr == f"kith: {found['message']}\n"
    done = run(name, shop, *rest)
    assert (done.returncode, done.stdout) == (1, "") and words in done.stderr


def test_what_is_found_says_so_in_json(shop):
    for arguments in (("profile", shop, "--record", "crm:1"), ("why", shop, "crm:1", "crm:3"),
                      ("how", shop, "--record", "crm:1"), ("link", shop, "crm:1", "crm:3", "--by", "Anna")):
        assert answer(*arguments)["found"] is True


# Scored links: why, how and blame in bits.

def people(seed=3):
    """Rows of people of whom each is written down up to three times, with slips."""
    given = ["Alice", "Bruno", "Carla", "Dieter", "Emma", "Felix", "Greta", "Hugo", "Ines", "Jakob", "Klara", "Lukas"]
    family = ["Adler", "Brandt", "Conrad", "Engel", "Fuchs", "Gruber", "Hartmann", "Jansen", "Keller", "Lorenz"]
    chance = random.Random(seed)
    number = 0
    for _ in range(120):
        first, last = chance.choice(given), chance.choice(family)
        birth = f"{chance.randint(1950, 1999)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        for _ in range(chance.randint(1, 3)):
            slip = chance.randrange(4)
            at = chance.randint(1, len(last) - 2)
            yield (number, first, last[:at] + last[at + 1:] if slip == 0 else last,
                   birth[:8] + "01" if slip == 1 else birth, "" if slip == 2 else chance.choice(["Ulm", "Berlin"]))
            number += 1


@pytest.fixture(scope="module")
def resolved(tmp_path_factory):
    """A store of people who share no identifier, linked by scores alone."""
    folder = tmp_path_factory.mktemp("resolved")
    with open(folder / "people.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("id", "given_name", "family_name", "birth_date", "city"), *people()])
    store = folder / "people.kith"
    ok("init", store)
    ok("import", store, folder / "people.csv", "--source", "p", "--key", "id")
    ok("resolve", store)
    return store


def profiles_of(store, least):
    """Profiles of at least so many records, as lists of their names."""
    members = {}
    for row in rows(ok("export", store, "clusters")):
        members.setdefault(row["profile_id"], []).append(f"p:{row['key']}")
    return [names for names in members.values() if len(names) >= least]


def check_pair_json(step):
    pair = step["pair"]
    assert step["bits"] == pair["bits"] and step["bits_needed"] == pair["link_at"] == 2
    for rival in ("stranger", "relative"):
        said = sum(one["bits"][rival] for one in pair["comparisons"])
        rare = sum(one["frequency_bits"] for one in pair["comparisons"]) if rival == "stranger" else 0
        assert pair["sum"][rival] == pair["prior"][rival] + said + rare
    assert pair["bits"] == min(pair["sum"].values()) == pair["sum"][pair["rival"]]
    assert pair["links"] == (pair["bits"] >= 2)
    names = {one["name"]: one for one in pair["comparisons"]}
    assert names["name"]["level_name"] != "missing" and names["name"]["a"] and names["name"]["b"]


def test_why_in_bits(resolved):
    a, b = profiles_of(resolved, 2)[0][:2]
    found = answer("why", resolved, a, b)
    step = found["steps"][0]
    assert found["same"] is True and (step["kind"], step["type"]) == ("link", "score")
    assert step["detail"] == f"{step['bits']:.2f} bits"
    check_pair_json(step)
    lines = ok("why", resolved, a, b).splitlines()
    assert lines[1] == f"  {a} — score {step['bits']:.2f} bits — {b}"
    assert lines[2].split() == ["bits", "sum", a, "/", b]
    assert lines[3].split()[0] == "prior" and lines[4].split()[0] == "name"
    total = next(line for line in lines if line.split()[0] == "total").split()
    assert total[1] == f"{step['bits']:+.2f}" and "a link needs +2.00" in " ".join(total)


def waterfall(text):
    """The numbers of a table: what each row adds, and the sum behind it."""
    found = re.findall(r"^ {6} *[a-z_]+ +([+-]\d+\.\d\d) +([+-]\d+\.\d\d) ", text, re.M)
    return [(float(bits), float(total)) for bits, total in found]


def test_the_table_adds_up(resolved):
    for names in profiles_of(resolved, 2)[:10]:
        text = ok("why", resolved, *names[:2]).split("total")[0]
        so_far = 0
        for bits, total in waterfall(text):
            assert abs(so_far + bits - total) < 0.011
            so_far = total
        assert so_far >= 2


def test_why_not_in_bits(resolved):
    (a, *_), (b, *_) = profiles_of(resolved, 1)[:2]
    found = answer("why", resolved, a, b)
    assert found["same"] is False and [step["kind"] for step in found["steps"]] == ["nothing", "weak"]
    step = found["steps"][1]
    check_pair_json(step)
    assert step["detail"] == f"{step['bits']:.2f} bits, a link needs 2.00: {2 - step['bits']:.2f} are lacking"
    text = ok("why", resolved, a, b)
    assert f"weak: {a} and {b} have {step['detail']}\n" in text and "before they are compared" in text


def test_how_in_bits(resolved):
    names = profiles_of(resolved, 3)[0]
    steps = [step for step in answer("how", resolved, "--record", names[0])["steps"] if step["kind"] == "link"]
    assert len(steps) == len(names) - 1
    for step in steps:
        check_pair_json(step)
    text = ok("how", resolved, "--record", names[0])
    assert text.count("before they are compared") == min(len(steps), 3)
    assert all(f"score {step['bits']:.2f} bits" in text for step in steps)


REFUSALS = {
    "cohesion": r"(\d+) of (\d+) cross pairs (?:is|are) known, (\d+) (?:is|are) needed",
    "contradiction": r"birth dates or documents of (\d+) of (\d+) cross pairs contradict, (\d+) may",
    "ambiguous": "one is as like to a third record, which contradicts the other",
}


def test_what_refused_a_score_is_said(store):
    for name in ("customers", "reference", "watchlist"):
        ok("import", store, ROOT / f"examples/data/{name}.csv", "--source", name.upper(), "--now", "2024-01-01")
    ok("resolve", store, "--now", "2024-01-01")
    names = {records_of(pair)[0] for pair in answer("review", store, "--limit", "1000000")["pairs"]
             if pair["rule"] in REFUSALS}
    steps = [step for name in sorted(names) for step in answer("how", store, "--record", name)["steps"]
             if step["kind"] == "refused" and step["type"] == "score"]
    assert steps
    for step in steps:
        said = re.fullmatch(REFUSALS[step["rule"]], step["detail"])
        assert said and step["bits"] >= step["bits_needed"]
        if step["rule"] == "cohesion":
            known, pairs, needed = map(int, said.groups())
            assert known < needed == -(-pairs // 3)
        if step["rule"] == "contradiction":
            against, pairs, most = map(int, said.groups())
            assert against > most == pairs // 8
    a, b = (f"{steps[0][side]['source']}:{steps[0][side]['key']}" for side in "ab")
    text = ok("why", store, a, b)
    assert f"— score {steps[0]['bits']:.2f} bits —" in text and f"({steps[0]['rule']}: {steps[0]['detail']}" in text


def test_a_wide_terminal_shows_bars(resolved):
    a, b = profiles_of(resolved, 2)[0][:2]
    for columns, bars in ((120, True), (80, False)):
        text, code = on_terminal(("why", resolved, a, b), columns=columns)
        table = [line for line in re.sub(r"\x1b\[\dm", "", text).splitlines() if line.startswith(" " * 6)]
        assert code == 0 and ("█" in text) is bars and len(table) > 3
        assert all(len(line) <= columns for line in table), table


def test_blame(resolved):
    told = {"link": 0, "none": 0}
    for names in profiles_of(resolved, 2)[:12]:
        found = answer("blame", resolved, "--record", names[0])
        assert found["found"] and found["complete"] and found["profiles_found"] == 1
        parts = [[f"{one['source']}:{one['key']}" for one in part] for part in found["parts"]]
        assert sorted(name for part in parts for name in part) == sorted(names)
        text = ok("blame", resolved, "--record", names[0])
        if found["link"] is None:
            told["none"] += 1
            assert len(parts) == 1 and "no single link holds it together" in text
            continue
        told["link"] += 1
        check_pair_json(found["link"])
        assert found["link"]["type"] == "score" and f"there would be {len(parts)} customers:" in text
        assert len(parts) > 1 and all(", ".join(part) in text for part in parts)
    assert told["link"] > 0, told


def test_blame_of_a_value(shop):
    found = answer("blame", shop, "--find", "email=bob@acme-shop.com")
    assert found["link"]["type"] == "email" and found["link"]["value"] == "bob@acme-shop.com"
    assert "pair" not in found["link"]
    assert [[one["key"] for one in part] for part in found["parts"]] == [["1"], ["2"], ["7"]]
    assert "without it there would be 3 customers:" in ok("blame", shop, "--id", found["id"])
    assert "it is one record" in ok("blame", shop, "--record", "crm:4")
    refused(2, "blame", shop)
    refused(1, "blame", shop, "--record", "crm:404")

# review.

def persons_csv(seed=4, count=300):
    """Persons of whom some have several records, which leave things out and have slips; and the truth."""
    chance = random.Random(seed)
    given = "Ann Bella Carl Dora Emil Frida Gustav Hanna Ivan Julia Lena Nora Oscar Paula Rosa Thea".split()
    family = [a + b for a in "Berg Stein Wald Feld Roth Lind".split() for b in "mann er meier huber ke".split()]
    lines, truth = ["id,given_name,family_name,birth_date,address_line,city"], ["source,key,entity"]
    for person in range(count):
        said = [chance.choice(given), chance.choice(family),
                f"19{chance.randrange(99):02}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
                f"{chance.randrange(1, 60)} {chance.choice(family)} Road", chance.choice(["Bonn", "Ulm", "Kiel", "Jena"])]
        for copy in range(chance.choice([1, 1, 2, 3])):
            row = [value if chance.random() > lost else "" for value, lost in zip(said, (0, 0, .4, .4, .4))]
            for field in (0, 1, 3):
                if row[field] and chance.random() < .2:
                    at = chance.randrange(1, len(row[field]))
                    row[field] = row[field][:at] + "x" + row[field][at + 1:]
            lines.append(f"{person}-{copy}," + ",".join(row))
            truth.append(f"crm,{person}-{copy},{person}")
    return "\n".join(lines) + "\n", "\n".join(truth) + "\n"


@pytest.fixture
def queued(store, tmp_path):
    """A store with scored links, and the truth beside it."""
    people, truth = persons_csv()
    (tmp_path / "people.csv").write_text(people)
    (tmp_path / "truth.csv").write_text(truth)
    ok("import", store, tmp_path / "people.csv", "--source", "crm", "--key", "id", "--now", "2024-01-01")
    ok("resolve", store, "--now", "2024-01-01")
    return store


def records_of(pair):
    return tuple(f"{pair[side]['source']}:{pair[side]['key']}" for side in "ab")


def test_review_lists_what_a_veto_refused(queued, tmp_path):
    """Two of one telephone who are called otherwise: no score comes near to a link."""
    family = file_with(tmp_path, "family.csv", "id,given_name,family_name,birth_date,phone\n"
                       "mother,Zenobia,Quill,1950-02-03,+442079460958\nson,Bartholomew,Ashdown,1984-11-12,+442079460958\n")
    ok("import", queued, family, "--source", "till", "--key", "id", "--now", "2024-01-01")
    pairs = answer("review", queued, "--limit", "1000000")["pairs"]
    found = [pair for pair in pairs if set(records_of(pair)) == {"till:mother", "till:son"}]
    assert [(pair["reason"], pair["rule"], pair["detail"]) for pair in found] == [("refused", "veto", "given_name")]
    assert found[0]["bits"] < -4
    ok("review", queued, "till:mother", "till:son", "--reject", "--by", "Zoe", "--now", "2024-01-02")
    pairs = answer("review", queued, "--limit", "1000000")["pairs"]
    assert not any(set(records_of(pair)) == {"till:mother", "till:son"} for pair in pairs)


def test_why_shows_no_way_that_was_refused(queued, tmp_path):
    """Two of one birthday and address whom the score unites: a veto refuses their telephone."""
    twins = file_with(tmp_path, "twins.csv", "id,given_name,family_name,birth_date,address_line,city,phone\n"
                      "one,Zenobia,Quill,1950-02-03,12 Quay Road,Bonn,+442079460958\n"
                      "other,Bartholomew,Quill,1950-02-03,12 Quay Road,Bonn,+442079460958\n")
    ok("import", queued, twins, "--source", "till", "--key", "id", "--now", "2024-01-01")
    told = answer("why", queued, "till:one", "till:other")
    assert told["same"] is True
    assert [step["type"] for step in told["steps"]] == ["score"]


def test_review_lists_the_best_first(queued):
    found = answer("review", queued, "--limit", "1000000")
    pairs = found["pairs"]
    assert (found["model"], found["keep_at"], found["link_at"]) == (1, -4.0, 2.0)
    assert found["waiting"] >= len(pairs) > 25
    assert [pair["bits"] for pair in pairs] == sorted((pair["bits"] for pair in pairs), reverse=True)
    assert len({frozenset(pair[side]["profile"] for side in "ab") for pair in pairs}) == len(pairs)
    for pair in pairs[:10]:
        assert pair["a"]["profile"] != pair["b"]["profile"]
        refused_link = pair["bits"] >= found["link_at"]
        assert pair["reason"] == ("refused" if refused_link else "doubtful")
        assert (pair["rule"] is not None) == refused_link
        assert answer("why", queued, *records_of(pair))["same"] is False
    assert answer("review", queued)["pairs"] == pairs[:20]
    assert answer("review", queued, "--limit", "0")["pairs"] == []


def test_review_shows_both_records_side_by_side(queued):
    pair = answer("review", queued, "--limit", "1")["pairs"][0]
    text = ok("review", queued, "--limit", "1")
    a, b = records_of(pair)
    assert text.startswith(f"   1. {a} — {b}  {pair['bits']:.1f} bits, {pair['reason']}")
    assert pair["score"]["bits"] == pair["bits"]
    for said in pair["score"]["comparisons"]:
        assert said["level"] == 0 or said["level_name"] in text and all(said[side] in text for side in "ab")
    assert "; 2.0 bits link" in text.splitlines()[-1]


def test_review_suggests_pairs_that_differ(queued):
    found = answer("review", queued, "--suggest")
    assert len(found["pairs"]) == 10
    assert all(pair["alike"] >= 1 for pair in found["pairs"]) and found["pairs"][0]["alike"] > 1
    assert sum(pair["alike"] for pair in found["pairs"]) <= found["waiting"]
    near = [abs(pair["bits"] - found["link_at"]) for pair in found["pairs"]]
    assert min(near) < 0.5
    assert len(answer("review", queued, "--suggest", "--limit", "3")["pairs"]) == 3
    text = ok("review", queued, "--suggest")
    assert "whose decision would teach most" in text and " agree so" in text


def test_what_was_decided_is_not_asked_again(queued, tmp_path):
    first, second = answer("review", queued, "--limit", "2")["pairs"]
    decided = answer("review", queued, "--accept", *records_of(first), "--by", "Zoe", "--now", "2024-01-02")
    assert (decided["decision"], decided["change"], decided["same"]) == ("link", "added", True)
    told = ok("review", queued, *records_of(second), "--reject", "--by", "Zoe", "--now", "2024-01-02")
    assert told == "unlinked {} and {}\n".format(*records_of(second))
    wanted = {records_of(first): True, records_of(second): False}

    def stands():
        asked = {records_of(pair) for pair in answer("review", queued, "--limit", "1000000")["pairs"]}
        assert not asked & set(wanted)
        for records, same in wanted.items():
            assert answer("why", queued, *records)["same"] is same

    stands()
    more = file_with(tmp_path, "more.csv", persons_csv(seed=9, count=150)[0])
    ok("import", queued, more, "--source", "erp", "--key", "id", "--now", "2024-01-03")
    assert answer("resolve", queued, "--train", "--now", "2024-01-03")["model"] == 2
    stands()
    assert ok("verify", queued, "--now", "2024-01-03")


def test_review_without_a_model(shop):
    assert "'kith resolve' learns one" in ok("review", shop)
    assert answer("review", shop) == {"model": 0, "waiting": 0, "keep_at": 0.0, "link_at": 0.0, "pairs": []}


def test_wrong_use_of_review(queued):
    assert "go with --accept" in refused(2, "review", queued, "crm:0-0")
    assert "--by goes with" in refused(2, "review", queued, "--by", "Zoe")
    assert "needs two records" in refused(2, "review", queued, "--accept", "crm:0-0", "--by", "Zoe")
    assert "not both" in refused(2, "review", queued, "--accept", "--reject", "crm:0-0", "crm:1-0")
    assert "for the list" in refused(2, "review", queued, "--accept", "crm:0-0", "crm:1-0", "--suggest", "--by", "Zoe")
    assert "needs --by" in refused(2, "review", queued, "--accept", "crm:0-0", "crm:1-0")
    assert "no record" in refused(1, "review", queued, "--accept", "crm:0-0", "crm:none", "--by", "Zoe")


# export.

def test_export_records(shop):
    table = rows(ok("export", shop, "records"))
    assert len(table) == 8
    ann = next(row for row in table if (row["source"], row["key"]) == ("crm", "3"))
    assert ann["email"] == "ann@acme-shop.com" and ann["given_name"] == "Ann"
    lines = [json.loads(line) for line in ok("export", shop, "records", "--json").splitlines()]
    assert len(lines) == 8
    for row, line in zip(table, lines):
        for name, value in line.items():
            assert row[name] == ("; ".join(value) if isinstance(value, list) else str(value))


def test_export_events(shop):
    table = rows(ok("export", shop, "events"))
    assert [row["type"] for row in table] == ["order"] * 4
    assert list(table[0])[:5] == ["source", "key", "type", "time", "message_id"]
    assert table[0]["time"] == "2024-01-05T00:00:00Z"
    assert float(table[0]["total"]) == 10.5


def test_export_profiles(shop):
    table = rows(ok("export", shop, "profiles", "--now", "2024-06-01"))
    assert sum(int(row["record_count"]) for row in table) == 8
    assert len(table) == answer("stat", shop)["profiles"]
    bob = next(row for row in table if row["record_count"] == "3")
    assert bob["order.count"] == "3" and bob["order.sum.total"] == "30.75"
    lines = ok("export", shop, "profiles", "--format", "jsonl", "--now", "2024-06-01").splitlines()
    assert any(json.loads(line).get("order.sum.total") == 30.75 for line in lines)


def test_export_clusters_is_a_truth(shop, tmp_path):
    text = ok("export", shop, "clusters")
    assert list(rows(text)[0]) == ["source", "key", "profile_id"]
    truth = tmp_path / "truth.csv"
    truth.write_text(text.replace("profile_id", "entity", 1))
    quality = answer("eval", shop, "--truth", truth)
    assert quality["pairwise"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert quality["over_merges"] == quality["under_merges"] == []


def test_export_comes_back(shop, tmp_path):
    text = ok("export", shop, "records")
    only = [line for line in text.splitlines() if line.startswith(("source,", "erp,"))]
    path = tmp_path / "again.csv"
    path.write_text("\n".join(only) + "\n")
    copy = tmp_path / "copy.kith"
    ok("init", copy)
    ok("import", copy, path, "--source", "erp", "--key", "key", "--map", "source=")
    table = rows(ok("export", copy, "records"))
    wanted = [row for row in rows(text) if row["source"] == "erp"]
    for row, want in zip(table, wanted):
        assert row == {name: value for name, value in want.items() if name in row}


def test_export_wrong_use(shop):
    refused(2, "export", shop)
    refused(2, "export", shop, "people")
    refused(2, "export", shop, "records", "--format", "xml")
    refused(2, "export", shop, "records", "--format", "csv", "--json")


def test_closed_pipe_is_quiet(store, tmp_path):
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("id,note\n")
        for i in range(20000):
            file.write(f"{i},{'x' * 50}\n")
    ok("import", store, path, "--source", "crm", "--key", "id")
    for arguments in (["export", store, "records"], ["export", store, "clusters", "--json"]):
        process = subprocess.Popen([KITH, *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_full_disk_is_said(shop):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    for arguments in (["export", shop, "records"], ["stat", shop], ["--help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([KITH, *map(str, arguments)], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 3
        assert done.stderr.startswith("kith: cannot write to standard output")


def stopped(arguments, begun):
    """What the command says on stderr when Ctrl-C stops it; `begun(process, output)` returns when it is at work."""
    output, written = os.pipe()
    fcntl.fcntl(written, 1031, 4096)  # F_SETPIPE_SZ: it waits for a reader soon
    process = subprocess.Popen([KITH, *map(str, arguments)], stdout=written, stderr=subprocess.PIPE, text=True)
    os.close(written)
    begun(process, output)
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(60) == 3, arguments
        return process.stderr.read()
    finally:
        os.close(output)
        process.stderr.close()


def test_ctrl_c_is_told(queued, tmp_path):
    def wrote(process, output):
        assert os.read(output, 1)

    for arguments in (["export", queued, "records"], ["review", queued, "--limit", "100"],
                      ["review", queued, "--suggest", "--limit", "100", "--json"]):
        assert stopped(arguments, wrote) == "kith: stopped by Ctrl-C\n"
    truth = tmp_path / "truth.fifo"
    os.mkfifo(truth)
    opened = []
    arguments = ["eval", queued, "--truth", truth]
    assert stopped(arguments, lambda process, output: opened.append(open(truth, "w"))) == "kith: the evaluation was stopped\n"
    opened[0].close()


# eval.

def test_eval(shop, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text(TRUTH)
    found = answer("eval", shop, "--truth", truth)
    assert set(found) >= {
        "pairwise", "bcubed", "records", "missing", "entities", "profiles", "true_pairs",
        "found_pairs", "right_pairs", "over_merges", "under_merges"}
    assert (found["records"], found["missing"], found["entities"]) == (8, 1, 5)
    assert (found["true_pairs"], found["found_pairs"], found["right_pairs"]) == (4, 4, 4)
    assert found["bcubed"]["f1"] == 1.0
    text = ok("eval", shop, "--truth", truth)
    assert re.search(r"^pairwise +1\.0000 +1\.0000 +1\.0000$", text, re.M)
    assert re.search(r"^B-cubed +1\.0000 +1\.0000 +1\.0000$", text, re.M)


def test_eval_draws_the_threshold_curve(queued, tmp_path):
    truth = tmp_path / "truth.csv"
    found = answer("eval", queued, "--truth", truth)
    curve = found["curve"]
    assert (found["model"], found["link_at"]) == (1, 2.0)
    assert [point["threshold"] for point in curve] == [float(bits) for bits in range(-4, 21, 2)]
    for point in curve:
        assert point["precision"] == pytest.approx(point["right_pairs"] / point["pairs"] if point["pairs"] else 1)
        assert point["recall"] == pytest.approx(point["right_pairs"] / found["true_pairs"])
    for lower, higher in zip(curve, curve[1:]):
        assert lower["pairs"] >= higher["pairs"] and lower["recall"] >= higher["recall"]
    assert curve[0]["pairs"] > curve[-1]["pairs"] and curve[0]["precision"] < 1
    assert found["unscored_pairs"] == found["true_pairs"] - curve[0]["right_pairs"]
    text = ok("eval", queued, "--truth", truth, "--curves")
    assert re.search(r"^ +bits +pairs +right +precision +recall +F1$", text, re.M)
    for point in curve:
        shown = f"{point['precision']:.4f} +{point['recall']:.4f} +{point['f1']:.4f}"
        assert re.search(rf"^ +{point['threshold']:.1f} .* {shown}$", text, re.M)
    assert "model 1 links from 2.0 bits on" in text
    assert "bits" not in ok("eval", queued, "--truth", truth)


def test_eval_without_a_model_has_no_curve(shop, tmp_path):
    truth = file_with(tmp_path, "truth.csv", TRUTH)
    found = answer("eval", shop, "--truth", truth)
    assert (found["model"], found["link_at"], found["unscored_pairs"], found["curve"]) == (0, None, None, [])
    assert "'kith resolve' learns one" in ok("eval", shop, "--truth", truth, "--curves")


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_eval_tells_the_delimiter_as_import_does(delimiter, shop, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text(TRUTH)
    wanted = answer("eval", shop, "--truth", truth)
    truth.write_text(TRUTH.replace(",", delimiter))
    assert answer("eval", shop, "--truth", truth) == wanted


def test_eval_lists_wrong_pairs(shop, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text("source,key,entity\ncrm,1,A\ncrm,2,B\nerp,7,C\ncrm,3,D\nerp,9,D\n")
    found = answer("eval", shop, "--truth", truth)
    assert len(found["over_merges"]) == 3 and len(found["under_merges"]) == 1
    pair = found["under_merges"][0]
    assert pair["a"] == {"source": "crm", "key": "3", "entity": "D"}
    assert pair["b"] == {"source": "erp", "key": "9", "entity": "D"}
    text = ok("eval", shop, "--truth", truth, "--limit", "1")
    assert "... and 2 more; --limit N shows more" in text
    assert len(answer("eval", shop, "--truth", truth, "--limit", "2")["over_merges"]) == 2


def test_eval_of_bad_truth(shop, tmp_path):
    refused(2, "eval", shop)
    refused(2, "eval", shop, "--truth", "t", "--limit", "many")
    refused(3, "eval", shop, "--truth", tmp_path / "none.csv")
    truth = tmp_path / "truth.csv"
    truth.write_text("source,key\ncrm,1\n")
    assert "entity" in refused(3, "eval", shop, "--truth", truth)
    truth.write_text("source,key,entity\ncrm,1,A\ncrm,2\n")
    assert "line 3" in refused(3, "eval", shop, "--truth", truth)


# Care.

def test_verify_check_stat(shop):
    assert ok("verify", shop) == "verify: no problem found\n"
    assert ok("check", shop) == "check: no problem found\n"
    for name in ("verify", "check"):
        assert answer(name, shop) == {"problems": [], "problem_count": 0, "ok": True}
    stat = answer("stat", shop)
    assert stat["records"] == 8 and stat["events"] == 4 and stat["sources"] >= 2
    assert stat["file_bytes"] == shop.stat().st_size
    text = ok("stat", shop)
    assert re.search(r"^records +8$", text, re.M)
    assert re.search(r"^file size +[\d,]+  [\d.]+ (KiB|MiB)$", text, re.M)
    assert len({line.index(re.search(r"[\d,]+", line).group()) + len(
        re.search(r"[\d,]+", line).group()) for line in text.splitlines()}) == 1


def test_settle_text(shop):
    assert re.fullmatch(r"settled \d+ profiles?, packed \d+ events?\n", ok("settle", shop))


def test_backup(shop, tmp_path):
    copy = tmp_path / "copy.kith"
    assert answer("backup", shop, copy) == {"store": str(shop), "backup": str(copy)}
    for what in ("records", "events", "clusters"):
        assert ok("export", copy, what) == ok("export", shop, what)
    before = copy.read_bytes()
    assert "exists" in refused(3, "backup", shop, copy)
    assert copy.read_bytes() == before
    refused(3, "backup", shop, tmp_path / "no" / "folder.kith")
    assert ok("check", copy) == "check: no problem found\n"


def test_error_lines_stay_one_line(tmp_path):
    refused(3, "stat", tmp_path / "a\nb\x1b[31m.kith")
    refused(2, "st\nat")


# On a terminal.

def on_terminal(arguments, interrupt_after=None, env=None, columns=80):
    """Runs the command on a terminal of its own; what it printed, and its exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        os.environ.update({"TERM": "xterm"}, **(env or {}))
        os.execv(KITH, [KITH, *map(str, arguments)])
    printed = b""
    began = time.monotonic()
    while time.monotonic() - began < 120:
        if interrupt_after is not None and time.monotonic() - began > interrupt_after:
            os.kill(pid, signal.SIGINT)
            interrupt_after = None
        if select.select([terminal], [], [], 0.02)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            printed += piece
    os.close(terminal)
    return printed.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def big_file(tmp_path, count):
    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write("id,first name,email\n")
        for i in range(count):
            file.write(f"{i},Name{i},person{i}@acme-shop.com\n")
    return path


def test_bar_on_a_terminal(store, tmp_path):
    path = big_file(tmp_path, 60000)
    text, code = on_terminal(["import", store, path, "--source", "crm", "--key", "id"])
    assert code == 0
    assert "import  " in text and "%" in text and "━" in text
    assert text.count("\r\x1b[K") >= 1  # the bar is removed
    assert "rows/s" in text.splitlines()[-1]
    assert text.count("\x1b[K") < 600


def test_no_bar_in_a_pipe(store, tmp_path):
    done = run("import", store, big_file(tmp_path, 60000), "--source", "crm", "--key", "id")
    assert done.stderr == "" and "━" not in done.stdout


def test_styles(shop):
    text, _ = on_terminal(["profile", shop, "--record", "crm:1"])
    assert "\x1b[1m" in text
    text, _ = on_terminal(["profile", shop, "--record", "crm:1"], env={"NO_COLOR": "1"})
    assert "\x1b" not in text


def test_interrupt_keeps_what_is_in(store, tmp_path):
    path = big_file(tmp_path, 400000)
    text, code = on_terminal(["import", store, path, "--source", "crm", "--key", "id"],
                             interrupt_after=0.7)
    if code == 0:
        pytest.skip("the import was over before the interrupt")
    assert code == 3
    kept = int(re.search(r"interrupted: (\d+) rows are in", text).group(1))
    assert answer("stat", store)["records"] == kept
    report = answer("import", store, path, "--source", "crm", "--key", "id")
    assert report["added"] == 400000 - kept and report["unchanged"] == kept


def store_with(folder, config=None):
    store = folder / "new.kith"
    arguments = ["init", store]
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
        arguments += ["--config", folder / "config.json"]
    ok(*arguments)
    return store


def file_with(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_a_column_of_a_declared_name_becomes_it_whatever_the_usual_names_say(tmp_path):
    store = store_with(tmp_path, {
        "identifiers": {"member_no": {"normalise": "id", "unique": True, "blocked": ["000*"]}},
        "attributes": {"mobile": {"type": "text"}}})
    people = file_with(tmp_path, "p.csv", "id,Member No,mobile\n1,M77,+14155552671\n2,000123,\n")
    ok("import", store, people, "--source", "erp")
    assert answer("profile", store, "--find", "member_no=m-77")["records"]
    assert run("profile", store, "--find", "member_no=000123").returncode == 1
    assert run("profile", store, "--find", "phone=+14155552671").returncode == 1


def test_segment_lines_are_told_from_other_json_lines(tmp_path):
    store = store_with(tmp_path)
    lines = file_with(tmp_path, "web.jsonl", "\n".join(json.dumps(line) for line in [
        {"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "m1",
         "timestamp": "2024-01-01T00:00:00Z", "traits": {"firstName": "Ann"}},
        {"type": "track", "userId": "u1", "event": "Order", "messageId": "m2",
         "timestamp": "2024-01-02T00:00:00Z", "properties": {"revenue": 5}}]) + "\n")
    assert answer("import", store, lines, "--source", "web")["format"] == "segment"
    assert answer("stat", store)["events"] == 1


def test_a_plain_number_is_no_date_and_vetoes_nothing(tmp_path):
    store = store_with(tmp_path)
    first = file_with(tmp_path, "a.csv", "id,first_name,birth_date,email\n1,Lea,1991-06-15,lea@e.example\n")
    second = file_with(tmp_path, "b.csv", "id,first_name,birth_date,email\n9,Lea,33404,lea@e.example\n")
    ok("import", store, first, "--source", "one")
    ok("import", store, second, "--source", "two")
    assert answer("why", store, "one:1", "two:9")["same"] is True


def test_a_decision_that_others_overrule_says_so(tmp_path):
    store = store_with(tmp_path)
    people = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example\n2,a@x.example\n3,a@x.example\n")
    ok("import", store, people, "--source", "s")
    ok("unlink", store, "s:1", "s:2", "--by", "Ann")
    ok("link", store, "s:2", "s:3", "--by", "Ann")
    assert "still two customers" in ok("link", store, "s:1", "s:3", "--by", "Ann")


def test_an_evaluation_of_nothing_is_an_error(tmp_path):
    store = store_with(tmp_path)
    truth = file_with(tmp_path, "t.csv", "source,key,entity\nnope,1,a\nnope,2,a\n")
    assert "none of its records" in refused(3, "eval", store, "--truth", truth)


def test_a_rejects_file_is_never_a_stale_one(tmp_path):
    store = store_with(tmp_path)
    rejects = tmp_path / "rejects.csv"
    bad = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example,more\n2,b@x.example\n")
    ok("import", store, bad, "--source", "s", "--rejects", rejects)
    assert rejects.exists()
    bad.write_text("id,email\n1,a@x.example\n")
    ok("import", store, bad, "--source", "s", "--rejects", rejects)
    assert not rejects.exists()
    refused(3, "import", store, bad, "--source", "s", "--rejects", tmp_path / "none" / "r.csv")


def test_a_file_of_which_no_row_is_taken_is_bad_data(tmp_path):
    store = store_with(tmp_path)
    bad = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example,more\n")
    said = refused(3, "import", store, bad, "--source", "s")
    assert "no row" in said and "p.csv" in said
    lines = file_with(tmp_path, "p.jsonl", '{"id": 1, "email": "a@x.example"}\n')
    assert "no row" in refused(3, "import", store, lines, "--source", "s", "--key", "number")
    empty = file_with(tmp_path, "q.csv", "id,email\n")
    ok("import", store, empty, "--source", "s")


@pytest.mark.parametrize("option, value", [("--key", "userId"), ("--event", "order"), ("--time", "timestamp")])
def test_segment_lines_have_their_own_key_type_and_time(tmp_path, option, value):
    store = store_with(tmp_path)
    lines = file_with(tmp_path, "s.jsonl", '{"type": "identify", "userId": "1", "traits": {"email": "a@x.example"}}\n')
    said = refused(2, "import", store, lines, "--source", "web", "--format", "segment", option, value)
    assert option in said


def test_a_source_has_no_colon_in_its_name(tmp_path):
    store = store_with(tmp_path)
    people = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example\n")
    refused(2, "import", store, people, "--source", "a:b")


def test_a_list_that_one_record_gives_stays_whole(tmp_path):
    store = store_with(tmp_path)
    lines = file_with(tmp_path, "p.jsonl", '{"id":"1","email":"g@e.example","tags":["a","b","c"]}\n')
    ok("import", store, lines, "--source", "app")
    assert 'a; b; c' in ok("export", store, "profiles")


def test_an_export_has_its_columns_in_one_order_whichever_file_came_first(tmp_path):
    one = '{"id":"1","email":"a@x.example","zeta":1,"alpha":2}\n'
    two = '{"id":"2","email":"b@x.example","middle":3,"beta":4}\n'
    exports = []
    for order in ([("one", one), ("two", two)], [("two", two), ("one", one)]):
        folder = tmp_path / order[0][0]
        folder.mkdir()
        store = store_with(folder)
        for source, text in order:
            ok("import", store, file_with(folder, source + ".jsonl", text), "--source", source, "--now", "2024-01-01")
        exports.append([sorted(ok("export", store, what, "--format", kind).splitlines())
                        for what in ("records", "profiles") for kind in ("csv", "jsonl")])
    assert exports[0] == exports[1]


def test_rejected_rows_replace_nothing_but_rejected_rows(store, tmp_path):
    bad = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example,more\n2,b@x.example\n")
    fine = file_with(tmp_path, "q.csv", "id,email\n2,b@x.example\n")
    ok("import", store, fine, "--source", "s")
    notes = file_with(tmp_path, "notes.csv", "call Ann back\n")
    lock = tmp_path / (store.name + "-lock")
    for path in (store, lock, notes, bad):
        begin = 128 if path == lock else None  # behind it stand the processes that read
        before = path.read_bytes()[:begin]
        for file in (bad, fine):
            said = refused(2, "import", store, file, "--source", "s", "--rejects", path)
            assert "--rejects" in said
            assert path.read_bytes()[:begin] == before
    assert ok("check", store) == "check: no problem found\n"

    rejects = file_with(tmp_path, "rejects.csv", "")
    ok("import", store, fine, "--source", "s", "--rejects", rejects)
    assert rejects.read_text() == ""  # an empty file was somebody's, too
    ok("import", store, bad, "--source", "s", "--rejects", rejects)
    ok("import", store, bad, "--source", "s", "--rejects", rejects)
    assert [row["line"] for row in rows(rejects.read_text())] == ["2"]
    said = refused(2, "import", store, rejects, "--source", "s", "--rejects", rejects)
    assert "the file to import" in said
    ok("import", store, fine, "--source", "s", "--rejects", rejects)
    assert not rejects.exists()


def test_rejected_rows_through_a_link_leave_the_link(store, tmp_path):
    bad = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example,more\n2,b@x.example\n")
    fine = file_with(tmp_path, "q.csv", "id,email\n2,b@x.example\n")
    target = file_with(tmp_path, "target.csv", "")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    ok("import", store, bad, "--source", "s", "--rejects", link)
    assert len(rows(target.read_text())) == 1
    ok("import", store, fine, "--source", "s", "--rejects", link)
    assert link.is_symlink() and target.read_text() == ""
    ok("import", store, bad, "--source", "s", "--rejects", "/dev/null")


def test_verify_of_a_damaged_store_tells_the_damage(shop, tmp_path):
    whole = shop.read_bytes()
    damaged = tmp_path / "damaged.kith"
    found = 0
    for page in range(2, len(whole) // 4096):
        for at, value in ((10, 0xFF), (16, 0xFF), (18, 0x7F), (2048, 0xFF)):
            data = bytearray(whole)
            data[page * 4096 + at] ^= value
            damaged.write_bytes(data)
            done = run("verify", damaged)
            assert done.returncode in (0, 1), (page, at, done)
            assert (done.returncode == 0) == (run("check", damaged).returncode == 0), (page, at)
            if done.returncode == 1:
                found += 1
                assert done.stdout.startswith("problem: ")
                assert "wasn't compared" in done.stdout
                last = done, bytes(data)
    assert found > 0
    damaged.write_bytes(last[1])
    answer = json.loads(run("verify", damaged, "--json").stdout)
    assert not answer["ok"] and not answer["compared"]
    assert len(answer["problems"]) == answer["problem_count"]
    cut = tmp_path / "cut.kith"
    cut.write_bytes(whole[:20000])
    assert run("verify", cut).returncode in (1, 3)
    assert "damaged" in ok("verify", "--help")


def test_a_decision_needs_two_records(shop):
    for name in ("link", "unlink"):
        said = refused(2, name, shop, "crm:1", "crm:1", "--by", "Ann")
        assert "crm:1" in said and "two records" in said


def test_why_of_one_record_says_that_it_is_one(shop):
    assert ok("why", shop, "crm:1", "crm:1") == "crm:1 is one record, named twice\n"
    assert answer("why", shop, "crm:1", "crm:1")["same"] is True


@pytest.mark.parametrize("option", ["--source", "--event"])
def test_a_name_has_no_control_characters(option, store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,email,date\n1,a@x.example,2024-01-01\n")
    source = [] if option == "--source" else ["--source", "s"]
    said = refused(2, "import", store, people, *source, option, "a\nb")
    assert option in said and "control" in said


def test_a_blocked_value_is_called_so(shop):
    for value in ("info@acme-shop.com", "noreply@acme-shop.com"):
        assert "blocked" in refused(1, "profile", shop, "--find", f"email={value}")
    assert "nobody has email" in refused(1, "profile", shop, "--find", "email=nobody@acme-shop.com")


def test_a_missing_file_is_asked_for(store, tmp_path):
    said = refused(3, "import", store, tmp_path / "none.csv", "--source", "s")
    assert "there is no file" in said and "give the path" in said


def test_a_map_names_a_column_once(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,city\n1,Rome\n")
    said = refused(2, "import", store, people, "--source", "s", "--map", "city=a,city=b")
    assert "city" in said and "twice" in said
    refused(2, "import", store, people, "--source", "s", "--map", "city=a,City=b")


def test_a_card_number_beside_the_member_number_is_an_attribute_of_its_own(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "会员号,会员卡号,姓名\nM100001,C900001,王伟\n")
    ok("import", store, people, "--source", "pos")
    other = file_with(tmp_path, "q.csv", "id,member no,card no\n1,M100001,C5\n")
    assert "loyalty_id" in ok("import", store, other, "--source", "crm")
    assert answer("why", store, "pos:M100001", "crm:1")["same"] is True
    kept = {value["attribute"]: value["value"]
            for value in answer("profile", store, "--find", "loyalty_id=M100001")["values"]}
    assert kept["会员卡号"] == "C900001"
    cards = file_with(tmp_path, "r.csv", "id,会员号,会员卡号\n1,M7,C7\n")
    mapping = ok("import", store, cards, "--source", "erp")
    assert re.search(r"会员号 +.* loyalty_id", mapping) and re.search(r"会员卡号 +.* 会员卡号", mapping)


@pytest.mark.parametrize("lines", [
    ("p.csv", "RECORD_ID,SSN_NUMBER,NATIONAL_ID_NUMBER\n1,111-22-3333,AB998877\n"),
    ("p.jsonl", '{"RECORD_ID":"1","SSN_NUMBER":"111-22-3333","NATIONAL_ID_NUMBER":"AB998877"}\n'),
])
def test_two_numbers_of_one_unique_type_leave_the_first_to_link(lines, store, tmp_path):
    ok("import", store, file_with(tmp_path, *lines), "--source", "a")
    other = file_with(tmp_path, "q.csv", "id,ssn\n9,111-22-3333\n")
    ok("import", store, other, "--source", "b")
    assert answer("why", store, "a:1", "b:9")["same"] is True


def test_a_line_of_json_with_two_loyalty_numbers_links_by_the_first(store, tmp_path):
    line = file_with(tmp_path, "p.jsonl", '{"id":"1","memberNo":"M100001","loyalty_id":"L200002"}\n')
    ok("import", store, line, "--source", "app")
    ok("import", store, file_with(tmp_path, "q.csv", "id,loyalty_id\n7,M100001\n"), "--source", "pos")
    assert answer("why", store, "app:1", "pos:7")["same"] is True
    values = answer("profile", store, "--record", "app:1")["values"]
    assert {"loyalty_id_2": "L200002"}.items() <= {
        value["attribute"]: value["value"] for value in values}.items()


def test_paid_amounts_are_summed(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,会员姓名,会员手机\n1,王伟,13812345679\n")
    orders = file_with(tmp_path, "o.csv", "客户编号,下单时间,实付金额\n1,2024-01-02,12.50\n")
    ok("import", store, people, "--source", "s")
    ok("import", store, orders, "--source", "s", "--event", "order")
    order = answer("profile", store, "--find", "phone=13812345679")["events"]["order"]
    assert order["sums"]["实付金额"]["sum"] == 12.5


@pytest.mark.parametrize("column", ["会员号", "user_id", "微信号", "openid", "external_id"])
@pytest.mark.parametrize("word", ["无", "暂无", "没有", "未知", "空", "NaN", "NULL", "[object Object]", "TRUE", "false",
                                  "none", "Keine", "aucun", "N/A"])
def test_words_for_nothing_link_nobody(column, word, store, tmp_path):
    people = file_with(tmp_path, "p.csv", f"id,{column}\n" + "".join(f"{i},{word}\n" for i in range(3)))
    ok("import", store, people, "--source", "s")
    assert answer("stat", store)["profiles"] == 3


@pytest.mark.parametrize("type_name", ["user_id", "loyalty_id", "anonymous_id", "own_id"])
def test_booleans_link_nobody(type_name, tmp_path):
    store = store_with(tmp_path, {"identifiers": {"own_id": {"normalise": "exact"}}})
    people = file_with(tmp_path, "p.jsonl", "".join(
        json.dumps({"id": i, type_name: i % 2 == 0}) + "\n" for i in range(4)))
    ok("import", store, people, "--source", "s")
    assert answer("stat", store)["profiles"] == 4


@pytest.mark.parametrize("address", [
    "unknown@unknown.com", "no-email@shop.com", "No_Email@shop.com", "NoReply@x.com", "do-not-reply@x.com"])
def test_addresses_of_nobody_link_nobody(address, store, tmp_path):
    people = file_with(tmp_path, "p.csv", f"id,email\n1,{address}\n2,{address}\n")
    ok("import", store, people, "--source", "s")
    assert answer("stat", store)["profiles"] == 2


def test_a_number_that_many_names_show_is_the_shops(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,name,会员号\n" + "".join(
        f"{i},{name},SHOPCARD1\n" for i, name in enumerate(
            ["Ann Lee", "Bob Ray", "Cid Orr", "Dee Fox", "Eve Kay", "Flo Day", "Gus May", "Hal Poe", "Ida Roe", "Jon Sky"])))
    ok("import", store, people, "--source", "s")
    assert answer("stat", store)["profiles"] == 10


def test_a_family_in_nested_json_stays_apart(store, tmp_path):
    people = file_with(tmp_path, "p.jsonl", "".join(json.dumps(
        {"id": name, "customer": {"email": "fam@x.co", "phone": "+442079460958", "first_name": name, "last_name": "Lee"}}
    ) + "\n" for name in ("Ann", "Tom")))
    ok("import", store, people, "--source", "s")
    assert answer("why", store, "s:Ann", "s:Tom")["same"] is False


def test_a_full_table_of_attributes_drops_the_column_and_tells(store, tmp_path):
    for i in range(3):
        wide = file_with(tmp_path, "w.csv", ",".join(["id"] + [f"c{i}_{k}" for k in range(1500)]) + "\n"
                         + ",".join(["1"] + ["x"] * 1500) + "\n")
        said = ok("import", store, wide, "--source", f"s{i}")
        assert "... and 1,401 more" in said
    assert re.search(r"^left out: \d+ values", said, re.M)
    late = file_with(tmp_path, "p.csv", "id,brand_new,email\n1,x,ann@acme-shop.com\n")
    report = answer("import", store, late, "--source", "late")
    assert report["rejected"] == 0 and report["unmapped_values"] == 1
    assert {"column": "brand_new", "attribute": None} in report["mapping"]
    assert answer("profile", store, "--find", "email=ann@acme-shop.com")["found"] is True
    ok("verify", store)


def test_advice_fits_what_is_wrong_with_a_file(store, tmp_path):
    nul = tmp_path / "nul.csv"
    nul.write_bytes(b"id,name\n1,A\0n\n2,Bob\n")
    assert "--encoding" not in ok("import", store, nul, "--source", "s")
    many = file_with(tmp_path, "many.csv", ",".join(["id"] + [f"c{k}" for k in range(2100)]) + "\n")
    said = refused(3, "import", store, many, "--source", "s")
    assert "2048" in said and "put a line" not in said


def values_of(store, *found):
    return [(value["attribute"], value["value"]) for value in answer("profile", store, *found)["values"]]


def test_a_config_may_begin_with_a_byte_order_mark(tmp_path):
    config = file_with(tmp_path, "c.json", '\ufeff{"region": "CN"}')
    store = store_with(tmp_path, None)
    ok("config", store, "--apply", config)
    assert answer("config", store)["region"] == "CN"
    ok("init", tmp_path / "other.kith", "--config", config)
    config.write_text('\ufeff{"regio": "CN"}', encoding="utf-8")
    assert "line 1 column 2" in refused(3, "config", store, "--apply", config)
    config.write_text('\ufeff{"region" "CN"}', encoding="utf-8")
    assert "line 1 column" in refused(3, "config", store, "--apply", config)


def test_map_size_is_kept(tmp_path):
    store = tmp_path / "large.kith"
    people = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example\n")
    ok("init", store, "--map-size", "200G")
    assert answer("stat", store)["map_bytes"] == 200 << 30
    ok("import", store, people, "--source", "a", "--map-size", "300g")
    ok("import", store, people, "--source", "b")
    assert answer("stat", store)["map_bytes"] == 300 << 30
    for size in ("", "12X", "0", "64", "-1", "1.5G", "20000000T"):
        assert "--map-size" in refused(2, "init", tmp_path / "no.kith", f"--map-size={size}")


def test_a_full_store_says_how_to_go_on(tmp_path):
    store = tmp_path / "small.kith"
    people = file_with(tmp_path, "p.csv", "id,note\n" + "".join(f"{i},{'x' * 1000}\n" for i in range(3000)))
    ok("init", store, "--map-size", "1M")
    said = refused(3, "import", store, people, "--source", "a", "--map-size", "1M")
    assert "--map-size of kith import, resolve and settle" in said
    ok("import", store, people, "--source", "a", "--map-size", "100M")


def test_a_file_in_utf16_without_a_mark_is_told(store, tmp_path):
    for ending, encoding in (("csv", "UTF-16LE"), ("csv", "UTF-16BE"), ("jsonl", "UTF-16LE")):
        file = tmp_path / f"p.{ending}"
        text = "id,姓名\n1,王伟\n" if ending == "csv" else '{"id": 1}\n'
        file.write_bytes(text.encode(encoding))
        assert encoding in refused(2, "import", store, file, "--source", "s")
        ok("import", store, file, "--source", "s", "--encoding", encoding)


@pytest.mark.parametrize("text, advice", [
    ('{\n  "id": 1\n}\n', "jq -c ."), ('\n [\n  {"id": 1}]\n', "jq -c '.[]'"), ('[{"id": 1}]\n', "jq -c '.[]'")])
def test_json_that_is_not_in_lines_is_told(text, advice, store, tmp_path):
    assert advice in refused(3, "import", store, file_with(tmp_path, "p.json", text), "--source", "s")


def test_keys_of_json_are_texts_or_whole_numbers(store, tmp_path):
    lines = file_with(tmp_path, "p.jsonl", '{"id": 7.0, "note": "a"}\n{"id": true}\n{"id": 7.5}\n{"id": null}\n')
    said = ok("import", store, lines, "--source", "s")
    assert "line 2: no_key, the key is true or false; it has to be a text or an integer" in said
    assert "line 3: no_key, the key is a number with a fraction" in said
    assert 'line 4: no_key, the key column "id" is empty or missing' in said
    assert ("note", "a") in values_of(store, "--record", "s:7")


def test_several_values_in_a_cell_link_each(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,email,phone,note\n"
                       '1,a@x.example; b@x.example,+442079460958 | +442079460959;,c; d\n'
                       '2,"c@x.example, Ann <d@x.example>",+442079460960;ext=12,\n'
                       '3,"Lee, Ann <e@x.example>",,\n'
                       '4,f@x.example；g@x.example,,\n')
    ok("import", store, people, "--source", "s")
    for find in ("email=a@x.example", "email=b@x.example", "phone=+442079460958", "phone=+442079460959"):
        assert answer("profile", store, "--find", find)["records"] == [{"source": "s", "key": "1"}]
    assert answer("profile", store, "--find", "email=g@x.example")["records"] == [{"source": "s", "key": "4"}]
    assert ("note", "c; d") in values_of(store, "--record", "s:1")
    assert answer("profile", store, "--find", "email=d@x.example")["records"] == [{"source": "s", "key": "2"}]
    assert [value for name, value in values_of(store, "--record", "s:2") if name == "phone"] == ["+442079460960"]
    assert [pair for pair in values_of(store, "--record", "s:3") if pair[0] == "email"] == [("email", "e@x.example")]
    orders = file_with(tmp_path, "o.csv", "email,date,total\na@x.example;b@x.example,2024-01-02,5\n")
    ok("import", store, orders, "--source", "o", "--event", "order")
    assert answer("profile", store, "--find", "email=b@x.example")["events"]["order"]["count"] == 1


def test_a_unique_type_is_never_parted(tmp_path):
    store = store_with(tmp_path, {"identifiers": {"email": {"unique": True}}})
    ok("import", store, file_with(tmp_path, "p.csv", "id,email\n1,a@x.example;b@x.example\n"), "--source", "s")
    assert ("email", "a@x.example;b@x.example") in values_of(store, "--record", "s:1")


SHOPIFY_ORDERS = """Name,Email,Financial Status,Total,Created at,Lineitem name,Billing Name,Billing City,Device ID,Id,Source
#1001,ann@x.example,paid,12.50,2024-01-02 10:00:00 +0100,Tea,Ann Lee,Leeds,77,4501,web
"""


def test_orders_of_shopify(store, tmp_path):
    orders = file_with(tmp_path, "orders.csv", SHOPIFY_ORDERS)
    ok("import", store, orders, "--source", "shop")
    values = values_of(store, "--record", "shop:4501")
    assert {("order_number", "#1001"), ("full_name", "Ann Lee"), ("city", "Leeds"), ("email", "ann@x.example"),
            ("pos_device_id", "77"), ("order_source", "web")} <= set(values)
    ok("import", store, orders, "--source", "shop", "--event", "order")
    event = json.loads(ok("export", store, "events", "--format", "jsonl").splitlines()[0])
    assert "#1001" in json.dumps(event) and '"order_number"' in json.dumps(event)
    assert answer("profile", store, "--find", "email=ann@x.example")["events"]["order"]["sums"]["total"]["sum"] == 12.5


def test_an_import_that_comes_to_nothing_leaves_the_rejects_of_another(store, tmp_path):
    rejects = tmp_path / "rejects.csv"
    bad = file_with(tmp_path, "p.csv", "id,email\n1,a@x.example,more\n2,b@x.example\n")
    ok("import", store, bad, "--source", "s", "--rejects", rejects)
    before = rejects.read_text()
    refused(2, "import", store, bad, "--source", "s", "--rejects", rejects, "--key", "nothing")
    assert rejects.read_text() == before
    refused(2, "import", store, bad, "--source", "s", "--rejects", tmp_path / "new.csv", "--key", "nothing")
    assert not (tmp_path / "new.csv").exists()


def test_the_mapping_tells_where_second_values_of_a_unique_type_went(store, tmp_path):
    lines = file_with(tmp_path, "p.jsonl", '{"id":"1","loyalty_id":"A1","member_no":"B2"}\n')
    said = ok("import", store, lines, "--source", "s")
    assert re.search(r"member_no +→ +member_no$", said, re.M)
    lines.write_text('{"id":"1","loyalty_id":"A1","member_no":"B2"}\n{"id":"2","member_no":"B3"}\n')
    said = ok("import", store, lines, "--source", "s")
    assert re.search(r"member_no +→ +loyalty_id, member_no$", said, re.M)


def test_how_finds_as_profile_does(shop):
    by_value = answer("how", shop, "--find", "email=bob@acme-shop.com")
    assert by_value == answer("how", shop, "--record", "crm:1")
    assert by_value["profiles_found"] == 1
    assert run("how", shop, "--find", "email=nobody@acme-shop.com").returncode == 1
    refused(2, "how", shop, "--find", "email=bob@acme-shop.com", "--record", "crm:1")


def test_a_trait_never_makes_a_second_user_id(store, tmp_path):
    lines = file_with(tmp_path, "s.jsonl", "".join(json.dumps(line) + "\n" for line in [
        {"type": "identify", "userId": "u1", "anonymousId": "x", "traits": {"user_id": 99, "email": "a@x.example"}},
        {"type": "identify", "userId": "u2", "traits": {"userId": "u2", "uid": "u3"}}]))
    ok("import", store, lines, "--source", "web")
    values = values_of(store, "--record", "web:u1")
    assert [value for name, value in values if name == "user_id"] == ["u1"]
    assert ("user_id_2", 99) in values or ("user_id_2", "99") in values
    assert answer("why", store, "web:u1", "web:x")["same"] is True
    values = values_of(store, "--record", "web:u2")
    assert [pair for pair in values if pair[0].startswith("u")] == [("user_id", "u2"), ("uid", "u3")]


def test_a_backup_after_a_killed_one_succeeds(store, tmp_path):
    people = file_with(tmp_path, "p.csv", "id,note\n" + "".join(f"{i},{'x' * 3000}\n" for i in range(20000)))
    ok("import", store, people, "--source", "a")
    copy = tmp_path / "copy.kith"
    partial = tmp_path / "copy.kith.partial"
    first = subprocess.Popen([KITH, "backup", str(store), str(copy)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while first.poll() is None and not (partial.exists() and partial.stat().st_size > 0):
        pass
    first.kill()
    first.wait()
    if not copy.exists():
        assert partial.exists()
        ok("backup", store, copy)
    assert not partial.exists()
    assert ok("check", copy) == "check: no problem found\n"


def test_a_time_out_of_range_is_told_the_range(store, tmp_path):
    years = "years 0000 to 9999"
    assert years in refused(2, "profile", store, "--find", "email=a@x.example", "--now", "12345-01-01")
    orders = file_with(tmp_path, "o.csv", "email,date\na@x.example,12345-01-01\nb@x.example,2024-01-01\n")
    assert years in ok("import", store, orders, "--source", "s", "--event", "order")
    lines = file_with(tmp_path, "s.jsonl", '{"type": "identify", "userId": "1", "timestamp": "12345-01-01"}\n'
                      '{"type": "identify", "userId": "1"}\n')
    assert years in ok("import", store, lines, "--source", "web")


# search and audit.

GIVEN = ["Alice", "Benjamin", "Charlotte", "Daniel", "Eleanor", "Frank", "Gabriel", "Hannah", "Isaac", "Julia"]
FAMILIES = ["Abbott", "Barnes", "Carter", "Dawson", "Ellis", "Foster", "Graham", "Howard", "Ingram", "Jennings"]


def town(count=300):
    """Made-up people; every third has a second record, with another e-mail and a letter wrong."""
    yield "id,given_name,family_name,birth_date,city,email,phone"
    for i in range(count):
        given, family = GIVEN[i % 10], FAMILIES[i // 10 % 10]
        born = f"{1940 + i * 37 % 60}-{1 + i * 5 % 12:02}-{1 + i * 11 % 28:02}"
        city = ["Springfield", "Riverton", "Oakdale"][i % 3]
        yield f"{i},{given},{family},{born},{city},{given}.{family}{i}@mail.example,+1415{2000000 + i * 7919}"
        if i % 3 == 0:
            yield f"{i}b,{given},{family[:-1]}x,{born},{city},new{i}@post.example,"


@pytest.fixture
def learnt(store, tmp_path):
    (tmp_path / "town.csv").write_text("\n".join(town()) + "\n")
    ok("import", store, tmp_path / "town.csv", "--source", "crm", "--key", "id", "--now", "2024-01-01")
    ok("resolve", store, "--now", "2024-01-02")
    return store


def test_search_in_a_store_of_few(tmp_path):
    """Where every value is there once, none of them is a frequent one."""
    store, people = tmp_path / "few.kith", tmp_path / "people.csv"
    people.write_text("id,given_name,family_name,email\n1,Ann,Lee,ann@mail.example\n2,Bob,Miller,bob@mail.example\n"
                      "3,Cat,Stone,cat@mail.example\n4,Dan,Fox,dan@mail.example\n", encoding="utf-8")
    ok("init", store)
    ok("import", store, people, "--source", "crm", "--key", "id")
    ok("resolve", store)
    name = ["given_name=Ann", "family_name=Lee"]
    for query in (name, [*name, "email=ann@mail.example"]):
        best = answer("search", store, *query)["profiles"][0]
        assert best["values"]["given_name"] == ["Ann"] and best["bits"] > -2


def test_search(learnt):
    wanted = answer("profile", learnt, "--record", "crm:30")
    query = ("given_name=Alise", "family_name=Dawson", "birth_date=1970-07-23")
    found = answer("search", learnt, *query)
    assert found["found"] and not found["partial"] and found["compared"] > 0
    best = found["profiles"][0]
    assert best["id"] == wanted["id"]
    assert best["likely"] and best["identifier"] is None and best["bits"] > 0
    assert best["source"] == "crm" and best["record_count"] == wanted["record_count"]
    assert best["values"]["given_name"] == ["Alice"]
    assert best["values"]["birth_date"] == ["1970-07-23"]
    assert [p["bits"] for p in found["profiles"]] == sorted((p["bits"] for p in found["profiles"]), reverse=True)
    text = ok("search", learnt, *query)
    assert re.match(r" *bits +name +birth date +address +contacts +profile$", text.splitlines()[0])
    assert re.search(rf"likely +Alice Dawso\w +1970-07-23 +Springfield .*{wanted['id']}", text.splitlines()[1])
    assert len(answer("search", learnt, *query, "--limit", "1")["profiles"]) == 1


def test_search_by_identifier(learnt):
    wanted = answer("profile", learnt, "--record", "crm:31")
    found = answer("search", learnt, "email=BENJAMIN.Dawson31@mail.example", "given_name=Zoe", "family_name=Other")
    assert found["profiles"][0]["id"] == wanted["id"]
    assert found["profiles"][0]["identifier"] == "email"
    assert "email" in ok("search", learnt, "email=benjamin.dawson31@mail.example").splitlines()[1].split()


@pytest.mark.parametrize("values, unread", [
    (["birth_date=1970-07-23"], []), (["birth_date=1970"], []), (["birth_date=soon"], ["birth_date"]),
    (["birth_date=1970-07"], ["birth_date"]), (["phone=12", "birth_date=soon"], ["birth_date", "phone"]),
    (["email=nobody"], ["email"]), (["language=de"], ["language"]),
])
def test_search_tells_what_it_cannot_read(learnt, values, unread):
    query = ["given_name=Alice", "family_name=Dawson", *values]
    assert sorted(answer("search", learnt, *query)["unread"]) == unread
    text = ok("search", learnt, *query)
    assert text.endswith(f"Not compared, or not of the form of its type: {', '.join(unread)}\n") == bool(unread)


def test_search_of_nobody(learnt):
    done = run("search", learnt, "email=no@body.example", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["found"] is False
    refused(1, "search", learnt, "email=no@body.example")
    for asked in ("email=nobody", "phone=abc"):
        unread = f"too little to search by, and {asked.split('=')[0]} makes no difference: give"
        assert unread in refused(2, "search", learnt, asked)


def test_search_wrong_use(learnt, shop):
    assert "too little" in refused(2, "search", learnt, "family_name=Carter")
    assert "'hat'" in refused(2, "search", learnt, "hat=red")
    assert "did you mean 'birth_date'?" in refused(2, "search", learnt, "birthdate=1970-07-23")
    assert "ATTRIBUTE=VALUE" in refused(2, "search", learnt)
    assert "'Carter'" in refused(2, "search", learnt, "Carter")
    assert "'city='" in refused(2, "search", learnt, "city=")
    assert "--limit" in refused(2, "search", learnt, "city=a", "--limit", "0")


def test_search_and_audit_need_a_model(shop):
    assert "kith resolve" in refused(3, "search", shop, "email=bob@acme-shop.com")
    assert "kith resolve" in refused(3, "audit", shop)


def test_audit_of_nothing_gives_no_figures(learnt, store, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(ok("model", learnt, "--export", "1"))
    empty = tmp_path / "empty.kith"
    ok("init", empty)
    ok("resolve", empty, "--model", path)
    text = ok("audit", empty)
    assert "nothing to audit" in text and "%" not in text
    found = answer("audit", empty)
    assert (found["copies"], found["links"]) == (0, 0)
    assert found["recall"] is found["precision"] is found["f1"] is None
    assert all(attribute["completeness"] is attribute["uniqueness"] is None for attribute in found["attributes"])


def test_audit_of_no_links_has_no_precision(learnt, tmp_path):
    path = tmp_path / "model.json"
    path.write_text(ok("model", learnt, "--export", "1").replace('"link_at_bits": 2.0', '"link_at_bits": 90.0'))
    ok("resolve", learnt, "--model", path)
    found = answer("audit", learnt)
    assert (found["copies"], found["links"], found["recall"]) == (200, 0, 0)
    assert found["precision"] is found["f1"] is None
    assert all(error["precision"] is None for error in found["errors"])
    text = ok("audit", learnt)
    assert "would link none of them" in text
    assert re.search(r"^all +200 +0\.0% +-$", text, re.M)


def test_audit(learnt):
    before = learnt.read_bytes()
    found = answer("audit", learnt)
    assert found["records"] == 400 and found["copies"] == 200 and found["model"] == 1
    assert 0.4 < found["recall"] <= 1 and 0.9 < found["precision"] <= 1
    assert found["right"] == found["found"] <= found["links"]
    assert {error["error"] for error in found["errors"]} >= {"typing error", "value missing", "another e-mail"}
    city = next(a for a in found["attributes"] if a["attribute"] == "city")
    assert (city["records"], city["values"], city["distinct"], city["completeness"]) == (400, 400, 3, 1)
    assert city["top_value"] == "springfield" and city["top_count"] == 200
    phone = next(a for a in found["attributes"] if a["attribute"] == "phone")
    assert phone["records"] == 300 and phone["uniqueness"] == 1
    assert answer("audit", learnt) == found
    text = ok("audit", learnt)
    assert "Of 200 corrupted copies" in text
    assert re.search(r"^typing error +\d+ +[\d.]+% +[\d.]+%$", text, re.M)
    assert re.search(r"^city +100\.0% +400 +0\.8% +50\.0% +springfield$", text, re.M)
    assert learnt.read_bytes() == before


# Segments: whether an expression means something.

def no(*arguments, text=None):
    """The answer is no: the lines that say so."""
    done = run("segment", "check", *arguments, text=text)
    assert done.returncode == 1, (arguments, done.stdout, done.stderr)
    assert done.stderr.startswith("kith: ")
    return done.stderr.splitlines()


def test_segment_check(shop):
    text = "first_name='Ann' or count(order WHERE total>10 LAST 30d) >= 2"
    one_form = "given_name = 'Ann' OR count(order WHERE total > 10 LAST 30d) >= 2"
    assert "did you mean" in no(shop, text.replace("first", "givn"))[0]
    text = text.replace("first", "given")
    assert ok("segment", "check", shop, text) == one_form + "\n\nvalid: it gives a condition, true or false\n"
    assert ok("segment", "check", shop, "count(order)", "--value").endswith("valid: it gives a number\n")
    found = answer("segment", "check", shop, text)
    assert found == {"valid": True, "gives": "condition", "text": one_form, "expression": {"or": [
        {"=": [{"attribute": "given_name"}, "Ann"]},
        {">=": [{"count": {"event": "order", "where": {">": [{"property": "total"}, 10]}, "last": "30d"}}, 2]}]}}
    twin = json.dumps(found["expression"])
    assert answer("segment", "check", shop, "--twin", twin) == found
    assert ok("segment", "check", shop, "--twin", "-", "--to", "text", text=twin) == one_form + "\n"
    assert json.loads(ok("segment", "check", shop, text, "--to", "json")) == found["expression"]


def test_segment_check_wraps_what_is_long(shop):
    parts = [f"given_name = 'Somebody {number}'" for number in range(9)]
    assert ok("segment", "check", shop, " OR ".join(parts), "--to", "text") == "\nOR ".join(parts) + "\n"


def test_segment_check_reads_files(shop, tmp_path):
    file = tmp_path / "vip.txt"
    file.write_text("given_name = 'Ann'\n  AND family_name != 'Ng'\n\n")
    wanted = "given_name = 'Ann' AND family_name != 'Ng'\n"
    assert ok("segment", "check", shop, "--file", file, "--to", "text") == wanted
    assert ok("segment", "check", shop, "--file", "-", "--to", "text", text=file.read_text()) == wanted
    assert ok("segment", "check", shop, "-", "--to", "text", text=file.read_text()) == wanted
    assert "NUL byte" in refused(3, "segment", "check", shop, "-", text="a = 1\0")
    assert "cannot read" in refused(3, "segment", "check", shop, "--file", tmp_path / "none")


def test_segment_check_of_unknown_names(shop):
    text = "nobody = 1 AND did(nothing)"
    assert no(shop, text)[0].startswith("kith: line 1, column 1: the store has no attribute 'nobody'")
    assert ok("segment", "check", shop, text, "--any-name", "--to", "text") == text + "\n"
    assert ok("segment", "check", "--no-store", text, "--to", "text") == text + "\n"


def test_segment_check_tells_the_place(shop):
    done = run("segment", "check", shop, "-", "--json", text="given_name = 'Ann'\n\tAND total > )\n")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["message"].startswith("expected a value or a condition, found )")
    assert (found["valid"], found["position"], found["line"], found["column"]) == (False, 32, 2, 14)
    assert done.stderr == f"kith: line 2, column 14: {found['message']}\n"
    done = run("segment", "check", shop, "--twin", "--json", '{"nand": [true, true]}')
    found = json.loads(done.stdout)
    assert (done.returncode, found["position"], found["line"], found["column"]) == (1, None, None, None)
    assert "/nand: no operator" in found["message"]
    assert no(shop, "--twin", '{\n  "and": [true,, true]}')[1:] == ['    "and": [true,, true]}', " " * 17 + "^"]


@pytest.mark.parametrize("text, line, caret", [
    ("x > )", "x > )", 4),
    ("x >", "x >", 3),
    ("x >\n\n", "x >", 3),
    ("a = 1\r\nAND ) > b\r\nAND c", "AND ) > b", 4),
    ("\ta =\t)", " a = )", 5),
    ("city = 'Zürich' AND )", "city = 'Zürich' AND )", 20),
    ("city = '東京都' AND )", "city = '東京都' AND )", 20),
    ("城市 = )", "城市 = )", 7),
    ("name = 'e\u0301' AND )", "name = 'e\u0301' AND )", 15),
    ("name = '\x1b[31m' AND )", "name = '\ufffd[31m' AND )", 19),
    ("a = 1 AND " * 9 + ") " + "AND b = 2 " * 9,
     "...1 AND a = 1 AND a = 1 AND a = 1 AND ) AND b = 2 AND b = 2 AND b = 2 AND ...", 39),
    ("東 = 1 AND " * 9 + ")", "...ND 東 = 1 AND 東 = 1 AND 東 = 1 AND )", 39),
])
def test_segment_check_draws_a_caret(text, line, caret):
    assert no("--no-store", "-", text=text)[1:] == ["  " + line, "  " + " " * caret + "^"]


def test_segment_check_wrong_use(shop):
    assert "in quotes, behind STORE" in refused(2, "segment", "check", "tag('vip')")
    assert "needs EXPRESSION" in refused(2, "segment", "check", "--no-store")
    assert "with --no-store there is no STORE" in refused(2, "segment", "check", "--no-store", shop, "true")
    assert "not both" in refused(2, "segment", "check", shop, "true", "--file", "x")
    assert "not both" in refused(2, "segment", "check", shop, "true", "--to", "json", "--json")
    assert "--to needs json or text" in refused(2, "segment", "check", shop, "true", "--to", "xml")
    assert "there is no store" in refused(3, "segment", "check", "none.kith", "true")
    assert "no command 'segment chek'" in refused(2, "segment", "chek", shop)
    assert "segment what?" in refused(2, "segment")
    assert "segment check" in ok("segment", "--help")


def test_the_segments_of_the_readme(shop):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Segments: the language"):readme.index("## Versions and copies")]
    expressions = re.findall(r"^\| [^|]+ \| `(.+)` \|$", section, re.M)
    assert len(expressions) == 12
    for expression in expressions:
        found = answer("segment", "check", shop, "--any-name", expression)
        assert (found["text"], found["gives"]) == (expression, "condition")
    told = re.search(r"^\$ kith segment check shop.kith \"(.+)\"\n((?:.+\n)+)```", section, re.M)
    assert "\n".join(no(shop, told.group(1))) + "\n" == told.group(2)
