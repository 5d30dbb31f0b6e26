"""Opening, closing and the care of a store; every error has its class, code and text."""

import json
import os

import kith
import pytest


def test_create_and_open(path):
    with kith.open(path, create=True) as store:
        assert store.path == str(path) and not store.closed
        assert repr(store) == f"<kith.Store {str(path)!r}>"
    assert store.closed and repr(store).endswith(", closed>")
    with kith.open(str(path)), kith.open(os.fsencode(path)):
        pass
    with kith.open(path, create=True) as store:
        assert store.stat()["record_count"] == 0


def test_open_what_is_not_there(path):
    with pytest.raises(kith.NotFound) as caught:
        kith.open(path)
    assert isinstance(caught.value, LookupError)
    assert (caught.value.code, caught.value.code_name) == (-1, "KITH_NOT_FOUND")
    assert caught.value.position is None
    assert str(path) in str(caught.value)


def test_create_new_refuses_what_is_there(path):
    kith.open(path, create_new=True).close()
    with pytest.raises(kith.Exists) as caught:
        kith.open(path, create_new=True)
    assert isinstance(caught.value, FileExistsError)
    assert caught.value.code == -12


def test_open_what_is_no_store(path):
    path.write_text("source,key\ncrm,1\n" * 1000)
    with pytest.raises(kith.Corrupt) as caught:
        kith.open(path)
    assert caught.value.code_name == "KITH_CORRUPT"


def test_read_only(path):
    kith.open(path, create=True).close()
    with kith.open(path, read_only=True) as store:
        with store.read() as txn:
            assert txn.stat()["record_count"] == 0
        with pytest.raises(kith.ReadOnly):
            store.write()


def test_wrong_calls(path):
    for call, text in [
        (lambda: kith.open(), "open() needs the argument 'path'"),
        (lambda: kith.open(path, True), "open() takes 1 arguments by position, not 2"),
        (lambda: kith.open(path, new=True), "open() got an unexpected argument 'new'"),
        (lambda: kith.open(path, path=path), "open() got argument 'path' twice"),
        (lambda: kith.open(path, config=3), "config must be a dict or JSON text, not 3"),
        (lambda: kith.open(path, map_size_bytes="1"), "map_size_bytes must be int, not str"),
    ]:
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == text
    with pytest.raises(ValueError, match="map_size_bytes"):
        kith.open(path, map_size_bytes=-1)
    with pytest.raises(ValueError, match="max_readers must be between 0 and 65535"):
        kith.open(path, max_readers=65536)
    with pytest.raises(ValueError):
        kith.open("a\0b")
    with pytest.raises(TypeError):
        kith.open(7)


def test_max_readers(path):
    with kith.open(path, create=True, max_readers=1) as store, store.read() as one:
        with pytest.raises(kith.Busy):
            store.read()
        assert one.stat()["reader_count"] == 1


def test_readers_that_ended_are_not_counted(path):
    with kith.open(path, create=True) as store:
        readers = [store.read() for _ in range(9)]
        assert store.stat()["reader_count"] == 10
        for reader in readers:
            reader.abort()
        assert store.stat()["reader_count"] == 1


def test_a_map_that_cannot_be_had_is_named(path):
    with pytest.raises(kith.Error, match="a map of 4611686018427387904 bytes; a smaller map_size_bytes"):
        kith.open(path, create=True, map_size_bytes=2**62)


def test_closed_store_refuses(shop, now):
    shop.close()
    shop.close()
    for call in (shop.read, shop.write, shop.stat, shop.config, lambda: shop.verify(now), lambda: shop.settle(now),
                 lambda: shop.export("records", now=now), lambda: shop.backup("x"), lambda: shop.evaluate("x"),
                 lambda: shop.import_file("x", "s", now=now), shop.__enter__):
        with pytest.raises(kith.Misuse, match="the store is closed"):
            call()


def test_transaction_outlives_the_store(shop, now):
    txn = shop.read()
    shop.close()
    assert txn.find("email", "bob@mail.example", now).value("given_name") == "Bob"
    txn.abort()


def test_transaction_keeps_its_store(path, now):
    txn = kith.open(path, create=True).write()
    txn.put("crm", "1", {"email": "amy@mail.example"}, 0)
    txn.commit()
    with kith.open(path) as store, store.read() as txn:
        assert txn.store is store and not txn.writable
        assert txn.record("crm", "1")["attributes"] == {"email": "amy@mail.example"}


def test_config_round_trip(store):
    definitions = store.config()
    assert isinstance(definitions, dict) and "identifiers" in json.dumps(definitions)
    store.apply_config(json.dumps(definitions))
    store.apply_config(definitions)
    assert store.config() == definitions
    with store.write() as txn:
        txn.apply_config({})
        assert txn.config() == definitions


