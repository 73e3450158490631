"""Every step of the flows of complaints is taken by some service, and every step a service names exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from complaints.flows.complaint import FLOW
from complaints.flows.filing import FILING_FLOW
from complaints.flows.order import ORDER_FLOW
from complaints.flows.plan import MILESTONE_FLOW, OPINION_FLOW, PLAN_FLOW
from complaints.services.planning import DECISIONS
from complaints.services.supervising import supervising_step
from workflow.flow import Flow

FLOWS: dict[str, Flow[Any]] = {
    "complaint": FLOW,
    "filing": FILING_FLOW,
    "order": ORDER_FLOW,
    "plan": PLAN_FLOW,
    "milestone": MILESTONE_FLOW,
    "opinion": OPINION_FLOW,
}
BASE = Path(settings.BASE_DIR)


def named_in_code() -> Iterator[re.Pattern[str]]:
    """The strings of the services and of what saves an import; an f-string's gaps stand for anything."""
    files = [*(BASE / "complaints" / "services").glob("*.py"), *(BASE / "complaints" / "imports").glob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.compile(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = (re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values)
                yield re.compile("".join(parts))


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_step_is_taken_by_a_service(flow: Flow[Any]) -> None:
    computed = {supervising_step(kind, post) for kind in ("process", "result") for post in ("UL", "UG")} | set(
        DECISIONS
    )
    patterns = [pattern for pattern in named_in_code() if pattern.pattern != ".+"]
    idle = [n for n in flow.steps if n not in computed and not any(pattern.fullmatch(n) for pattern in patterns)]
    assert not idle
