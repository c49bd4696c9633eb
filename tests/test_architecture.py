"""The house keeps its shape: ideas reach no framework, imports point down, and every module says what it is for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "upsell"

# Names that Django, DRF and Oscar taught everyone; a module of such a name is glue. Any other name is an idea.
ROLES = {
    "admin",
    "api",
    "api_urls",
    "apps",
    "benefits",
    "checks",
    "components",
    "conditions",
    "conf",
    "dashboard",
    "forms",
    "guard",
    "models",
    "offer_type",
    "oscar",
    "querysets",
    "receivers",
    "registry",
    "reports",
    "serializers",
    "services",
    "signals",
    "tasks",
    "testing",
    "urls",
    "views",
}
ROLE_FOLDERS = {
    "booking",
    "contrib",
    "engines",
    "management",
    "migrations",
    "recommenders",
    "serving",
    "templatetags",
} | ROLES
FRAMEWORKS = {"django", "oscar", "rest_framework", "django_filters", "drf_spectacular", "haystack", "django_tasks"}


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def is_idea(path: Path) -> bool:
    inside = path.relative_to(PACKAGE)
    folders = set(inside.parts[:-1])
    return path.stem not in ROLES | {"__init__"} and not folders & ROLE_FOLDERS


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


IDEAS = [path for path in modules() if is_idea(path)]


def test_there_are_ideas() -> None:
    assert {"base", "affinity"} <= {path.stem for path in IDEAS}


# One process that has imported nothing of ours becomes many: each imports one module and says what came with it. The
# numbers are there before, for what takes a second to import.
EACH_ALONE = """
import importlib, os, sys
import numpy, scipy.sparse
for name in sys.argv[1:]:
    if not os.fork():
        importlib.import_module(name)
        print(name, *sorted({module.split(".")[0] for module in sys.modules}), flush=True)
        os._exit(0)
    _child, failed = os.wait()
    if failed:
        sys.exit(f"{name} cannot be imported alone")
"""


@pytest.fixture(scope="module")
def reached() -> dict[str, set[str]]:
    """What is imported with each idea."""
    command = [sys.executable, "-c", EACH_ALONE, *map(dotted, IDEAS)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return {name: set(others) for name, *others in map(str.split, run.stdout.splitlines())}


@pytest.mark.parametrize("path", IDEAS, ids=dotted)
def test_an_idea_reaches_no_framework_even_indirectly(path: Path, reached: dict[str, set[str]]) -> None:
    assert "upsell" in reached[dotted(path)]
    assert not FRAMEWORKS & reached[dotted(path)]


def test_the_numbers_that_were_there_before_are_no_framework(reached: dict[str, set[str]]) -> None:
    code = "import sys, numpy, scipy.sparse; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not FRAMEWORKS & set(run.stdout.split())


@pytest.mark.parametrize("path", [path for path in modules() if path.name == "__init__.py"], ids=dotted)
def test_packages_import_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize("path", [path for path in modules() if path.name != "__init__.py"], ids=dotted)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{path.relative_to(ROOT)} has no docstring"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_that_grows_past_400_lines_becomes_a_package(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_a_request_imports_neither_numpy_nor_scipy() -> None:
    """The heavy libraries belong to the build; a web process that only serves never loads them."""
    code = (
        "import sys, django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "import upsell.templatetags.upsell_tags\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'numpy', 'scipy', 'numba'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
    )
    assert run.stdout.strip() == ""


def test_imports_point_down() -> None:
    pytest.importorskip("importlinter", reason="import-linter is not installed; enable with: make test")
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
