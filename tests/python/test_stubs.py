"""The stubs say what is there: the same names, the same parameters, the same classes above."""

import ast
import inspect
from pathlib import Path

import kith
import pytest

STUB = ast.parse((Path(kith.__file__).parent / "__init__.pyi").read_text())
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")}
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
ERRORS = {name for name, value in vars(kith).items() if isinstance(value, type) and issubclass(value, Exception)}
OBJECTS = sorted(set(CLASSES) - ERRORS)


def public(names):
    kept = {"__enter__", "__exit__", "__iter__", "__next__", "__arrow_c_stream__"}
    return {name for name in names if not name.startswith("_") or name in kept}


def stub_parameters(function):
    """Each parameter of a stub as (name, kind, default or None)."""
    spec = function.args
    plain = spec.posonlyargs + spec.args
    defaults = [None] * (len(plain) - len(spec.defaults)) + spec.defaults
    rows = []
    for i, (argument, default) in enumerate(zip(plain, defaults)):
        kind = "positional" if i < len(spec.posonlyargs) else "both"
        rows.append((argument.arg, kind, ast.unparse(default) if default else None))
    for argument, default in zip(spec.kwonlyargs, spec.kw_defaults):
        rows.append((argument.arg, "named", ast.unparse(default) if default else None))
    return [row for row in rows if row[0] not in ("self", "cls")]


def runtime_parameters(function):
    kinds = {
        inspect.Parameter.POSITIONAL_ONLY: "positional",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "both",
        inspect.Parameter.KEYWORD_ONLY: "named",
    }
    rows = []
    for parameter in inspect.signature(function).parameters.values():
        default = None if parameter.default is parameter.empty else repr(parameter.default)
        rows.append((parameter.name, kinds[parameter.kind], default))
    return [row for row in rows if row[0] != "self"]


def test_module_names():
    assert set(kith.__all__) == set(CLASSES) | set(FUNCTIONS)
    listed = next(node for node in STUB.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(listed.value) == kith.__all__
    assert public(vars(kith)) <= set(kith.__all__) | {"annotations", "plot"}  # a module, once it is imported


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function_parameters(name):
    assert stub_parameters(FUNCTIONS[name]) == runtime_parameters(getattr(kith, name))


@pytest.mark.parametrize("name", OBJECTS)
def test_class_names(name):
    stubbed = {node.name for node in CLASSES[name].body if isinstance(node, ast.FunctionDef)}
    assert public(vars(getattr(kith, name))) == stubbed - {"__new__"}
    assert ("__new__" in stubbed) == (name == "Expression")  # all others are made by kith


@pytest.mark.parametrize("name", OBJECTS)
def test_method_parameters(name):
    for node in CLASSES[name].body:
        is_property = any(getattr(mark, "id", "") == "property" for mark in node.decorator_list)
        made = getattr(kith, name) if node.name == "__new__" else getattr(getattr(kith, name), node.name)
        assert is_property == inspect.isdatadescriptor(made), node.name
        if not is_property and node.name != "__exit__":
            assert stub_parameters(node) == runtime_parameters(made), node.name


@pytest.mark.parametrize("name", OBJECTS)
def test_everything_is_documented(name):
    for attribute in public(vars(getattr(kith, name))):
        assert getattr(getattr(kith, name), attribute).__doc__, attribute


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_error_classes(name):
    made = getattr(kith, name)
    assert [ast.unparse(base) for base in CLASSES[name].bases] == [base.__name__ for base in made.__bases__]
    assert made.__module__ == "kith" and made.__doc__


def test_nothing_is_made_of_nothing():
    for name in OBJECTS:
        with pytest.raises(TypeError):
            getattr(kith, name)()
