"""Tables out and in by Arrow's PyCapsule interface. What needs pyarrow or duckdb says so and is skipped without."""

import ctypes
import gc
import threading
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import kith
import pytest
from conftest import NOW


def library(name):
    return pytest.importorskip(name, reason=f"SKIPPED: {name} is not installed, which this test reads tables with")


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


COLUMNS = {
    "name": "given_name",
    "orders": "count(order)",
    "spent": "sum(order.total)",
    "mean": "avg(order.total)",
    "last": "last(order.at)",
    "since": "now - last(order.at)",
    "buys": "did(order)",
    "top": "max(order.total)",
    "born": "birth_date",
}


def ask(txn, where="TRUE", columns=COLUMNS, **more):
    return txn.query(where, columns, now=NOW, **more)


# ---- without any library ----


class Stream(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("get_schema", "get_next", "get_last_error", "release", "private")]


def pointer(capsule):
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get(capsule, b"arrow_array_stream")


def step(stream):
    """What get_next returns, and why; what it gives is released."""
    array = (ctypes.c_int64 * 10)()
    at = ctypes.byref(stream)
    code = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(stream.get_next)(at, array)
    said = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)(stream.get_last_error)(at)
    if code == 0 and array[8]:
        ctypes.CFUNCTYPE(None, ctypes.c_void_p)(array[8])(array)
    return code, array[0], said


def stream_of(table):
    capsule = table.__arrow_c_stream__()
    return capsule, Stream.from_address(pointer(capsule))


def test_capsules_hold_arrow_streams(shop):
    with shop.read() as txn:
        for table in (ask(txn), shop.export_arrow("records", now=NOW)):
            capsule, stream = stream_of(table)
            assert 'object "arrow_array_stream"' in repr(capsule)
            code, rows, said = step(stream)
            assert (code, said) == (0, None) and rows == (2 if isinstance(table, kith.Query) else 3)
            assert step(stream)[0] == 0


def test_a_stream_outlives_its_transaction_and_says_so(shop):
    txn = shop.begin()
    capsule, stream = stream_of(ask(txn))
    txn.abort()
    assert step(stream)[0] == 22 and step(stream)[2] == b"the transaction has ended"
    del capsule
    gc.collect()


def test_a_stream_ends_when_the_transaction_is_reset_or_writes(shop):
    with shop.read() as txn:
        capsule, stream = stream_of(ask(txn))
        txn.reset()
        assert b"was reset" in step(stream)[2]
        txn.renew()
        assert b"was reset" in step(stream)[2]
    with shop.write() as txn:
        capsule, stream = stream_of(ask(txn))
        txn.put("crm", "9", {"given_name": "Cy"}, "2024-05-01")
        assert b"wrote since" in step(stream)[2]
        capsule, stream = stream_of(ask(txn))
        assert step(stream)[:2] == (0, 3)
        del capsule


def test_a_write_transaction_is_read_in_its_own_thread_only(shop):
    with shop.write() as txn:
        capsule, stream = stream_of(ask(txn))
        said = []
        thread = threading.Thread(target=lambda: said.append(step(stream)))
        thread.start()
        thread.join()
        assert b"belongs to the thread" in said[0][2]
        del capsule


def test_an_export_needs_neither_its_object_nor_the_store(path, shop):
    capsule, stream = stream_of(shop.export_arrow("profiles", now=NOW))
    shop.close()
    gc.collect()
    assert step(stream)[:2] == (0, 2)
    with pytest.raises(kith.Misuse):
        shop.export_arrow("profiles", now=NOW).__arrow_c_stream__()
    del capsule


def test_a_closed_query_is_no_table(shop):
    with shop.read() as txn:
        query = ask(txn)
        list(query)
        with pytest.raises(kith.Misuse, match="the query has ended"):
            query.__arrow_c_stream__()
        with pytest.raises(kith.Invalid, match="two columns are called 'count\\(order\\)'"):
            txn.query(None, ["count(order)", "count( order )"], now=NOW).__arrow_c_stream__()
    with pytest.raises(kith.Misuse, match="the transaction has ended"):
        query.__arrow_c_stream__()
    assert isinstance(query, kith.Query) and isinstance(query, kith.Iterator)


