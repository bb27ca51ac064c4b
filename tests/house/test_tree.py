"""Rules of the house that can be seen in the tree: files, names of packages, settings of the tools."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

TOP_LEVEL = {"engine", "forms", "connectors", "web", "processes", "bench", "deploy", "tests"}
# Put together here so that this file does not name them itself.
HOSTS_AND_PATHS = re.compile(
    "|".join(
        [
            "registry" + r"\.(npm|yarn)",
            "npm" + r"js\.(org|com)",
            "py" + r"pi\.org",
            "python" + "hosted",
            "deb" + r"\.debian",
            r"(?<![\w.])/(wo" + "rk|ro" + "ot|fa" + "rm)/",
            r"(?<![\w.])/tmp/(w|p|clone" + r")\b",
        ]
    )
)
HEAVY = {"sqlalchemy", "marshmallow", "flask", "alembic", "redis", "rq", "httpx"}


# --- files -----------------------------------------------------------------------------------------------------------


def packages_under_tests(files: Iterable[str]) -> list[str]:
    return [name for name in files if name.startswith("tests/") and name.endswith("/__init__.py")]


def test_tests_are_no_packages(files):
    assert packages_under_tests(files) == []


def test_a_package_under_tests_would_be_found():
    assert packages_under_tests(["tests/engine/__init__.py", "engine/__init__.py"]) == ["tests/engine/__init__.py"]


def hosts_and_paths(texts: Mapping[str, str]) -> list[str]:
    """Files that name a package registry or a folder of one developer's machine."""
    lines = [(f"{name}:{number}", line) for name, text in texts.items() for number, line in enumerate(text.splitlines(), 1)]
    return [f"{place} {found[0]}" for place, line in lines if (found := HOSTS_AND_PATHS.search(line))]


def test_no_file_names_a_registry_or_a_folder_of_this_machine(root, files):
    texts = {name: (root / name).read_text(encoding="utf-8", errors="replace") for name in files}
    assert "Makefile" in texts
    assert hosts_and_paths(texts) == []


@pytest.mark.parametrize(
    "line",
    ["--index-url https://py" + "pi.org/simple", 'cd "/ro' + 'ot/x"', "https://registry.n" + "pmjs.org/a", "=/wo" + "rk/main"],
)
def test_a_registry_or_a_folder_of_this_machine_would_be_found(line):
    assert len(hosts_and_paths({"made_up": line})) == 1


def test_urls_and_words_that_only_look_like_folders_are_left_alone():
    assert hosts_and_paths({"made_up": "https://example.org/work/ and vorgang/root/ and ./work/"}) == []


# --- locks -----------------------------------------------------------------------------------------------------------


def bound_to_a_host(text: str) -> list[str]:
    """Lines of a requirements file that name a place to fetch from."""
    option = re.compile(r"\s*(-i|-f|--(extra-)?index|--find-links)\b")
    return [line for line in text.splitlines() if "://" in line or option.match(line)]


def wanted(text: str) -> set[str]:
    return {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9][\w.-]*)", text, re.MULTILINE)}


