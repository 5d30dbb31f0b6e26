"""Files in and out, what is told on the way, and how to stop."""

import io
import json
import signal
import threading
import time

import kith
import pytest


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "id,First Name,Email,Note\n1,Ann,ann@mail.example,x\n2,Bob,bob@mail.example\n3,Ann,ANN@mail.example,y\n,Nobody,,\n"
    )
    return file


@pytest.fixture
def many(tmp_path):
    file = tmp_path / "many.csv"
    with file.open("w") as out:
        out.write("id,email,city\n")
        for i in range(60_000):
            out.write(f"{i},person{i}@mail.example,Leeds\n")
    return file


def test_import(store, people, now):
    report = store.import_file(people, "crm", now=now, key="id", map={"Note": None, "First Name": "given_name"})
    assert report["row_count"] == 4 and report["added_count"] == 2 and report["rejected_count"] == 2
    assert {name: n for name, n in report["rejected_by_reason"].items() if n} == {"column_count": 1, "no_key": 1}
    assert (report["format"], report["key"]) == ("csv", "id")
    assert report["columns"]["Note"] is None and report["columns"]["First Name"] == "given_name"
    assert report["columns"]["Email"] == "email"
    assert report["settled_count"] == 1 and store.stat()["dirty_profile_count"] == 0
    again = store.import_file(str(people), source="crm", now=now, key="id", map="Note=,First Name=given_name")
    assert again["unchanged_count"] == 2 and again["added_count"] == 0
    with store.read() as txn:
        assert txn.find("email", "ann@mail.example", now).record_count == 2


def test_import_of_orders_that_are_sent_again(store, tmp_path, now):
    file = tmp_path / "orders.csv"
    file.write_text("customer,date,order_id\n1,05/03/2024,A\n1,25/03/2024,B\n1,06/03/2024,A\n")
    report = store.import_file(
        file, "shop", now=now, event="order", key="customer", message_id="order_id", dates="mdy")
    assert report["columns"]["order_id"] == "(message id)" and store.stat()["event_count"] == 2
    assert report["mixed_dates"] == [
        {"column": "date", "month_first": True, "either_count": 2, "first_either_line": 2, "other_count": 1,
         "first_other_line": 3}]
    assert report["tied_count"] == report["generic_count"] == 0 and report["generic_values"] == []
    with pytest.raises(TypeError, match="map is a str or a mapping"):
        store.import_file(file, "shop", now=now, map=5)


def test_import_without_settling(store, people, now):
    assert store.import_file(people, "crm", now=now, settle=False)["settled_count"] == 0
    assert store.stat()["dirty_profile_count"] > 0


def test_rejects_to_a_callable(store, people, now):
    rejects = []
    store.import_file(people, "crm", now=now, key="id", rejects=rejects.append)
    assert [(reject["line"], reject["reason"]) for reject in rejects] == [(3, "column_count"), (5, "no_key")]
    assert rejects[0]["text"].startswith("2,Bob") and rejects[0]["detail"]


def test_rejects_to_a_file(store, people, now, tmp_path):
    store.import_file(people, "crm", now=now, key="id", rejects=tmp_path / "rejects.csv")
    assert "column_count" in (tmp_path / "rejects.csv").read_text()


def test_import_events(store, tmp_path, now):
    orders = tmp_path / "orders.jsonl"
    rows = [{"customer": "1", "when": "2024-01-02", "total": 5}, {"customer": "1", "when": "2024-01-03", "total": 7}]
    orders.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = store.import_file(orders, "shop", now=now, event="order", key="customer", time="when", format="jsonl")
    assert report["added_count"] == 2
    with store.read() as txn:
        assert [event["properties"]["total"] for event in txn.events("shop", "1")] == [5, 7]


def test_import_in_another_encoding(store, tmp_path, now):
    file = tmp_path / "members.csv"
    file.write_bytes("\u4f1a\u5458\u53f7,\u59d3\u540d,\u57ce\u5e02\n7,\u674e\u660e,\u5317\u4eac\n".encode("gb18030"))
    assert "18030" in store.import_file(file, "erp", now=now)["encoding"].replace("-", "")
    with store.read() as txn:
        (record,) = txn.records()
    assert record["attributes"]["city"] == "\u5317\u4eac"


def test_wrong_imports(store, people, tmp_path, now):
    with pytest.raises(kith.NotFound):
        store.import_file(tmp_path / "none.csv", "crm", now=now)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(kith.Invalid):
        store.import_file(tmp_path / "empty.csv", "crm", now=now)
    with pytest.raises(kith.Invalid):
        store.import_file(people, "crm", now=now, key="no such column")
    with pytest.raises(TypeError, match="needs the argument 'now'"):
        store.import_file(people, "crm")
    with pytest.raises(ValueError, match="format is one of auto, csv, jsonl, segment, not 'xml'"):
        store.import_file(people, "crm", now=now, format="xml")
    with pytest.raises(TypeError, match="progress must be callable"):
        store.import_file(people, "crm", now=now, progress=3)
    with pytest.raises(ValueError, match="comma"):
        store.import_file(people, "crm", now=now, map={"a,b": "email"})
    with pytest.raises(TypeError, match="map holds names as str"):
        store.import_file(people, "crm", now=now, map={"a": 3})
    with pytest.raises(ValueError, match="batch_count"):
        store.import_file(people, "crm", now=now, batch_count=2**32)
    assert store.stat()["record_count"] == 0


