"""Do the tests of the frequency rules notice when a rule is wrong?

    python -m tests.revisits.mutations            every mutant, as a table; exit 1 when one survives unexplained
    python -m tests.revisits.mutations windows    of one module
    REVISIT_PROJECTS=60 python -m …               how many random projects each mutant meets (default 60)

Each mutant is one module of ``revisits/frequency`` with one small change to its syntax tree: a comparison, a constant,
a sign, a branch, a clause left out. The tests of the frequency rules run against it in a process of their own, in the
order of ``TESTS``, to the first failure. ``EQUIVALENT`` names the changes that no test can notice, and why.
"""

import ast
import copy
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "revisits.frequency"
MODULES = ("days", "terms", "windows", "checking", "slots", "drafting", "spreading")
TESTS = ("test_frequency.py", "test_frequency_rules.py", "test_frequency_repair.py", "test_spread.py",
         "test_frequency_random.py")  # fmt: skip
WORKERS = int(os.environ.get("WORKERS", "2"))
SECONDS = 60  # a mutant that hangs is noticed

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
REPLACED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mod: ast.FloorDiv,
}  # fmt: skip
NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "PHONE": "ONSITE", "ONSITE": "PHONE", "UNIT": "DEPARTMENT",
    "DEPARTMENT": "UNIT", "OTHER": "PHONE", "NORTH": "SOUTH", "SOUTH": "NORTH",
}  # fmt: skip


class Mutant(NamedTuple):
    module: str
    line: int
    change: str
    source: str


# Module, change, part of the changed line: why nobody can notice it.
_LONG = "_any_long_enough(windows, policy)"
_EVER = "any((_any_long_enough(_windows(facts, each, level, policy), policy) for each in _years(facts)))"
_ORDER = "only the order of the figures matters, and it stays"
EQUIVALENT = {
    ("days", "31 -> 32", "day_in(year, month, 31)"): "clamped to the month's last day all the same",
    ("windows", "4 -> 5", "_SEGMENTS = "): "a fifth segment begins after the last day of the key year",
    (
        "windows",
        f"not {_LONG} and (not {_EVER}): without not {_LONG}",
        "if not",
    ): "the year is one of those that follow",
    (
        "windows",
        "quota and window is not None: without window is not None",
        "if quota",
    ): "a year's segment has days in it",
    ("windows", "1 -> 0", "_since_approval([floor] if floor else [], facts, 1)"): "no window has less than a day",
    ("windows", "window.start >= since: GtE -> Gt", "elif"): "the rest of a window that begins with it is all of it",
    ("windows", "2 -> 3", "last.year + 2"): "two years after the end nothing is asked",
    ("slots", "if served not in visits: always", "if served"): "kept only so as not to be worked out twice",
    (
        "slots",
        "if served: always",
        "if served",
    ): "narrower than the whole quarter, which serves as much and stands first",
    ("slots", "call.start < edge <= call.end: Lt -> LtE", "edges |="): "the first day is an edge already",
    ("drafting", "0 -> 1", "default=0"): "the same for every day where there is no other visit",
    ("drafting", "0 -> -1", "default=0"): "the same for every day where there is no other visit",
    ("spreading", "1 -> 2", "self.on_day[day] += 1"): _ORDER,
    ("spreading", "1 -> 2", "self.of_visitor_on[item.visitor, day] += 1"): _ORDER,
    ("spreading", "0 -> -1", "return 0"): _ORDER,
    ("spreading", "2 -> 3", "(before or after) else 2"): _ORDER,
    ("spreading", "1 -> 2", "max(1, len(self.worked))"): "where no day is worked no week has a share",
}


def _why(mutant: Mutant, line: str) -> str:
    """Why a mutant is equivalent; "" where nothing says so."""
    for (module, change, part), reason in EQUIVALENT.items():
        if (module, change) == (mutant.module, mutant.change) and part in line:
            return reason
    return ""


# --- making them


def mutants(module: str) -> Iterator[Mutant]:
    source = (ROOT / "revisits" / "frequency" / f"{module}.py").read_text()
    tree = ast.parse(source)
    _without_prose(tree)
    for index, node in enumerate(ast.walk(tree)):
        for nth, change in enumerate(_changes(node)):
            other = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(other)) if i == index)
            list(_changes(target, apply=nth))
            text = ast.unparse(ast.fix_missing_locations(other))
            if text != ast.unparse(tree):
                yield Mutant(module, getattr(node, "lineno", 0), change, text)


