"""The law of the modules: who may include whom, and which library is known to which files."""

import re

import pytest
from tree import OUTSIDE, ROOT, ROW, TOPICS, files, includes, name, show

# A header of another library, and the only files that may include it. benchmarks/lmdb_peer.h is the peer itself.
LIBRARIES = {
    r"lmdb\.h": [r"src/store/[^/]+", r"benchmarks/lmdb_peer\.[ch]"],
    r"msgpack(\.h|/.*)": [r"src/store/pack\.c"],
    r"xxhash\.h": [r"src/base/hash\.c"],
    r"roaring(\.h|/.*)": [r"src/bitmap/[^/]+"],
    r"utf8proc\.h": [r"src/base/text\.c"],
}


# Benchmarks of what no public function gives alone: they see inside.
SEES_INSIDE = {"benchmarks/bench_similar.c", "benchmarks/three_fields.c"}


def module_of(path):
    """The module that a file belongs to: src/<module>/..., include/kith/<module>.h."""
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if path.startswith("include/kith/"):
        return topic_of(parts[2])
    return None


def topic_of(header):
    """The module whose public header this is."""
    topic = header.removesuffix(".h")
    return TOPICS.get(topic, topic)


def target_of(included):
    """The module that an include line names, or None where it is none of ours."""
    if included.startswith("src/"):
        return included.split("/")[1]
    if included.startswith("kith/"):
        return topic_of(included.removeprefix("kith/"))
    return None


def test_every_module_has_a_row():
    modules = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()} - {"cli"}
    topics = {topic_of(path.name) for path in (ROOT / "include/kith").glob("*.h")}
    assert modules <= set(ROW), f"no row is known for {sorted(modules - set(ROW))}"
    assert topics <= set(ROW), f"no row is known for {sorted(topics - set(ROW))}"


def test_public_headers_belong_to_modules():
    modules = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    topics = {topic_of(path.name) for path in (ROOT / "include/kith").glob("*.h")}
    assert topics <= modules, f"a header without a module: {sorted(topics - modules)}"
    assert sorted(path.name for path in (ROOT / "include").iterdir()) == ["kith", "kith.h"]


def test_modules_depend_downwards_only():
    problems = []
    for path in files("src", "include"):
        module = module_of(name(path))
        if module is None or module == "cli":
            continue
        for line, included in includes(path):
            target = target_of(included)
            where = f"{name(path)}:{line} includes {included}"
            if included == "kith.h":
                problems.append(f"{where}: everything at once, rows above included")
            elif target is not None and target != module:
                if target not in ROW:
                    problems.append(f"{where}: it is no module")
                elif ROW[target] > ROW[module]:
                    problems.append(f"{where}: row {ROW[target]} is above row {ROW[module]}")
                elif ROW[target] == ROW[module]:
                    problems.append(f"{where}: a neighbour in row {ROW[module]}")
    assert not problems, show(problems)


def test_private_includes_are_written_from_the_root():
    problems = []
    for path in files("src"):
        for line, included in includes(path):
            if not included.startswith("src/") and (path.parent / included).is_file():
                problems.append(f"{name(path)}:{line} includes {included}: write it from the root")
    assert not problems, show(problems)


def test_public_headers_show_nothing_private():
    problems = [
        f"{name(path)}:{line} includes {included}"
        for path in files("include")
        for line, included in includes(path)
        if not re.fullmatch(r"kith/\w+\.h|std(bool|def|int)\.h", included)
    ]
    assert not problems, show(problems)


@pytest.mark.parametrize("folder", OUTSIDE)
def test_outside_sees_public_headers_only(folder):
    problems = [
        f"{name(path)}:{line} includes {included}"
        for path in files(folder) if name(path) not in SEES_INSIDE
        for line, included in includes(path)
        if included.startswith("src/") and not included.startswith(folder + "/") or included.startswith("../")
    ]
    assert not problems, show(problems)


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_are_known_where_they_are_needed(library):
    problems = []
    users = []
    for path in files("src", "include", "bindings", "examples", "benchmarks"):
        for line, included in includes(path):
            if re.fullmatch(library, included):
                users.append(name(path))
                if not any(re.fullmatch(pattern, name(path)) for pattern in LIBRARIES[library]):
                    problems.append(f"{name(path)}:{line} includes {included}")
    assert not problems, show(problems)
    one_file = [pattern for pattern in LIBRARIES[library] if pattern.startswith("src/") and "[" not in pattern]
    assert len([user for user in users if user.startswith("src/")]) <= 1 or not one_file, users
