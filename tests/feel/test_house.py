"""How FEEL is built: light to import, safe for threads, its page up to date, nothing evaluated by Python."""

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import engine.feel
from engine.feel import reference

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "engine/feel").rglob("*.py"))


def test_importing_feel_loads_no_database_no_schema_library_and_no_xml():
    script = "import engine.feel, sys; print(*sorted(m for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    heavy = {"sqlalchemy", "marshmallow", "lxml", "re2", "flask", "SpiffWorkflow"}
    assert not heavy & {name.partition(".")[0] for name in loaded}
    script = "import engine.feel as f, sys; f.decide; print('lxml' in sys.modules, 'sqlalchemy' in sys.modules)"
    assert subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split() == ["True", "False"]


def test_every_name_of_the_public_face_is_there():
    assert all(getattr(engine.feel, name) is not None for name in engine.feel.__all__)
    with pytest.raises(AttributeError):
        engine.feel.gibt_es_nicht  # noqa: B018 - asking is the test


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_evaluated_by_python(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile", "__import__"}


def test_the_reference_page_is_up_to_date():
    assert (ROOT / "docs/feel.md").read_text() == reference.page()


def test_the_reference_page_prints_itself():
    done = subprocess.run([sys.executable, "-m", "engine.feel.reference"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == reference.page()


def test_compiled_expressions_are_kept_by_their_text_but_not_very_long_ones():
    assert engine.feel.compile_expression("1 + 1") is engine.feel.compile_expression("1 + 1")
    long = "1 + " * 1_500 + "1"
    assert engine.feel.compile_expression(long) is not engine.feel.compile_expression(long)


def test_one_compiled_expression_serves_many_threads():
    expression = engine.feel.compile_expression(
        "{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: for i in 1..x return f(i) + y}.r[-1]"
    )
    expected = {x: expression.evaluate({"x": x, "y": x}) for x in range(1, 20)}
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda x: (x, expression.evaluate({"x": x, "y": x})), list(range(1, 20)) * 20)
    assert all(expected[x] == value for x, value in made)


def test_one_model_serves_many_threads(files):
    rules = [[str(n), f"{n} * faktor"] for n in range(50)]
    content = files.model(files.decision("e", files.table(["x"], ["y"], rules)))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: engine.feel.decide(content, "e", {"x": n % 50, "faktor": 3}), range(400)))
    assert made == [n % 50 * 3 for n in range(400)]


def test_warnings_are_collected_only_where_asked_and_name_the_place():
    expression = engine.feel.compile_expression("[a + 1,\n b.c]")
    warnings = []
    assert expression.evaluate({"b": {}}, warnings) == [None, None]
    assert warnings == [
        "Zeile 1, Spalte 2, „a“: Den Namen „a“ gibt es hier nicht.",
        "Zeile 1, Spalte 2, „a + 1“: Addieren geht nicht mit: null, eine Zahl.",
        "Zeile 2, Spalte 2, „b.c“: Einen Eintrag „c“ gibt es hier nicht.",
    ]
    assert expression.evaluate({"b": {}}) == [None, None]


def test_warnings_have_a_limit():
    result = engine.feel.evaluate_with_warnings('for i in 1..5000 return "a" + i', {})
    assert len(result.warnings) == 1  # the same place says it once
    many = "[" + ", ".join(f"x{n}" for n in range(500)) + "]"
    assert len(engine.feel.evaluate_with_warnings(many, {}).warnings) == 100
