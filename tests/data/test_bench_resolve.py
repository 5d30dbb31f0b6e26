"""The benchmark of resolving: so small that it measures nothing, but its figures are right, and a missing peer is told.

KITH_GENERATE_PERSONS is the path of the generator of persons, KITH_COMMAND that of the command. Splink isn't installed.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GENERATE = os.environ.get("KITH_GENERATE_PERSONS", "generate_persons")
KITH = os.environ.get("KITH_COMMAND", "kith")
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
COUNT, SEED = 2000, 5


def load(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pair_quality = load("pair_quality")


def run(tmp_path, *options, code=0):
    command = [sys.executable, BENCHMARKS / "bench_resolve.py", "--generate", GENERATE, "--command", KITH, "--dir",
               tmp_path, "--count", str(COUNT), "--seed", str(SEED), *options]
    nothing_to_install = dict(os.environ, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "none"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=nothing_to_install)
    assert done.returncode == code, done.stderr
    return done


def cells(output):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in output.splitlines() if line[:2] == "| "]
    return {row[0]: row[1:] for row in rows}


def measured(tmp_path, clusters, truth):
    paths = [tmp_path / "clusters.csv", tmp_path / "truth.csv"]
    for path, group, rows in zip(paths, ["cluster", "entity"], [clusters, truth]):
        path.write_text("".join(f"s,{key},{of}\n" for key, of in [("key", group), *rows]))
    return pair_quality.measure(*paths)


def test_pairs_are_counted(tmp_path):
    truth = [("a", 1), ("b", 1), ("c", 1), ("d", 2), ("e", 3), ("f", 3)]
    quality = measured(tmp_path, [("a", "x"), ("b", "x"), ("d", "x"), ("c", "y"), ("e", "z"), ("f", "z")], truth)
    assert (quality.true, quality.found, quality.right) == (4, 4, 2)
    assert (quality.precision, quality.recall, quality.f1) == (0.5, 0.5, 0.5)
    assert measured(tmp_path, truth, truth).f1 == 1
    alone = measured(tmp_path, [], truth)
    assert (alone.precision, alone.recall, alone.f1) == (0, 0, 0)


def figures_of_eval(tmp_path):
    store, people, truth = (tmp_path / name for name in ["shop.kith", "people.csv", "truth.csv"])
    for command in ([GENERATE, "--count", str(COUNT), "--seed", str(SEED), "--source", "people", "--out", people,
                     "--truth", truth], [KITH, "init", store],
                    [KITH, "import", store, people, "--source", "people", "--key", "record_id", "--map",
                     "entity_id=,source=", "--now", "2024-06-29"], [KITH, "resolve", store, "--train"]):
        subprocess.run(command, check=True, capture_output=True)
    done = subprocess.run([KITH, "eval", store, "--truth", truth, "--json"], check=True, capture_output=True)
    return json.loads(done.stdout)["pairwise"]


def test_kith_alone_has_the_figures_of_eval(tmp_path):
    done = run(tmp_path, "--no-peer", "--rounds", "2")
    shown, told = cells(done.stdout), figures_of_eval(tmp_path)
    for question, name in [("precision of the pairs", "precision"), ("their recall", "recall"), ("their F1", "f1")]:
        assert shown[question][:2] == [f"{told[name]:.4f}", "-"]
    assert shown["train, compare and link all"][0].endswith(" s")
    assert shown["most memory of the process"][-1] == "yes"
    assert "there is no peer in this table" in done.stdout and "kith is measured alone" in done.stderr
    assert not list(tmp_path.glob("kith-bench-*"))


def test_a_peer_that_cannot_be_installed_is_told(tmp_path):
    done = run(tmp_path, "--splink", tmp_path / "splink")
    assert "Splink is MISSING: it can't be installed" in done.stdout
    assert "Splink is MISSING: it can't be installed" in done.stderr
    assert cells(done.stdout)["their F1"][1] == "-"


@pytest.mark.parametrize("options", [["--count", "5"], ["--rounds", "0"]])
def test_wrong_options_are_refused(tmp_path, options):
    assert "benchmark failed" in run(tmp_path, "--no-peer", *options, code=1).stderr
