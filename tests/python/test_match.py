"""Links that need no shared key: resolve, pairs in bits, blame, review, search, evaluate and audit."""

import threading
import time

import kith
import pytest

A, B = ("crm", "3"), ("shop", "3")  # one person, whose surname has a slip


def test_resolve(people, now):
    phases = []
    done = people.resolve(now, threads=2, progress=lambda phase, done, total, rows: phases.append(phase))
    assert done["record_count"] == 200 and done["model_version"] == 1 and done["trained"] is True
    assert done["compared_count"] >= done["scored_count"] > 0
    assert set(done["settled"]) == {"settled_count", "packed_count", "remaining_count"}
    assert done["settled"]["remaining_count"] == 0
    assert {"train", "compare", "settle"} <= set(phases)
    with people.read() as txn:
        assert set(txn.profile_of(*B, now).records) == {A, B}
    again = people.resolve(now=now)
    assert (again["model_version"], again["trained"]) == (1, False)
    assert people.resolve(now, train=True)["model_version"] == 2
    assert people.verify(now) == []


def test_what_is_put_later_is_linked(resolved, now):
    with resolved.write() as txn:
        said = txn.record(*B)["attributes"]
        txn.put("web", "1", said, "2024-03-01")
    with resolved.read() as txn:
        assert txn.profile_of("web", "1", now).record_count == 3


@pytest.mark.parametrize("threads", [-1, 1 << 20])
def test_resolve_refuses(people, now, threads):
    with pytest.raises(ValueError, match="threads must be between"):
        people.resolve(now, threads=threads)
    with pytest.raises(TypeError):
        people.resolve()


def test_resolve_is_stopped(people, now):
    with pytest.raises(kith.Interrupted):
        people.resolve(now, progress=lambda *_: False)
    with pytest.raises(ZeroDivisionError):
        people.resolve(now, progress=lambda *_: 1 / 0)
    with people.read() as txn, pytest.raises(kith.NotFound, match="no match model"):
        txn.pair(A, B)


def test_callbacks_of_resolve_may_read_but_not_write(people, now):
    calls = []

    def progress(phase, done, total, rows):
        if phase != "settle":
            for call in (people.write, lambda: people.settle(now), lambda: people.resolve(now)):
                with pytest.raises(kith.Misuse, match="this thread holds a write transaction"):
                    call()
            calls.append(people.stat()["record_count"])

    people.resolve(now, progress=progress)
    assert calls and set(calls) == {200}
    with people.write(), pytest.raises(kith.Misuse, match="this thread holds a write transaction"):
        people.resolve(now)


def test_resolve_waits_for_the_writer_without_the_lock(people, now):
    """Else the writer could never go on."""
    writing = threading.Event()

    def write():
        with people.write() as txn:
            writing.set()
            time.sleep(0.2)
            txn.put("crm", "late", {"city": "Leeds"}, 0)

    thread = threading.Thread(target=write)
    thread.start()
    writing.wait()
    assert people.resolve(now)["record_count"] == 201
    thread.join()


def test_others_run_while_a_callback_waits(people, now):
    asked, answered = threading.Event(), threading.Event()

    def answer():
        asked.wait()
        people.stat()
        answered.set()

    thread = threading.Thread(target=answer)
    thread.start()

    def progress(*_):
        asked.set()
        assert answered.wait(60)

    people.resolve(now, progress=progress)
    people.audit(progress=progress)
    thread.join()


def test_pair(resolved):
    with resolved.read() as txn:
        pair = txn.pair(A, B)
        by_name = {comparison["name"]: comparison for comparison in pair["comparisons"]}
        assert (pair["a"], pair["b"], pair["model_version"]) == (A, B, 1)
        assert pair["links"] is True and pair["kept"] is True and pair["bits"] >= pair["link_at"]
        assert pair["bits"] == min(pair["sum"].values()) == pair["sum"][pair["rival"]]
        date = by_name["birth_date"]
        assert date["kind"] == "date" and date["level_name"] == "equal" and date["bits"]["stranger"] > 0
        assert date["value_a"] == date["value_b"] != ""
        assert by_name["name"]["value_a"] != by_name["name"]["value_b"]
        for rival in ("stranger", "relative"):
            total = pair["prior"][rival] + sum(c["bits"][rival] for c in pair["comparisons"])
            total += sum(c["frequency_bits"] for c in pair["comparisons"]) if rival == "stranger" else 0
            assert total == pytest.approx(pair["sum"][rival])
        assert txn.pair(A, ("crm", "4"))["links"] is False
        for call in (txn.pair, txn.why):
            with pytest.raises(kith.NotFound, match='no record "none"'):
                call(A, ("crm", "none"))