def test_progress(store, many, now):
    steps = []
    store.import_file(many, "crm", now=now, progress=lambda *step: steps.append(step))
    imports = [step for step in steps if step[0] == "import"]
    assert len(imports) > 1 and imports == sorted(imports)
    assert imports[-1][2] == many.stat().st_size


def test_progress_says_stop(store, many, now):
    def stop(phase, done, total, rows):
        return rows < 25_000

    with pytest.raises(kith.Interrupted) as caught:
        store.import_file(many, "crm", now=now, key="id", batch_count=10_000, progress=stop)
    kept = store.stat()["record_count"]
    assert 10_000 <= kept < 60_000
    assert caught.value.report["added_count"] == kept and caught.value.code == -11
    report = store.import_file(many, "crm", now=now, key="id")
    assert report["unchanged_count"] == kept and report["added_count"] == 60_000 - kept


def test_exceptions_of_callbacks_come_through(store, people, many, now, tmp_path):
    class Stop(Exception):
        pass

    def fail(*_):
        raise Stop("here")

    with pytest.raises(Stop, match="here"):
        store.import_file(many, "crm", now=now, progress=fail)
    with pytest.raises(Stop):
        store.import_file(people, "crm", now=now, key="id", rejects=fail)
    with pytest.raises(Stop):
        store.export("records", now=now, write=fail)
    store.import_file(many, "crm", now=now, settle=False)
    with pytest.raises(Stop):
        store.settle(now, progress=fail)
    with pytest.raises(Stop):
        store.verify(now, progress=fail)
    with pytest.raises(Stop):
        store.backup(tmp_path / "copy.kith", progress=fail)
    assert not (tmp_path / "copy.kith").exists()
    with pytest.raises(Stop):
        kith.check(store.path, progress=fail)


def test_keyboard_interrupt_stops_an_import(store, many, now):
    rows_seen = []

    def press(phase, done, total, rows):
        rows_seen.append(rows)
        if len(rows_seen) == 1:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        store.import_file(many, "crm", now=now, batch_count=1000, progress=press)
    assert store.stat()["record_count"] < 60_000


def test_signal_from_outside_stops_an_import(store, many, now):
    """No callback of Python's is at work: the binding itself must look for signals."""

    class Alarm(Exception):
        pass

    def ring(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(Alarm):
            while True:
                store.import_file(many, "crm", now=now, batch_count=1000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_callback_may_close_the_store(store, many, now):
    report = store.import_file(many, "crm", now=now, progress=lambda *_: store.close())
    assert report["added_count"] == 60_000
    with pytest.raises(kith.Misuse):
        store.stat()


def test_a_callback_may_read_but_not_write(store, many, now):
    counts = []

    def read(*_):
        counts.append(store.stat()["record_count"])
        with pytest.raises(kith.Misuse, match="holds a write transaction"):
            store.write()

    store.import_file(many, "crm", now=now, progress=read)
    assert counts[-1] == 60_000 and counts == sorted(counts)

    def write(*_):
        with store.write() as txn:
            txn.put("crm", "settled", {"city": "Leeds"}, now)

    store.import_file(many, "shop", now=now, settle=False)
    store.settle(now, budget=20_000, progress=write)
    assert store.stat()["record_count"] == 120_001


def test_threads_run_during_an_import(store, many, now):
    ticks = 0
    done = threading.Event()

    def count():
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    store.import_file(many, "crm", now=now)
    done.set()
    thread.join()
    assert ticks > 20


def test_export(shop, now, tmp_path):
    clusters = shop.export("clusters", now=now)
    lines = clusters.decode().splitlines()
    assert lines[0] == "source,key,profile_id" and len(lines) == 4
    for what in ("records", "events", "profiles", "clusters"):
        rows = [json.loads(line) for line in shop.export(what, "jsonl", now=now).splitlines()]
        assert len(rows) == {"records": 3, "events": 3, "profiles": 2, "clusters": 3}[what]
        kept = io.BytesIO()
        assert shop.export(what, format="csv", now=now, write=kept) is None
        chunks = []
        shop.export(what, now=now, write=chunks.append)
        assert kept.getvalue() == b"".join(chunks) == shop.export(what, now=now)
    with open(tmp_path / "out.csv", "wb") as file:
        shop.export("clusters", now=now, write=file)
    assert (tmp_path / "out.csv").read_bytes() == clusters


def test_wrong_exports(shop, now):
    with pytest.raises(ValueError, match="what is one of records, events, profiles, clusters, not 'all'"):
        shop.export("all", now=now)
    with pytest.raises(ValueError, match="format is one of csv, jsonl"):
        shop.export("records", "segment", now=now)
    with pytest.raises(TypeError, match="write must be a binary file or a callable"):
        shop.export("records", now=now, write=7)
    with pytest.raises(TypeError):
        shop.export("records", now=now, write=io.StringIO())


def test_records_survive_a_round_trip(shop, now, tmp_path):
    file = tmp_path / "records.jsonl"
    with file.open("wb") as out:
        shop.export("records", "jsonl", now=now, write=out)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert {(row["source"], row["key"]) for row in rows} == {("crm", "1"), ("crm", "2"), ("web", "77")}
