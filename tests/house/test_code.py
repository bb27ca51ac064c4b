"""Rules of the house that can be seen in the code. Each rule is also shown a file that breaks it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import Any

import pytest

LONGEST_FUNCTION = 50
LONGEST_MODULE = 400
# What may be longer, as "path" or "path:function" → the reason.
LONGER_FOR_A_REASON: dict[str, str] = {}
A_LIST_OF_TABLES = "engine/migrations/versions/"  # a revision lists what it makes, once, and is never edited again

THE_COMMIT = "engine/base/db.py"
THE_CLOCK = "engine/base/clock.py"
OTHER_CLOCKS = dict.fromkeys(
    ("engine/base/files.py", "engine/base/stash.py", "engine/base/changes.py"),
    "compares with the times of files, which are the machine's",
)
OUTSIDE = "web/twins/"  # the reference servers play outside systems and have storage of their own
THE_SETTINGS = "web/settings.py"
SENDS_SQL = frozenset({"execute", "executescript", "exec_driver_sql", "text"})
PURE_FLOORS = ("engine", "forms", "connectors")
RUNS_TEXT = frozenset({"eval", "exec", "compile", "__import__"})
TEMPLATE_LANGUAGES = frozenset({"jinja2", "mako", "RestrictedPython", "pickle", "marshal", "shelve"})
VAGUE_CLASS = re.compile(r"(\wService|Manager|Helper|Utils?|Handler|DTO|Impl)$")  # a bare Service is BPMN's task
VAGUE_MODULE = re.compile(r"(^|_)(utils?|helpers?|common|core)$")
LOOSE_ENDS = re.compile(
    "|".join(
        [
            "raise NotImplemented" + "Error",
            r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b",
            r"mark\.(skip|x" + "fail)",
            r"pytest\.(skip|x" + "fail|importor" + r"skip)\(",
            r"# type: " + r"ignore(?!\[)",
            r"# no" + r"qa(?!: [A-Z]+\d)",
        ]
    )
)


def calls(source: Any) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last part of the name called."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node, node.func.id


def imported(source: Any) -> Iterator[tuple[ast.stmt, str]]:
    """Every name imported, in full."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def defined(source: Any) -> set[str]:
    """Names a module gives a meaning of its own."""
    made = {node.name for node in ast.walk(source.tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return made | {name.rsplit(".", 1)[-1] for _, name in imported(source)}


def strings(node: ast.expr | None) -> bool:
    """Whether this is a string written out, or a collection of them."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return bool(node.elts) and all(strings(element) for element in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


# --- the one commit ------------------------------------------------------------------------------------------------


def commits(sources: list[Any]) -> list[str]:
    """Where a transaction is ended by hand: a call of commit, or the SQL word sent to a database."""
    found = []
    for source in sources:
        for call, name in calls(source):
            told = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
            if name == "commit" or (name in SENDS_SQL and str(told).strip(" ;").upper() == "COMMIT"):
                found.append(source.at(call))
    return found


def test_there_is_exactly_one_commit(product):
    found = commits([source for source in product if not source.path.startswith(OUTSIDE)])
    assert [place.split(":")[0] for place in found] == [THE_COMMIT], found


@pytest.mark.parametrize("line", ["session.commit()", "connection.execute('commit;')", "db.session().commit()"])
def test_a_second_commit_would_be_found(sample, line):
    assert commits(sample(line)) == ["engine/made_up.py:1"]


# --- nothing a designer or citizen wrote is run ----------------------------------------------------------------------


def runs_text(sources: list[Any]) -> list[str]:
    found = []
    for source in sources:
        own = defined(source)
        found += [
            f"{source.at(call)} {name}"
            for call, name in calls(source)
            if isinstance(call.func, ast.Name) and name in RUNS_TEXT and name not in own
        ]
        for node, name in imported(source):
            if name.split(".")[0] in TEMPLATE_LANGUAGES or name in {f"builtins.{word}" for word in RUNS_TEXT}:
                found.append(f"{source.at(node)} {name}")
    return found


def test_no_text_is_run_as_python(product):
    assert runs_text([source for source in product if source.package in PURE_FLOORS]) == []


@pytest.mark.parametrize("line", ["eval(text)", "exec(text)", "import jinja2", "from builtins import eval", "import pickle"])
def test_running_text_would_be_found(sample, line):
    assert len(runs_text(sample(line))) == 1
    assert all(hasattr(builtins, name) for name in RUNS_TEXT)


def templates_from_text(sources: list[Any]) -> list[str]:
    risky = {"render_template_string", "from_string"}
    return [f"{source.at(call)} {name}" for source in sources for call, name in calls(source) if name in risky]


def test_pages_are_rendered_from_files_only(product):
    assert templates_from_text(product) == []


def test_a_template_from_text_would_be_found(sample):
    assert len(templates_from_text(sample("render_template_string(vorgang.titel)"))) == 1


# --- one clock -------------------------------------------------------------------------------------------------------


def clock_reads(sources: list[Any]) -> list[str]:
    """Where somebody asks what time it is, as `place: what is asked`; measuring how long something takes is another matter."""
    asks = {"now", "utcnow", "today", "time", "time_ns"}
    clocks = {"clock", "datetime", "date", "time"}
    found = []
    for source in sources:
        for call, name in calls(source):
            owner = ast.unparse(call.func).split(".")[:-1]
            if name in asks and owner and owner[-1] in clocks:
                found.append(f"{source.at(call)}: {ast.unparse(call.func)}")
        found += [f"{source.at(node)}: clock.now" for node, name in imported(source) if name == "engine.base.clock.now"]
    return found


def test_there_is_one_clock(product):
    inside = [source for source in product if source.package != "connectors" and not source.path.startswith(OUTSIDE)]
    found = clock_reads(
        [source for source in inside if source.path not in {THE_CLOCK, *OTHER_CLOCKS}]
    )  # connectors know ports and errors only
    assert [place for place in found if not place.endswith(": clock.now")] == []


def test_diagrams_are_told_the_time(product):
    assert clock_reads([source for source in product if source.path.startswith("engine/bpmn/")]) == []


@pytest.mark.parametrize("line", ["clock.now()", "dt.datetime.now(dt.UTC)", "time.time()", "from engine.base.clock import now"])
def test_asking_a_clock_would_be_found(sample, line):
    assert len(clock_reads(sample(line))) == 1


# --- names -----------------------------------------------------------------------------------------------------------


def vague_names(sources: list[Any]) -> list[str]:
    found = []
    for source in sources:
        parts = source.path.removesuffix(".py").split("/")
        found += [f"{source.path}: {part}" for part in parts if VAGUE_MODULE.search(part)]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name):
                found.append(f"{source.at(node)} {node.name}")
    return found


def test_names_say_what_a_thing_is(sources):
    assert vague_names(sources) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("class FristService: ...", "engine/model/frist.py"),
        ("class AntragDTO: ...", "forms/antrag/push.py"),
        ("", "engine/utils.py"),
        ("", "web/date_helpers.py"),
        ("", "engine/core/step.py"),
    ],
)
def test_a_vague_name_would_be_found(sample, text, path):
    assert len(vague_names(sample(text, path))) == 1


# --- length ----------------------------------------------------------------------------------------------------------


def too_long(sources: list[Any]) -> dict[str, int]:
    found = {}
    for source in sources:
        if source.path.startswith(A_LIST_OF_TABLES):
            continue
        lines = source.text.count("\n")
        if lines > LONGEST_MODULE:
            found[source.path] = lines
        for node in ast.walk(source.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found[f"{source.path}:{node.name}"] = length
    return found


def test_functions_and_modules_are_short(sources):
    found = too_long(sources)
    assert {place: lines for place, lines in found.items() if place not in LONGER_FOR_A_REASON} == {}
    assert set(LONGER_FOR_A_REASON) <= set(found), "an exception nobody needs any more"
    assert all(LONGER_FOR_A_REASON.values()), "an exception without a reason"


def test_a_long_function_and_a_long_module_would_be_found(sample):
    body = "def long():\n" + "    x = 1\n" * LONGEST_FUNCTION
    assert too_long(sample(body)) == {"engine/made_up.py:long": LONGEST_FUNCTION + 1}
    assert too_long(sample("x = 1\n" * (LONGEST_MODULE + 1))) == {"engine/made_up.py": LONGEST_MODULE + 1}


# --- municipalities are data -----------------------------------------------------------------------------------------


def _names_a_kommune(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(re.search(r"(kommune|slug|namespace|mandant)$", name.lower()))


def kommune_comparisons(sources: list[Any]) -> list[str]:
    """Where the code asks which municipality it works for by a name written out."""
    found = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                if any(map(_names_a_kommune, sides)) and any(map(strings, sides)):
                    found.append(source.at(node))
            elif isinstance(node, ast.Match) and _names_a_kommune(node.subject):
                found.append(source.at(node))
    return found


def test_no_code_asks_which_kommune_it_is(product):
    assert kommune_comparisons(product) == []


@pytest.mark.parametrize(
    "line",
    [
        "kommune == 'husum'",
        "call.kommune in ('husum', 'nordfriesland')",
        "'husum' != namespace",
        "match slug:\n    case 'husum': pass",
    ],
)
def test_asking_which_kommune_it_is_would_be_found(sample, line):
    assert len(kommune_comparisons(sample(line))) == 1


# --- settings --------------------------------------------------------------------------------------------------------


def environment_reads(sources: list[Any]) -> list[str]:
    words = {"environ", "environb", "getenv", "getenvb"}
    found = []
    for source in sources:
        found += [source.at(node) for node, name in imported(source) if name in {f"os.{word}" for word in words}]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr in words and getattr(node.value, "id", "") == "os":
                found.append(source.at(node))
    return found


def test_every_setting_is_read_in_one_place(product):
    assert [place for place in environment_reads(product) if not place.startswith(f"{THE_SETTINGS}:")] == []


@pytest.mark.parametrize("line", ["os.environ['X']", "os.getenv('X')", "from os import environ", "dict(os.environ)"])
def test_a_setting_read_elsewhere_would_be_found(sample, line):
    assert environment_reads(sample(line)) == ["engine/made_up.py:1"]


# --- nothing left open -----------------------------------------------------------------------------------------------


def loose_ends(sources: list[Any]) -> list[str]:
    lines = [(f"{s.path}:{number}", line) for s in sources for number, line in enumerate(s.text.splitlines(), 1)]
    return [f"{place} {found[0]}" for place, line in lines if (found := LOOSE_ENDS.search(line))]


def test_nothing_is_left_open_or_skipped(sources):
    assert loose_ends(sources) == []


@pytest.mark.parametrize("line", ["# TO" + "DO later", "@pytest.mark." + "skip", "x()  # type: " + "ignore", "1  # no" + "qa"])
def test_a_loose_end_would_be_found(sample, line):
    assert len(loose_ends(sample(line))) == 1