def test_steps_have_bits(resolved):
    with resolved.read() as txn:
        (step,) = txn.why(A, B)["paths"][0]
        assert step["type"] == "score" and step["bits"] >= step["bits_needed"]
        assert step["bits"] == txn.pair(A, B)["bits"]
        weak = txn.why(A, ("crm", "4"))["steps"][-1]
        assert weak["kind"] in ("weak", "uncompared", "nothing")
    with resolved.write() as txn:
        txn.link(("crm", "4"), ("crm", "5"), by="kim", at=0)
    with resolved.read() as txn:
        (step,) = txn.why(("crm", "4"), ("crm", "5"))["paths"][0]
        assert step["bits"] is None and step["bits_needed"] is None


def test_blame(resolved, now):
    with resolved.read() as txn:
        blame = txn.blame(A)
        assert blame["complete"] is True and blame["link"]["type"] == "score"
        assert {blame["link"]["a"], blame["link"]["b"]} == {A, B}
        assert sorted(blame["parts"]) == [[A], [B]]
        assert txn.blame(txn.profile_of(*A, now)) == blame
        assert txn.blame(("crm", "4")) == {"link": None, "complete": True, "parts": [[("crm", "4")]]}
        with pytest.raises(kith.NotFound):
            txn.blame(("crm", "none"))
        with pytest.raises(TypeError):
            txn.blame("crm")


def doubtful(store, now):
    """Adds what says too little to be linked, and too much to be nobody."""
    with store.write() as txn:
        for number in range(1, 60, 3):
            said = txn.record("crm", str(number))["attributes"]
            del said["city"], said["address_line"]
            said["birth_date"] = str(said["birth_date"])[:4]
            txn.put("list", str(number), said, "2024-03-01")
    store.settle(now)


def test_review(resolved, now):
    doubtful(resolved, now)
    with resolved.read() as txn:
        review = txn.review()
        assert review["model_version"] == 1 and review["waiting_count"] >= len(review["pairs"]) > 2
        assert review["keep_at_bits"] < review["link_at_bits"]
        bits = [pair["bits"] for pair in review["pairs"]]
        assert bits == sorted(bits, reverse=True)
        first = review["pairs"][0]
        assert first["reason"] in ("doubtful", "refused") and (first["rule"] is None) == (first["reason"] == "doubtful")
        assert txn.profile_id(*first["a"]) == first["profile_a"] != first["profile_b"] == txn.profile_id(*first["b"])
        assert txn.pair(first["a"], first["b"])["bits"] == first["bits"]
        assert txn.review(2)["pairs"] == review["pairs"][:2] and txn.review(limit=None) == review
        assert txn.review(0)["pairs"] == [] and txn.review(0)["waiting_count"] == review["waiting_count"]
        lessons = txn.review(limit=3, suggest=True)["pairs"]
        assert lessons and all(pair["alike_count"] > 0 for pair in lessons)
        with pytest.raises(ValueError, match="limit"):
            txn.review(-1)
    with resolved.write() as txn:
        txn.unlink(first["a"], first["b"], by="kim", at=now)
    with resolved.read() as txn:
        left = [{pair["profile_a"], pair["profile_b"]} for pair in txn.review()["pairs"]]
        assert {first["profile_a"], first["profile_b"]} not in left


def test_a_review_has_twenty_pairs_or_ten_suggestions(resolved, now):
    """Where a link needs more bits than any pair has, and second records differ in all ways."""
    with resolved.write() as txn:
        for number in range(150):
            said = {name: str(value) for name, value in txn.record("crm", str(number))["attributes"].items()}
            for at, name in enumerate(sorted(said)):
                if number >> at & 1:
                    del said[name]
            txn.put("list", str(number), said, "2024-03-01")
        model = txn.export_model().replace('"link_at_bits": 2.0', '"link_at_bits": 90.0')
    resolved.resolve(now, model=model)
    with resolved.read() as txn:
        assert len(txn.review(limit=1000)["pairs"]) > 20 and len(txn.review(limit=1000, suggest=True)["pairs"]) > 10
        assert (len(txn.review()["pairs"]), len(txn.review(suggest=True)["pairs"])) == (20, 10)


