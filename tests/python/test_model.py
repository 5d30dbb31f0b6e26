"""Match models: what resolve() learnt is listed, read, exported, compared, and put in force again."""

import gc
import json
import math
import threading
from datetime import timedelta

import kith
import pytest

A, B = ("crm", "3"), ("shop", "3")


def versions(store):
    with store.read() as txn:
        return [model["version"] for model in txn.models()]


def exported(store, version=0):
    with store.read() as txn:
        return txn.export_model(version)


def changed(store, before, after=0):
    with store.read() as txn:
        return txn.compare_models(before, after)


def test_no_model_yet(people):
    with people.read() as txn:
        assert txn.models() == []
        for call in (txn.model, txn.export_model, lambda: txn.model(1), lambda: txn.compare_models(0)):
            with pytest.raises(kith.NotFound, match="no match model yet"):
                call()


def test_models_are_listed(resolved, now):
    resolved.resolve(now, train=True)
    with resolved.read() as txn:
        first, second = txn.models()
        assert (first["version"], first["in_force"]) == (1, False)
        assert (second["version"], second["in_force"], second["configured"]) == (2, True, True)
        for info in (first, second):
            model = txn.model(info["version"])
            assert len(model.pop("comparisons")) == info["comparison_count"] > 0
            assert len(model.pop("block_rules")) == info["block_rule_count"] > 0
            assert model == info
        assert txn.model() == txn.model(0) == txn.model(version=2)


def test_a_model_at_a_glance(resolved):
    with resolved.read() as txn:
        model = txn.model()
    assert model["record_count"] == 200 and 0 < model["match_count"] < 200 * 199 / 2
    assert model["prior_bits"] < 0
    assert model["review_at_bits"] < model["known_at_bits"] < model["link_at_bits"] == 2
    assert 0 < model["cohesion"] <= 1 and model["block_cap"] > 1
    assert isinstance(model["relative_prior_bits"], float) and isinstance(model["block_cap"], int)


def test_block_rules(resolved):
    with resolved.read() as txn:
        rules = {rule["name"]: rule["weak"] for rule in txn.model()["block_rules"]}
    assert (rules["email"], rules["word+year"]) == (False, True)


def test_comparisons_and_levels(resolved):
    with resolved.read() as txn:
        comparisons = {comparison["name"]: comparison for comparison in txn.model()["comparisons"]}
    name, date = comparisons["name"], comparisons["birth_date"]
    assert (name["kind"], date["kind"], date["attributes"]) == ("name", "date", ["birth_date"])
    assert {"given_name", "family_name"} <= set(name["attributes"])
    assert name["term_count"] >= 0
    assert name["seen"] is True and comparisons["gender"]["seen"] is False  # nobody says it
    for comparison in (name, date):
        missing, *levels = comparison["levels"]
        assert missing == {"name": "missing", "m": 0, "u": 0, "relative_u": 0, "bits": 0, "relative_bits": 0}
        assert (levels[0]["name"], levels[-1]["name"]) == ("different", "equal")
        assert levels[0]["bits"] < 0 < levels[-1]["bits"]
        for chance in ("m", "u", "relative_u"):
            assert sum(level[chance] for level in levels) == pytest.approx(1, abs=0.01)
        for level in levels:
            assert level["bits"] == pytest.approx(math.log2(level["m"] / level["u"]), abs=0.02)
            assert level["relative_bits"] == pytest.approx(math.log2(level["m"] / level["relative_u"]), abs=0.02)


def test_a_pair_is_weighed_by_the_model(resolved):
    with resolved.read() as txn:
        model, pair = txn.model(), txn.pair(A, B)
    assert pair["prior"] == {"stranger": model["prior_bits"], "relative": model["relative_prior_bits"]}
    assert (pair["link_at"], pair["known_at"], pair["keep_at"]) == (
        model["link_at_bits"], model["known_at_bits"], model["review_at_bits"])
    for weighed, learnt in zip(pair["comparisons"], model["comparisons"], strict=True):
        level = learnt["levels"][weighed["level"]]
        assert (weighed["name"], weighed["kind"], weighed["level_name"]) == (
            learnt["name"], learnt["kind"], level["name"])
        assert weighed["bits"] == {"stranger": level["bits"], "relative": level["relative_bits"]}


