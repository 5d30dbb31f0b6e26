"""Threads and processes: readers beside a writer, one writer at a time, and what fork forbids."""

import os
import sys
import threading

import kith
import pytest


def run(*functions):
    """Runs each in a thread of its own; the first exception is raised again."""
    failures = []

    def guarded(function):
        try:
            function()
        except BaseException as failure:  # noqa: B902
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_readers_beside_a_writer(store, now):
    done = threading.Event()

    def write():
        try:
            for batch in range(10):
                with store.write() as txn:
                    for i in range(100):
                        txn.put("crm", f"{batch}-{i}", {"email": f"p{i}@mail.example", "batch": batch}, batch)
        finally:
            done.set()

    def read():
        while not done.is_set():
            with store.read() as txn:
                counts = {profile.record_count for profile in txn.profiles(now)}
                assert len(counts) <= 1, counts  # whole batches only
                found = txn.find("email", "p7@mail.example", now)
                assert found is None or {found.record_count} == counts

    run(write, read, read, read)
    assert store.stat()["record_count"] == 1000


def test_writers_wait_for_each_other(store):
    def write(name):
        for i in range(50):
            with store.write() as txn:
                txn.put(name, str(i), {"city": "Leeds"}, i)

    run(*(lambda name=name: write(name) for name in "abcd"))
    assert store.stat()["record_count"] == 200


def test_write_transaction_stays_in_its_thread(store):
    txn = store.write()

    def use():
        for call in (lambda: txn.put("crm", "1", {}, 0), txn.commit, txn.abort):
            with pytest.raises(kith.Misuse, match="belongs to the thread that began it"):
                call()

    run(use)
    txn.put("crm", "1", {"city": "Leeds"}, 0)
    txn.commit()
    assert store.stat()["record_count"] == 1


def test_read_transaction_may_change_threads(shop, now):
    txn = shop.read()
    run(lambda: txn.find("email", "bob@mail.example", now).to_dict())
    run(txn.abort)
    assert txn.ended


def test_store_closed_by_another_thread(store, tmp_path, now):
    file = tmp_path / "many.csv"
    file.write_text("id,email\n" + "".join(f"{i},p{i}@mail.example\n" for i in range(20_000)))
    begun = threading.Event()

    def close():
        begun.wait()
        store.close()

    def work():
        report = store.import_file(file, "crm", now=now, progress=lambda *_: begun.set())
        assert report["added_count"] == 20_000

    run(work, close)
    with kith.open(store.path) as again:
        assert again.stat()["record_count"] == 20_000


def in_child(function):
    """Whether the function runs without an exception in a forked child."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function()
            code = 0
        except BaseException as failure:  # noqa: B902
            os.write(2, f"{failure!r}\n".encode())
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_fork(shop, now, path):
    txn = shop.read()
    profile = txn.find("email", "bob@mail.example", now)

    def child():
        for call in (shop.read, shop.write, shop.stat, lambda: txn.record("crm", "1"),
                     lambda: txn.find("email", "bob@mail.example", now), lambda: shop.settle(now)):
            with pytest.raises(kith.Misuse, match="fork"):
                call()
        txn.abort()
        shop.close()

    assert in_child(child)
    assert profile.value("given_name") == "Bob"
    txn.abort()
    with shop.write() as txn:
        txn.put("crm", "3", {"city": "Leeds"}, 0)


def test_a_child_may_open_it_anew(shop, now, path):
    def child():
        with kith.open(path) as store, store.write() as txn:
            txn.put("crm", "child", {"city": "Leeds"}, 0)

    assert in_child(child)
    with shop.read() as txn:
        assert txn.record("crm", "child") is not None