LOCKS = ["requirements", "requirements-test", "deploy/setup/requirements-uv", "deploy/setup/requirements-node"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_complete_hashed_and_names_no_host(root, name):
    asked, locked = ((root / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("in", "lock"))
    assert bound_to_a_host(asked + locked) == []
    pinned = re.findall(r"^(\S+)==\S+(?: ; [^\\\n]+)? \\\n    --hash=sha256:[0-9a-f]{64}", locked, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z0-9]", locked, re.MULTILINE))
    assert wanted(asked) <= {name.split("[")[0] for name in pinned}, "make lock"


@pytest.mark.parametrize("line", ["--index-url x", "-i x", "flask @ https://example.org/flask.whl", "--find-links=x"])
def test_a_host_in_a_lock_would_be_found(line):
    assert bound_to_a_host(f"flask==3.1.3\n{line}\n") == [line]


def test_the_lock_of_the_front_end_names_no_host_and_the_versions_are_exact(root):
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    entries = {name: entry for name, entry in lock["packages"].items() if name}
    assert entries
    assert [name for name, entry in entries.items() if "resolved" in entry or "integrity" not in entry] == []
    package = json.loads((root / "package.json").read_text(encoding="utf-8"))
    asked = package["dependencies"] | package["devDependencies"]
    assert {name: entries[f"node_modules/{name}"]["version"] for name in asked} == asked


# --- packages --------------------------------------------------------------------------------------------------------


def namesakes(installed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Foreign distributions that bring a top-level package named like one of ours."""
    return {name: found for name, found in installed.items() if name in TOP_LEVEL}


def test_no_foreign_package_is_named_like_ours():
    installed = importlib.metadata.packages_distributions()
    assert "flask" in installed
    assert namesakes(installed) == {}


def test_a_namesake_would_be_found():
    assert namesakes({"web": ["web.py"], "flask": ["Flask"]}) == {"web": ["web.py"]}


def heavy_after(statement: str, root: Path) -> set[str]:
    """Which of the heavy libraries a fresh interpreter has loaded after a statement."""
    program = f"{statement}\nimport sys\nprint(*({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["engine.feel", "engine.bpmn"])
def test_the_pure_floors_load_without_database_and_schemas(root, package):
    assert (root / package.replace(".", "/") / "__init__.py").is_file()
    assert heavy_after(f"import {package}", root) == set()


def test_a_heavy_library_would_be_seen(root):
    assert heavy_after("import sqlalchemy, marshmallow", root) == {"sqlalchemy", "marshmallow"}


# --- what is imported is declared ------------------------------------------------------------------------------------


def undeclared(imports: Mapping[str, str], declared: set[str], installed: Mapping[str, list[str]]) -> list[str]:
    """Foreign modules whose distribution no requirements file asks for, as `module (first place)`."""
    found = []
    for module, place in sorted(imports.items()):
        if module in sys.stdlib_module_names or module in TOP_LEVEL or module == "_typeshed":  # only type checkers know it
            continue
        distributions = {name.lower().replace("_", "-") for name in installed.get(module, [])}
        if not distributions & declared:
            found.append(f"{module} ({place})")
    return found


def imports_of(sources) -> dict[str, str]:
    """Every top-level module imported, with the first place."""
    found: dict[str, str] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.split(".")[0], source.at(node))
    return found


def test_every_library_the_product_imports_is_required(root, product):
    declared = wanted((root / "requirements.in").read_text(encoding="utf-8"))
    assert undeclared(imports_of(product), declared, importlib.metadata.packages_distributions()) == []


def test_every_library_tests_and_benches_import_is_required(root, sources):
    asked = "".join((root / f"{name}.in").read_text(encoding="utf-8") for name in ("requirements", "requirements-test"))
    others = [source for source in sources if source.package in ("tests", "bench")]
    assert undeclared(imports_of(others), wanted(asked), importlib.metadata.packages_distributions()) == []


def test_a_library_nobody_required_would_be_found(sample):
    imports = imports_of(sample("import os\nimport made_up\nfrom flask import Flask\nfrom engine import reads\n"))
    assert undeclared(imports, {"flask"}, {"flask": ["Flask"]}) == ["made_up (engine/made_up.py:2)"]


# --- glossary --------------------------------------------------------------------------------------------------------

# The law's words, as house.md closes the list; each is explained with its source in docs/glossary.md.
GERMAN = set(
    "Kommune Leistung Antrag Vorgang Aufgabe Auftrag Nachricht Rueckfrage Dokument Bescheid Frist Protokoll Konto Rolle Stelle "
    "Erwartung Vertretung Amtshilfe Zustaendigkeit".split()
)


def words(source) -> set[str]:
    """The words a module and its classes are named with."""
    names = [source.path.rsplit("/", 1)[-1].removesuffix(".py").title()]
    names += [node.name for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)]
    return {word for name in names for word in re.findall(r"[A-Z][a-z]+", name.replace("_", ""))}


def unexplained(sources, glossary: str) -> list[str]:
    used = {word for source in sources for word in words(source)} & GERMAN
    return sorted(word for word in used if not re.search(rf"\b{word}\b", glossary))


def test_every_german_noun_of_the_model_is_in_the_glossary(root, product):
    model = [source for source in product if source.path.startswith("engine/model/")]
    assert model
    assert unexplained(model, (root / "docs/glossary.md").read_text(encoding="utf-8")) == []


def test_an_unexplained_noun_would_be_found(sample):
    model = sample("class Frist: ...\nclass Snapshot: ...\nclass AuftragRow: ...", "engine/model/vorgang.py")
    assert unexplained(model, "| Frist | § 31 VwVfG |") == ["Auftrag", "Vorgang"]


# --- pictures of the documents --------------------------------------------------------------------------------------


def pictures_of(texts: Iterable[str]) -> set[str]:
    """The pictures that documents show, as they name them."""
    return {name for text in texts for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)}


def test_each_picture_of_a_document_is_there_and_each_that_is_there_is_shown(root, files):
    shown = pictures_of((root / name).read_text(encoding="utf-8") for name in files if re.fullmatch(r"docs/[^/]+\.md", name))
    assert {f"docs/{name}" for name in shown} == {name for name in files if name.startswith("docs/bilder/")}


def test_a_picture_without_words_does_not_count():
    assert pictures_of(["![Mein Tag](bilder/tag.png) ![](bilder/leer.png)"]) == {"bilder/tag.png"}