@pytest.mark.parametrize("form", [str, json.loads])
def test_an_export_comes_back(resolved, now, form):
    text = exported(resolved)
    assert json.loads(text)["comparisons"]["birth_date"]["kind"] == "date"
    done = resolved.resolve(now, model=form(text))
    assert (done["model_version"], done["trained"]) == (2, False)
    with resolved.read() as txn:
        assert [model["given"] for model in txn.models()] == [False, True]
    assert changed(resolved, 1) == [] and exported(resolved).replace('"version": 2', '"version": 1') == text
    assert resolved.verify(now) == []


def test_a_model_moves_to_another_store(resolved, tmp_path, now):
    with kith.open(tmp_path / "other.kith", create=True) as other:
        with resolved.read() as source, other.write() as target:
            for record in source.records():
                target.put(record["source"], record["key"], record["attributes"], "2024-01-01")
        done = other.resolve(now, model=exported(resolved))
        assert (done["model_version"], done["trained"]) == (1, False)
        with resolved.read() as one, other.read() as two:
            assert one.pair(A, B)["bits"] == two.pair(A, B)["bits"]
            assert one.stat()["profile_count"] == two.stat()["profile_count"]


def test_an_older_model_comes_back_in_force(resolved, now):
    model = json.loads(exported(resolved))
    model["thresholds"]["link_at_bits"] = 90.0
    before = resolved.stat()["profile_count"]
    assert resolved.resolve(now, model=model)["model_version"] == 2
    assert resolved.stat()["profile_count"] == 200 > before
    assert resolved.resolve(now, model=exported(resolved, 1))["model_version"] == 3
    assert resolved.stat()["profile_count"] == before
    assert versions(resolved) == [1, 2, 3]
    assert changed(resolved, 1, 3) == changed(resolved, 1) == []
    (change,) = changed(resolved, 1, after=2)
    assert change == {"kind": "threshold", "name": "link_at", "level": None, "relative": False,
                      "has_before": True, "has_after": True, "before": 2, "after": 90}
    (back,) = changed(resolved, before=2)
    assert (back["before"], back["after"]) == (90, 2)


def test_changes(resolved, now):
    model = json.loads(exported(resolved))
    model["prior"]["stranger_bits"] -= 1
    model["comparisons"]["sex"] = model["comparisons"].pop("gender")
    model["blocks"].remove("date")
    equal = model["comparisons"]["birth_date"]["levels"]["equal"]
    equal["m"] /= 4
    resolved.resolve(now, model=model)
    changes = {(change["kind"], change["name"], change["relative"]): change for change in changed(resolved, 1)}
    assert set(changes) == {
        ("prior", "prior", False), ("comparison", "gender", False), ("comparison", "sex", False),
        ("blocks", "date", False), ("level", "birth_date", False), ("level", "birth_date", True)}
    prior = changes["prior", "prior", False]
    assert prior["after"] == prior["before"] - 1 and prior["level"] is None
    for gone in (changes["comparison", "gender", False], changes["blocks", "date", False]):
        assert (gone["has_before"], gone["has_after"], gone["before"], gone["after"]) == (True, False, None, None)
    assert changes["comparison", "sex", False]["has_after"] is True
    for relative in (False, True):
        level = changes["level", "birth_date", relative]
        assert level["level"] == "equal" and level["before"] - level["after"] == pytest.approx(2, abs=0.05)


def test_no_such_version(resolved):
    with resolved.read() as txn:
        for call in (lambda: txn.model(2), lambda: txn.export_model(2), lambda: txn.compare_models(2),
                     lambda: txn.compare_models(1, 2)):
            with pytest.raises(kith.NotFound, match="no match model of version 2"):
                call()
        for call in (txn.model, txn.export_model, txn.compare_models, lambda version: txn.compare_models(1, version)):
            for version in (-1, 1 << 32, 1 << 64):
                with pytest.raises(ValueError, match="must be between 0 and"):
                    call(version)
            with pytest.raises(TypeError, match="must be int, not str"):
                call("1")
        with pytest.raises(TypeError, match="needs the argument 'before'"):
            txn.compare_models()


