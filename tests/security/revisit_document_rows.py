"""The rows of Appendix D, of a unit's year, and of the import of a plan made elsewhere."""

from typing import Any

from tests.security.complaint_rows import PW, see
from tests.security.revisit_plan_rows import OF_UNIT
from tests.security.rows import SEES_U1D1, SERVED, Row

PURPOSE = {"purpose": "archive"}
SAVE = {"mode": "add", "revision": "0"}


def of_uploader(**more: Any) -> Row:
    """An upload is its uploader's alone; for everybody else it does not exist."""
    return Row(PW, reach=PW, args="plan_import", **more)


REVISIT_DOCUMENTS: dict[str, Row | tuple[Row, ...]] = {
    "reports:appendix_d": (see("plan_xlsx"), see("plan_pdf"), see("plan_pdf", data=PURPOSE, served=SERVED)),
    "reports:appendix_d_template": Row(PW, reach=SEES_U1D1, args="plan_draft"),
    "reports:revisit_year": (
        Row(OF_UNIT, reach=OF_UNIT, args="unit_year"),
        Row(OF_UNIT, reach=OF_UNIT, args="unit_year", data=PURPOSE, served=SERVED),
    ),
    "revisits:plan_import": (
        Row(PW, reach=SEES_U1D1, args="plan_draft"),
        Row(PW, reach=SEES_U1D1, args="plan_draft", data={}, served=SERVED),
    ),
    "revisits:import_detail": of_uploader(),
    "revisits:import_save": of_uploader(data=SAVE, served=SERVED),
    "revisits:import_discard": of_uploader(data={}, served=SERVED),
    "revisits:import_marked": of_uploader(served=SERVED),
}