def test_wrong_config_has_a_position(store, path, tmp_path):
    with pytest.raises(kith.Invalid) as caught:
        store.apply_config('{"attributes": [}')
    assert caught.value.position is not None and caught.value.code == -2
    assert isinstance(caught.value, ValueError)
    with pytest.raises(kith.Invalid):
        store.apply_config({"no such section": 1})
    with pytest.raises(kith.Invalid):
        kith.open(tmp_path / "other.kith", create=True, config="{")
    with pytest.raises(TypeError):
        store.apply_config(7)
    with store.read() as txn, pytest.raises(kith.ReadOnly):
        txn.apply_config({})


def test_stat(shop):
    stat = shop.stat()
    assert (stat["record_count"], stat["profile_count"], stat["event_count"]) == (3, 2, 3)
    assert stat["file_bytes"] > 0 and stat["source_count"] == 2
    with shop.read() as txn:
        assert txn.stat()["link_count"] == stat["link_count"]


def test_settle(shop, now):
    seen = []
    assert shop.stat()["dirty_profile_count"] > 0
    done = shop.settle(now, progress=lambda *step: seen.append(step))
    assert done["settled_count"] == 2 and done["remaining_count"] == 0
    assert seen[-1] == ("settle", 2, 2, 0)
    assert shop.stat()["dirty_profile_count"] == 0
    assert shop.settle(now)["settled_count"] == 0


def test_settle_with_a_budget(shop, now):
    first = shop.settle(now, budget=1)
    assert (first["settled_count"], first["remaining_count"]) == (1, 1)
    with shop.write() as txn:
        assert txn.settle(now, 1)["remaining_count"] == 0
    with shop.read() as txn:
        assert not txn.find("email", "bob@mail.example", now).computed
        with pytest.raises(kith.ReadOnly):
            txn.settle(now)


def test_verify_check_and_backup(shop, now, path, tmp_path):
    shop.settle(now)
    phases = set()
    assert shop.verify(now, progress=lambda phase, *_: phases.add(phase)) == []
    copy = tmp_path / "copy.kith"
    shop.backup(copy, progress=lambda phase, *_: phases.add(phase))
    assert phases <= {"verify", "backup"}
    with pytest.raises(kith.Exists):
        shop.backup(copy)
    assert kith.check(copy) == []
    with kith.open(copy) as other:
        assert other.export("clusters", now=now) == shop.export("clusters", now=now)
    with pytest.raises(kith.NotFound):
        kith.check(tmp_path / "none.kith")


def test_check_tells_the_damage(shop, path):
    shop.close()
    with open(path, "r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * (path.stat().st_size - 2 * 4096))
    problems = kith.check(path)
    assert problems and all(isinstance(problem, str) for problem in problems)


def test_evaluate(shop, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text("source,key,entity\ncrm,1,A\nweb,77,A\ncrm,2,A\ncrm,9,B\n")
    found = shop.evaluate(truth)
    assert (found["record_count"], found["missing_count"]) == (3, 1)
    assert found["pairwise"]["precision"] == 1 and found["pairwise"]["recall"] == pytest.approx(1 / 3)
    assert set(found["bcubed"]) == {"precision", "recall", "f1"}
    assert found["under_merge_count"] == 2 and len(found["under_merges"]) == 2
    assert ("crm", "2") in (found["under_merges"][0]["a"], found["under_merges"][0]["b"])
    with pytest.raises(kith.NotFound):
        shop.evaluate(tmp_path / "none.csv")


def test_evaluate_tells_how_far_it_is_and_stops(shop, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text("source,key,entity\ncrm,1,A\nweb,77,A\n")
    seen = []
    shop.evaluate(truth, progress=lambda phase, done, total, rows: seen.append((phase, done, total)))
    assert list(dict.fromkeys(phase for phase, *_ in seen)) == ["truth", "records", "pairs"]
    assert ("records", 0, 2) in seen
    with pytest.raises(kith.Interrupted):
        shop.evaluate(truth, progress=lambda *_: False)
    with pytest.raises(ZeroDivisionError):
        shop.evaluate(truth, progress=lambda *_: 1 / 0)


def test_two_handles_of_one_file(path, now):
    with kith.open(path, create=True) as one, kith.open(path) as two:
        with one.write() as txn:
            txn.put("crm", "1", {"email": "amy@mail.example"}, 0)
        with two.read() as txn:
            assert txn.find("email", "amy@mail.example", now).record_count == 1


def test_full(path):
    with kith.open(path, create=True, map_size_bytes=1 << 20) as store:
        with pytest.raises(kith.Full):
            with store.write() as txn:
                for i in range(2000):
                    txn.put("crm", str(i), {"note": "x" * 4000}, 0)
        assert store.stat()["record_count"] == 0