@pytest.mark.parametrize("model, error, message", [
    ("{", kith.Invalid, "match model, line 1"),
    ("[]", kith.Invalid, "expected an object"),
    ({}, kith.Invalid, '"records" is missing'),
    ('{"version": 1,\n "records": "many"}', kith.Invalid, "line 2 column 2, records: expected"),
    ("{}\0", ValueError, "model holds a NUL character"),
    ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
    ({"records": object()}, TypeError, "not JSON serializable"),
    (b"{}", TypeError, "model must be a dict or JSON text, not"),
    (7, TypeError, "model must be a dict or JSON text, not 7"),
])
def test_what_is_no_model_is_refused(resolved, now, model, error, message):
    with pytest.raises(error, match=message):
        resolved.resolve(now, model=model)
    assert versions(resolved) == [1]


def test_errors_of_a_model_have_a_place(resolved, now):
    text = exported(resolved).replace('"birth_date": "value"', '"born": "worth"')
    with pytest.raises(kith.Invalid, match="comparisons.birth_date.attributes.born") as caught:
        resolved.resolve(now, model=text)
    assert text.encode()[caught.value.position:].startswith(b'"born"')


def test_a_model_is_given_or_learnt(resolved, now):
    with pytest.raises(kith.Invalid, match="either given or learnt, not both"):
        resolved.resolve(now, train=True, model=exported(resolved))
    with pytest.raises(TypeError):
        resolved.resolve(now, False, 0, None, exported(resolved))
    assert resolved.resolve(now, model=None)["model_version"] == 1


def test_a_write_transaction_reads_models_too(resolved):
    with resolved.write() as txn:
        assert txn.model()["version"] == len(txn.models()) == 1
        assert txn.compare_models(1) == [] and txn.export_model(1)


def test_a_finalizer_does_not_end_the_transaction_meanwhile(resolved):
    """Where the collector runs while the list is made, what it frees may call back."""
    told = []

    class Ends:
        def __del__(self):
            try:
                self.txn.abort()
            except kith.Misuse as error:
                told.append(str(error))

    threshold = gc.get_threshold()
    for first in range(1, 40):
        with resolved.read() as txn:
            gc.collect()
            doomed = Ends()
            doomed.txn, doomed.itself = txn, doomed
            del doomed
            gc.set_threshold(first)
            try:
                assert len(txn.models()) == 1
            except kith.Misuse as error:
                assert "has ended" in str(error)  # before it began
            finally:
                gc.set_threshold(*threshold)
    assert set(told) <= {"the transaction is at work in another call"}


def test_threads_read_models_at_once(resolved):
    failures = []

    def work():
        try:
            for _ in range(50):
                with resolved.read() as txn:
                    assert txn.model()["version"] == len(txn.models()) == 1
                    assert txn.compare_models(1) == [] and len(txn.export_model()) > 1000
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_level_that_nobody_had_says_no_less_than_the_next(store, now):
    cities = ["Leeds", "York", "Hull", "Bath", "Derby"]
    with store.write() as txn:
        for number in range(120):
            said = {"given_name": f"Ann{number % 60}", "family_name": f"Mill{number % 60}", "birth_date": f"19{10 + number % 60}-03-04",
                    "city": cities[number % 60 % len(cities)]}
            txn.put("crm", str(number), said, at=now)
    store.resolve(now)
    with store.read() as txn:
        address = next(each for each in txn.model()["comparisons"] if each["name"] == "address")
    levels = {level["name"]: level for level in address["levels"]}
    for name in ("same postcode", "street equal, place other or unknown", "equal"):
        assert levels[name]["bits"] >= levels["same city"]["bits"] - 0.01
        assert levels[name]["relative_bits"] >= levels["same city"]["relative_bits"] - 0.01


def test_all_values_of_a_name_count(resolved, now):
    said = {"given_name": "Zebulon", "family_name": "Quimby", "city": "Leeds"}
    with resolved.write() as txn:
        txn.put("crm", "z1", said, at=now)
        txn.put("crm", "z2", said, at=now)
        txn.add("crm", "z2", {"family_name": "Ormsby"}, at=now + timedelta(days=1))
    with resolved.read() as txn:
        pair = txn.pair(("crm", "z1"), ("crm", "z2"))
    name = next(each for each in pair["comparisons"] if each["name"] == "name")
    assert name["level_name"] == "given and family equal"
