"""How a log line looks: one event, one line, so that a line-based collector never cuts a traceback in pieces."""

import logging


class OneLineFormatter(logging.Formatter):
    """``2026-03-10 09:20:00,123 INFO workflow.sweep [pid] message``, tracebacks folded into the same line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "").replace("\n", "\\n")