def _without_prose(tree: ast.AST) -> None:
    """Docstrings out; annotations decide nothing."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[0] = ast.Pass()
        if isinstance(node, ast.ClassDef):  # frozen and slots: true, and not to be changed
            for keyword in (k for d in node.decorator_list if isinstance(d, ast.Call) for k in d.keywords):
                keyword.value = ast.Name("__debug__", ast.Load())
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Name("object", ast.Load())
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs):
                argument.annotation = None


def _changes(node: ast.AST, apply: int | None = None) -> Iterator[str]:
    """What can be changed about a node, in words; the ``apply``-th is done."""
    for nth, (words, change) in enumerate(_possible(node)):
        if nth == apply:
            change()
            return
        yield words


def _possible(node: ast.AST) -> list:  # type: ignore[type-arg]
    found: list = []  # type: ignore[type-arg]

    def put(owner: object, name: str, value: object, words: str) -> None:
        found.append((words, lambda: setattr(owner, name, value)))

    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in COMPARED.get(type(operator), ()):
                ops = [*node.ops]
                ops[at] = other()
                put(node, "ops", ops, f"{ast.unparse(node)}: {type(operator).__name__} -> {other.__name__}")
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        step = 1 if isinstance(node.value, int) else 0.5
        for other_value in (node.value + step, node.value - step):
            put(node, "value", other_value, f"{node.value} -> {other_value}")
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        put(node, "value", not node.value, f"{node.value} -> {not node.value}")
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in REPLACED:
        put(node, "op", REPLACED[type(node.op)](), f"{ast.unparse(node)}: {type(node.op).__name__} replaced")
    elif isinstance(node, ast.BoolOp):
        put(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And(), f"{ast.unparse(node)}: and <-> or")
        for at, operand in enumerate(node.values):
            if len(node.values) > 1:
                rest = node.values[:at] + node.values[at + 1 :]
                put(node, "values", rest, f"{ast.unparse(node)}: without {ast.unparse(operand)}")
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            put(node, "op", ast.UAdd(), f"{ast.unparse(node)}: not dropped")
        elif isinstance(node.op, ast.USub):
            put(node, "op", ast.UAdd(), f"{ast.unparse(node)}: sign dropped")
    elif isinstance(node, ast.IfExp):
        put(node, "test", ast.Constant(True), f"{ast.unparse(node)}: always the first")
        put(node, "test", ast.Constant(False), f"{ast.unparse(node)}: always the second")
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        put(node, "id", NAMES[node.id], f"{node.id} -> {NAMES[node.id]}")
    elif isinstance(node, ast.comprehension):
        for at, test in enumerate(node.ifs):
            put(node, "ifs", node.ifs[:at] + node.ifs[at + 1 :], f"without if {ast.unparse(test)}")
    elif isinstance(node, ast.If):
        put(node, "test", ast.Constant(False), f"if {ast.unparse(node.test)}: never")
        put(node, "test", ast.Constant(True), f"if {ast.unparse(node.test)}: always")
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for at, part in enumerate(node.value.elts):
            neutral = [*node.value.elts]
            neutral[at] = ast.Constant(0)
            put(node.value, "elts", neutral, f"{ast.unparse(node)}: without {ast.unparse(part)}")
    elif isinstance(node, ast.keyword) and node.arg == "key":
        put(node, "value", ast.parse("lambda _: 0", mode="eval").body, f"no order by {ast.unparse(node.value)}")
    elif isinstance(node, ast.Lambda) and isinstance(node.body, ast.Tuple):
        for at, part in enumerate(node.body.elts):
            neutral = [*node.body.elts]
            neutral[at] = ast.Constant(0)
            put(node.body, "elts", neutral, f"order without {ast.unparse(part)}")
    for name in ("body", "orelse"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            for at, statement in enumerate(body):
                if isinstance(statement, (ast.AugAssign, ast.Expr)) and not isinstance(
                    getattr(statement, "value", None), ast.Constant
                ):
                    put(node, name, [*body[:at], ast.Pass(), *body[at + 1 :]], f"without {ast.unparse(statement)}")
    return found


# --- meeting the tests


class _Finder(MetaPathFinder, Loader):
    """Gives the mutant where its module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.source = f"{PACKAGE}.{mutant.module}", mutant.source

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)


def survives(mutant: Mutant | None) -> bool:
    """Whether all tests pass, in a process of its own."""
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.alarm(SECONDS)
        if mutant is not None:
            sys.meta_path.insert(0, _Finder(mutant))
        paths = [str(ROOT / "tests" / "revisits" / name) for name in TESTS]
        code = 1
        try:
            code = pytest.main([*paths, "-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-k", "not in_a_second"])
        finally:
            os._exit(0 if code == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


def main(names: list[str]) -> int:
    os.environ.setdefault("REVISIT_PROJECTS", "60")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading them would take most of the time
    os.chdir(ROOT)
    for each in ("_pytest.assertion.rewrite", "_pytest.doctest", "_pytest.junitxml", "workflow.workdays"):
        importlib.import_module(each)  # once, before the processes part
    if not survives(None):
        print("the tests fail as the code stands")
        return 2
    print(f"{'module':<12}{'mutants':>9}{'killed':>9}{'equivalent':>12}{'survived':>10}")
    return 1 if sum([_report(module) for module in names or MODULES]) else 0


def _report(module: str) -> int:
    """One row of the table, and every mutant alive beneath it; how many of them are not explained."""
    lines = (ROOT / "revisits" / "frequency" / f"{module}.py").read_text().splitlines()
    made = list(mutants(module))
    unknown, rows = 0, []
    with ThreadPoolExecutor(WORKERS) as pool:
        for mutant, alive in zip(made, pool.map(survives, made), strict=True):
            if alive:
                text = lines[mutant.line - 1] if mutant.line else ""
                reason = _why(mutant, text)
                unknown += not reason
                rows.append(f"    {module}.py:{mutant.line}  {mutant.change}\n        {reason or 'SURVIVED'}")
                if not reason:
                    print(rows[-1], file=sys.stderr, flush=True)
    known = len(rows) - unknown
    print(f"{module:<12}{len(made):>9}{len(made) - len(rows):>9}{known:>12}{unknown:>10}", *rows, sep="\n", flush=True)
    return unknown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