def test_only_what_has_a_stream_is_imported(store):
    with pytest.raises(TypeError, match="__arrow_c_stream__"):
        store.import_arrow([{"key": "1"}], "crm", now=NOW)

    class Odd:
        def __arrow_c_stream__(self, requested_schema=None):
            return "no capsule"

    with pytest.raises(ValueError):
        store.import_arrow(Odd(), "crm", now=NOW)


def test_a_store_is_imported_from_another(shop, tmp_path):
    with kith.open(tmp_path / "other.kith", create=True) as other:
        report = other.import_arrow(shop.export_arrow("records", now=NOW), "copy", now=NOW, key="key")
        assert report["format"] == "arrow" and report["row_count"] == 3 and report["added_count"] == 3
        again = other.import_arrow(shop.export_arrow("records", now=NOW), "copy", now=NOW, key="key")
        assert again["unchanged_count"] == 3 and again["added_count"] == 0
        with other.read() as txn:
            assert txn.find("email", "bob@mail.example", NOW).value("given_name") == "Bob"
        with shop.read() as txn:
            told = other.import_arrow(txn.query(None, {"city": "city"}, now=NOW), "ids", now=NOW, key="profile_id")
        assert told["row_count"] == 2


# ---- with pyarrow ----


def test_types_of_a_query(shop):
    pa = library("pyarrow")
    with shop.read() as txn:
        table = pa.table(ask(txn))
    table.validate(full=True)
    assert table.schema == pa.schema([
        ("profile_id", pa.string()),
        ("name", pa.string()),
        ("orders", pa.int64()),
        ("spent", pa.decimal128(38, 6)),
        ("mean", pa.decimal128(38, 6)),
        ("last", pa.timestamp("us", "UTC")),
        ("since", pa.duration("us")),
        ("buys", pa.bool_()),
        ("top", pa.string()),
        ("born", pa.date32()),
    ])
    ann, bob = table.to_pylist()
    assert ann["spent"] == Decimal("49.75") and ann["orders"] == 2 and ann["top"] == "30.25" and ann["buys"]
    assert ann["last"] == day("2024-04-03T10:00:00") and ann["since"] == NOW - ann["last"]
    assert bob["orders"] == 0 and not bob["buys"] and bob["last"] is None and bob["top"] is None


def test_a_table_says_what_the_rows_say(shop):
    pa = library("pyarrow")
    with shop.read() as txn:
        rows = {row["id"]: row["values"] for row in ask(txn)}
        table = pa.table(ask(txn)).to_pylist()
    assert [row["profile_id"] for row in table] == list(rows)
    for row in table:
        values = rows[row["profile_id"]]
        for name in ("name", "orders", "last", "buys", "born"):
            assert row[name] == values[name]
        assert row["since"] is None or row["since"] == timedelta(microseconds=values["since"])


def test_money_is_exact(store):
    pa = library("pyarrow")
    with store.write() as txn:
        for number in range(10):
            txn.event("web", "1", "order", f"2024-01-{number + 1:02}", {"total": 0.1})
        txn.event("web", "1", "order", "2024-02-01", {"total": 90071992547.010101})
    with store.read() as txn:
        spent = pa.table(txn.query(None, {"spent": "sum(order.total)"}, now=NOW))["spent"].to_pylist()
    assert spent == [Decimal("90071992548.010101")]


