"""Clause 5.1.2: what is missing, before a ledger may be submitted."""

import pytest

from ledgers import appendix_c, guards
from ledgers.appendix_c import Contact
from ledgers.guards import is_complete, may_be_voided
from ledgers.models import Ledger
from ledgers.services.review import void_ledger
from tests.ledgers.factories import NOW, effective, full_contacts, make_ledger, write
from tests.personas import Personas
from workflow.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.1.2")]


def gaps(personas: Personas, contacts: list[Contact] | None = None, **header: object) -> list[str]:
    ledger = write(personas, make_ledger(personas), contacts=contacts, **header)
    return is_complete(Ledger.objects.get(pk=ledger.pk))


def test_complete_with_all_thirteen(personas: Personas) -> None:
    assert gaps(personas) == []


@pytest.mark.parametrize("code", list(appendix_c.POSTS))
@pytest.mark.parametrize(("column", "title"), [("name", "联系人"), ("phone", "联系方式")])
def test_each_missing_cell_is_named(code: str, column: str, title: str) -> None:
    """Pure: the same list the guard uses, for every post and both columns."""
    contacts = full_contacts(**{code: {column: "  "}})
    assert appendix_c.missing_contacts(contacts) == [f"{appendix_c.POSTS[code].name} {title}"]


def test_a_post_that_is_absent_needs_its_reason(personas: Personas) -> None:
    nobody = {"name": "", "phone": "", "absent": True}
    assert gaps(personas, full_contacts(curtain_wall={**nobody, "absent_reason": "本工程无玻璃幕墙"})) == []
    assert gaps(personas, full_contacts(curtain_wall=nobody)) == ["缺少:玻璃幕墙 无此岗位的原因"]


def test_a_missing_post_counts_both_its_cells(personas: Personas) -> None:
    contacts = [contact for contact in full_contacts() if contact.post != "property_manager"]
    assert gaps(personas, contacts) == ["缺少:物业经理 联系人", "缺少:物业经理 联系方式"]


def test_an_extra_person_needs_both_too(personas: Personas) -> None:
    contacts = [*full_contacts(), Contact("subcontractor", title="防火门分包", name="赵工")]
    assert gaps(personas, contacts) == ["缺少:防火门分包 联系方式"]


def test_the_head_is_checked(personas: Personas) -> None:
    assert gaps(personas, None, address="", warranty_end=None) == ["缺少:工程地址", "缺少:保修截止日期"]


def test_an_empty_ledger_is_told_to_be_drafted(personas: Personas) -> None:
    assert is_complete(make_ledger(personas)) == ["台账尚未填写,请先编制。"]


def test_upper_apps_object_to_voiding(personas: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = effective(personas)
    assert may_be_voided(ledger) == []
    monkeypatch.setattr(guards, "void_objections", [lambda _: ["已有 2 次回访记录,不能作废。"]])
    with pytest.raises(Refused, match="回访记录"):
        void_ledger(ledger_id=ledger.pk, reason="重复", actor=personas.uh1, now=NOW)
