"""The PDF engine, loaded when the first document is asked for.

It costs 26 MB and 0.3 s, which only a process that prints shall pay, and a machine without Pango runs all the rest.
"""

from typing import Any, BinaryIO

from organization.errors import Conflict

NO_ENGINE = "本机缺少生成 PDF 的系统组件 Pango,请联系系统管理员安装"


def print_pdf(template: str, context: dict[str, Any], target: BinaryIO, *, instead: str = "") -> None:
    """Write the template as a PDF. Conflict where the engine is missing; ``instead`` is what one can do then."""
    try:
        from .pdf import render_pdf
    except OSError:
        raise Conflict(f"{NO_ENGINE}{';' if instead else ''}{instead}。") from None
    render_pdf(template, context, target)
