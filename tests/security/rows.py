"""A row of the address × person table, and the words to write one in."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.security.scene import PNG

PEOPLE = (
    "gw gh gl uw1 uh1 ul1 ug1 pw11 pe11 pm11 sub1 ud1 uw2 uh2 ud2 pw21 pw12 sysadmin secadmin auditor outsider".split()
)
ANONYMOUS = "anonymous"
OUTSIDE = frozenset(["outsider"])
ADMINISTRATORS = frozenset("sysadmin secadmin auditor".split())
ALL = frozenset(PEOPLE)
STAFF = ALL - OUTSIDE
GROUP = frozenset("gw gh gl".split())
# ud1 stands in for ul1, so the department's own records are within reach of both.
UNIT_1 = frozenset("uw1 uh1 ul1 ug1 ud1 sub1 pw11 pe11 pm11".split())
BUSINESS = STAFF - ADMINISTRATORS - {"ud2"}
SEES_U1D1 = UNIT_1 | GROUP
KNOWS_U1D1 = SEES_U1D1 | ADMINISTRATORS  # the directory, not the business
SERVED = frozenset([200, 302, 400, 409, 422])


@dataclass(frozen=True)
class Row:
    """``ok`` are served; ``reach`` minus ``ok`` get 403; the rest 404. ``args`` names the scene's record."""

    ok: frozenset[str]
    reach: frozenset[str] = ALL
    args: str = ""
    data: dict[str, Any] | None = None
    public: bool = False
    served: frozenset[int] = frozenset([200])

    def expected(self, person: str) -> frozenset[int]:
        if person == ANONYMOUS:
            return self.served if self.public else frozenset([302])
        if person in self.ok:
            return self.served
        return frozenset([403]) if person in self.reach else frozenset([404])


def some(names: str) -> frozenset[str]:
    return frozenset(names.split())


def get(ok: frozenset[str], **more: Any) -> Row:
    return Row(ok, **more)


def post(ok: frozenset[str], data: dict[str, Any] | None = None, **more: Any) -> Row:
    """A forged POST with plausible values; those who may are answered by the form or the service, never refused."""
    return Row(ok, data=data or {}, served=more.pop("served", SERVED), **more)


def on_ledger(ok: frozenset[str] = SEES_U1D1, args: str = "ledgers", **more: Any) -> Row:
    return Row(ok, reach=SEES_U1D1, args=args, **more)


def to_ledger(ok: str, data: dict[str, Any], args: str = "ledgers") -> Row:
    return Row(some(ok), reach=SEES_U1D1, args=args, data=data, served=SERVED)


def of_pw11(**more: Any) -> Row:
    """An upload is its uploader's alone; who may not import at all is told so."""
    return Row(some("pw11"), reach=ALL - IMPORTERS, args="import", **more)


IMPORTERS = some("uw1 uw2 pw11 pw21 pw12")
SYS, SEC, AUD = some("sysadmin"), some("secadmin"), some("auditor")
KEEPERS, UNIT_HEADS = "uw1 pw11 pe11", "uh1 sub1"
WHY = {"remark": "核对原件", "reason": "核对原件"}


def file() -> SimpleUploadedFile:
    return SimpleUploadedFile("照片.png", PNG + b"x")