def test_batches_and_limits(store):
    pa = library("pyarrow")
    rows = 40_000
    store.import_arrow(
        pa.table({"key": pa.array(range(rows)), "city": ["York"] * rows}), "bulk", now=NOW, key="key",
        batch_count=50_000)
    with store.read() as txn:
        reader = pa.RecordBatchReader.from_stream(txn.query("city = 'York'", ["city"], now=NOW))
        sizes = [batch.num_rows for batch in reader]
        assert sizes == [32_768, rows - 32_768]
        assert pa.table(txn.query(None, now=NOW, limit=7)).num_rows == 7
        assert pa.table(txn.query("city = 'Hull'", ["city"], now=NOW)).num_rows == 0
    assert pa.table(store.export_arrow("records", now=NOW)).num_rows == rows


def test_streams_of_one_transaction_wait_for_each_other(shop):
    pa = library("pyarrow")
    counts = []
    with shop.read() as txn:
        readers = [pa.RecordBatchReader.from_stream(ask(txn)) for _ in range(8)]
        threads = [threading.Thread(target=lambda reader=reader: counts.append(reader.read_all().num_rows))
                   for reader in readers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [2] * 8


def test_batches_outlive_all(shop):
    pa = library("pyarrow")
    with shop.read() as txn:
        table = pa.table(ask(txn))
    shop.close()
    gc.collect()
    table.validate(full=True)
    assert sorted(table["name"].to_pylist()) == ["Anne", "Bob"]


@pytest.mark.parametrize("what", ["records", "events", "profiles", "clusters"])
def test_exports(shop, what):
    pa = library("pyarrow")
    table = pa.table(shop.export_arrow(what, now=NOW))
    table.validate(full=True)
    text = shop.export(what, "csv", now=NOW).decode().splitlines()
    assert ",".join(table.column_names) == text[0] and table.num_rows == len(text) - 1
    with pa.ipc.open_stream(shop.export(what, "arrow", now=NOW)) as reader:
        assert reader.read_all().equals(table)


def test_types_of_exports(shop):
    pa = library("pyarrow")
    profiles = pa.table(shop.export_arrow("profiles", now=NOW))
    assert profiles.schema.field("record_count").type == pa.int64()
    assert profiles.schema.field("order.sum.total").type == pa.decimal128(38, 6)
    assert profiles.schema.field("order.first").type == pa.timestamp("us", "UTC")
    events = pa.table(shop.export_arrow("events", now=NOW))
    assert events.schema.field("total").type == pa.float64() and events.schema.field("items").type == pa.int64()
    with shop.write() as txn:
        txn.event("crm", "1", "order", "2024-05-01", {"total": "free", "items": [1, 2]})
    events = pa.table(shop.export_arrow("events", now=NOW))
    assert events["total"].to_pylist() == [None, "free", "19.5", "30.25"]
    assert events["items"].to_pylist() == [None, "[1,2]", "2", "1"]


def test_what_definitions_say_is_exported(shop):
    pa = library("pyarrow")
    with shop.write() as txn:
        txn.put_trait("orders", "count(order)", "2024-01-01")
        txn.define_score("size", {"kind": "rules", "rules": [{"name": "big", "when": "count(order) > 1"}]}, "2024-01-01")
        txn.define_score("warm", {"kind": "points", "rules": [
            {"name": "orders", "events": "order", "points": 10, "half_life_days": 30}]}, "2024-01-01")
        txn.put_segment("buyers", "score('size') = 'big'", "2024-01-01")
    shop.settle(NOW)
    profiles = pa.table(shop.export_arrow("profiles", now=NOW))
    kept = [name for name in profiles.column_names if name.startswith(("trait.", "score.", "segment."))]
    assert kept == ["trait.orders", "score.size.name", "score.warm.points", "segment.buyers"]
    assert [profiles.schema.field(name).type for name in kept] == [pa.int64(), pa.string(), pa.float64(), pa.bool_()]
    with shop.read() as txn:
        for row in profiles.to_pylist():
            profile = txn.get(row["profile_id"], NOW)
            said = {f"score.{score}.{output}": value for score, outputs in profile.score_values.items()
                    for output, value in outputs.items()}
            said |= {"trait.orders": profile.trait("orders"), "segment.buyers": profile.in_segment("buyers")}
            assert {name: row[name] for name in kept if row[name] is not None} == said


def people(pa):
    return pa.table({
        "customer_id": pa.array(["1", "2", None, "4"], pa.large_string()),
        "email": pa.array(["a@x.example", "b@x.example", "c@x.example", "d@x.example"], pa.string_view()),
        "city": pa.array(["York", None, "Hull", "York"]).dictionary_encode(),
        "birth_date": pa.array([date(1980, 1, 2), date(1990, 5, 6), None, None], pa.date64()),
        "points": pa.array([1, 2, 3, None], pa.uint16()),
        "rating": pa.array([1.5, float("nan"), 2.0, None], pa.float32()),
        "member": pa.array([True, None, False, True]),
        "limit": pa.array([Decimal("12.30"), None, Decimal("1"), Decimal("0.05")], pa.decimal128(10, 2)),
        "seen": pa.array([day("2024-01-02T03:04:05")] * 4, pa.timestamp("ns", "Europe/Paris")),
        "nothing": pa.nulls(4),
    })


def test_types_of_an_import(store):
    pa = library("pyarrow")
    rejected = []
    report = store.import_arrow(people(pa), "crm", now=NOW, rejects=rejected.append)
    assert (report["row_count"], report["added_count"], report["rejected_count"]) == (4, 3, 1)
    assert report["key"] == "customer_id" and report["columns"]["email"] == "email"
    assert rejected[0]["line"] == 3 and rejected[0]["reason"] == "no_key"
    assert rejected[0]["text"].startswith(",c@x.example,Hull,,3,2.0,false,1.0,2024-01-02T03:04:05Z")
    with store.read() as txn:
        said = txn.record("crm", "1")["attributes"]
        other = txn.record("crm", "2")["attributes"]
    assert said["birth_date"] == date(1980, 1, 2) and said["city"] == "York" and said["points"] == 1
    assert said["rating"] == 1.5 and said["member"] is True and said["limit"] == 12.3
    assert said["seen"] == day("2024-01-02T03:04:05") and "nothing" not in said
    assert "rating" not in other and "city" not in other and "member" not in other


def test_twice_is_once(store):
    pa = library("pyarrow")
    orders = pa.table({
        "customer_id": [1, 1, 2],
        "time": pa.array([day("2024-01-02"), day("2024-01-03"), day("2024-01-04")], pa.timestamp("s")),
        "total": pa.array([Decimal("19.99"), Decimal("0.01"), None], pa.decimal128(12, 2)),
    })
    for added in (3, 0):
        report = store.import_arrow(orders, "web", now=NOW, key="customer_id", event="order", time="time")
        assert report["events"]["added"] == added and report["events"]["unchanged"] == 3 - added
    with store.read() as txn:
        row, _ = txn.query(None, {"spent": "sum(order.total)", "n": "count(order)"}, now=NOW)
        assert row["values"] == {"spent": 20, "n": 2}


def test_a_date_is_a_time_and_a_time_a_date(store):
    """pandas has no dates, and DuckDB's events may have days only."""
    pa = library("pyarrow")
    table = pa.table({"id": ["1"], "birth_date": pa.array([day("1980-01-02")], pa.timestamp("ns"))})
    store.import_arrow(table, "crm", now=NOW, key="id")
    visits = pa.table({"id": ["1"], "day": [date(2024, 1, 2)]})
    store.import_arrow(visits, "crm", now=NOW, key="id", event="visit", time="day")
    with store.read() as txn:
        assert txn.profile_of("crm", "1", NOW).value("birth_date") == date(1980, 1, 2)
        assert next(txn.events("crm", "1"))["time"] == day("2024-01-02")


@pytest.mark.parametrize("made, said", [
    (lambda pa: pa.array([["a"]]), "a list"),
    (lambda pa: pa.array([{"a": 1}]), "a struct"),
    (lambda pa: pa.array([b"a"]), "binary"),
    (lambda pa: pa.array([timedelta(1)]), "a duration"),
    (lambda pa: pa.array([Decimal("1.5")], pa.decimal256(50, 2)), "a decimal that isn't of 128 bits"),
])
def test_types_that_are_not_imported(store, made, said):
    pa = library("pyarrow")
    table = pa.table({"id": ["1"], "odd": made(pa)})
    with pytest.raises(kith.Invalid, match=f'column "odd" is of a type that isn\'t imported, {said}'):
        store.import_arrow(table, "crm", now=NOW, key="id")
    with store.read() as txn:
        assert txn.stat()["record_count"] == 0
    assert store.import_arrow(table, "crm", now=NOW, key="id", map={"odd": None})["added_count"] == 1


def test_bad_values_reject_their_rows(store):
    pa = library("pyarrow")
    rejected = []
    table = pa.table({
        "id": ["1", "2", "3", "4"],
        "size": [1.0, float("inf"), 2.0, 3.0],
        "seen": pa.array([0, 0, 2**60, 0], pa.timestamp("s")),
        "note": ["a", "b", "c", "d\0e"],
    })
    report = store.import_arrow(table, "crm", now=NOW, key="id", rejects=rejected.append)
    assert report["added_count"] == 1
    assert [(row["line"], row["reason"]) for row in rejected] == [(2, "bad_value"), (3, "bad_value"), (4, "encoding")]
    assert "infinite" in rejected[0]["detail"] and '"seen" is of none of the years' in rejected[1]["detail"]


def test_sliced_tables_are_read_where_they_begin(store):
    pa = library("pyarrow")
    table = people(pa)
    sliced = pa.Table.from_batches([batch.slice(1, 1) for batch in table.to_batches()])
    store.import_arrow(sliced, "crm", now=NOW)
    with store.read() as txn:
        assert txn.record("crm", "2")["attributes"]["birth_date"] == date(1990, 5, 6)
        assert txn.stat()["record_count"] == 1


def test_a_stream_that_fails_is_told(store):
    pa = library("pyarrow")
    schema = pa.schema([("id", pa.string())])

    def batches():
        yield pa.record_batch([["1", "2"]], schema=schema)
        raise RuntimeError("the line went dead")

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    with pytest.raises(kith.Error, match="the Arrow stream fails to give its next batch: .*the line went dead"):
        store.import_arrow(reader, "crm", now=NOW, key="id")


def test_progress_is_told_of_rows_and_stops(store):
    pa = library("pyarrow")
    table = pa.table({"id": [str(number) for number in range(3000)]})
    with pytest.raises(kith.Interrupted):
        store.import_arrow(table, "crm", now=NOW, key="id", progress=lambda phase, done, total, rows: done < 2000)


# ---- with duckdb ----


def test_duckdb_queries_a_query(shop):
    library("pyarrow")
    duckdb = library("duckdb")
    with shop.read() as txn:
        people = ask(txn)  # noqa: F841: the question names it
        found = duckdb.sql("SELECT name, orders, spent FROM people WHERE spent > 10").fetchall()
        assert found == [("Anne", 2, Decimal("49.750000"))]
        left, right = ask(txn), ask(txn)  # noqa: F841
        joined = duckdb.sql('SELECT count(*) FROM "left" JOIN "right" USING (profile_id)').fetchall()
        assert joined == [(2,)]
    profiles = shop.export_arrow("profiles", now=NOW)  # noqa: F841
    assert duckdb.sql('SELECT sum("order.sum.total") FROM profiles').fetchall() == [(Decimal("49.750000"),)]


def test_duckdb_fills_a_store(store):
    library("pyarrow")
    duckdb = library("duckdb")
    relation = duckdb.sql("SELECT i AS customer_id, 'York' AS city, sum(i) OVER () AS total, "
                          "DATE '2024-01-01' AS day FROM range(5) t(i)")
    report = store.import_arrow(relation, "duck", now=NOW, key="customer_id", event="order", time="day")
    assert report["events"]["added"] == 5
    with store.read() as txn:
        assert txn.count("sum(order.total) = 10", NOW) == 5