def test_review_without_a_model(people):
    with people.read() as txn:
        review = txn.review()
        assert (review["model_version"], review["waiting_count"], review["pairs"]) == (0, 0, [])


def test_search(resolved, now):
    with resolved.read() as txn:
        said = txn.record(*A)["attributes"]
        asked = {name: said[name] for name in ("given_name", "family_name", "birth_date")}
        found = txn.search(asked)
        best = found["hits"][0]
        assert best["id"] == txn.profile_id(*A) and best["likely"] is True and best["identifier"] is None
        assert best["record"] in (A, B) and found["compared_count"] > 0 and found["partial"] is False
        assert found["unread"] == []
        assert txn.search({**asked, "birth_date": "soon"})["unread"] == ["birth_date"]
        bits = [hit["bits"] for hit in found["hits"]]
        assert bits == sorted(bits, reverse=True)
        assert txn.search(asked, limit=1)["hits"] == [best]
        with pytest.raises(kith.Invalid, match="too little to search by"):
            txn.search({"given_name": "Alice"})
        with pytest.raises(kith.Invalid, match="no attribute"):
            txn.search({"given_nam": "Alice"})
        with pytest.raises(TypeError):
            txn.search("Alice")


def test_search_by_an_identifier(shop, now):
    with shop.read() as txn, pytest.raises(kith.NotFound, match="no match model"):
        txn.search({"email": "bob@mail.example"})
    shop.resolve(now)
    with shop.read() as txn:
        (hit,) = txn.search({"email": "BOB@mail.example"})["hits"]
        assert (hit["record"], hit["identifier"]) == (("crm", "2"), "email")


def test_evaluate_draws_a_curve(people, truth, now):
    before = people.evaluate(truth)
    assert (before["model_version"], before["link_at_bits"], before["unscored_pair_count"]) == (0, 0, 0)
    assert before["curve"] == []
    people.resolve(now)
    found = people.evaluate(truth)
    assert found["model_version"] == 1 and found["true_pair_count"] == 50
    curve = found["curve"]
    thresholds = [point["threshold_bits"] for point in curve]
    assert thresholds == sorted(thresholds) and thresholds[0] < found["link_at_bits"] < thresholds[-1]
    assert all(point["right_pair_count"] <= point["pair_count"] for point in curve)
    assert curve[0]["right_pair_count"] + found["unscored_pair_count"] == 50
    assert set(curve[0]["quality"]) == {"precision", "recall", "f1"}


def test_audit(resolved):
    phases = []
    audit = resolved.audit(progress=lambda phase, *_: phases.append(phase))
    assert audit["model_version"] == 1 and audit["record_count"] == 200
    counted = audit["all"]
    assert counted["copy_count"] == 200 >= counted["found_count"] > 0
    assert counted["quality"]["recall"] == counted["found_count"] / counted["copy_count"]
    names = [error["name"] for error in audit["errors"]]
    assert "typing error" in names and len(set(names)) == len(names)
    attributes = {attribute["attribute"]: attribute for attribute in audit["attributes"]}
    assert attributes["given_name"]["completeness"] == 1
    assert attributes["city"]["distinct_count"] == 3 and attributes["city"]["top_value"] in ("leeds", "york", "hull")
    assert {"records", "copies", "blocks"} <= set(phases)
    assert resolved.audit(share=1)["all"]["copy_count"] == 200


def test_audit_refuses(people, now):
    with pytest.raises(kith.NotFound, match="no match model"):
        people.audit()
    people.resolve(now)
    for share in (-1, 1.5, float("nan")):
        with pytest.raises(kith.Invalid, match="share"):
            people.audit(share)
    with pytest.raises(TypeError):
        people.audit("half")
    with pytest.raises(kith.Interrupted):
        people.audit(progress=lambda *_: False)
    with pytest.raises(ZeroDivisionError):
        people.audit(progress=lambda *_: 1 / 0)


def test_nothing_is_at_hand_afterwards(resolved, now):
    txn = resolved.read()
    txn.abort()
    for call in (lambda: txn.pair(A, B), lambda: txn.blame(A), txn.review, lambda: txn.search({"city": "Leeds"}),
                 txn.models, txn.model, txn.export_model, lambda: txn.compare_models(1)):
        with pytest.raises(kith.Misuse, match="the transaction has ended"):
            call()
    resolved.close()
    for call in (lambda: resolved.resolve(now), resolved.audit):
        with pytest.raises(kith.Misuse, match="the store is closed"):
            call()
