"""What one may see, how lists are narrowed and sorted, what the export streams, how phones are masked."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledgers.appendix_c import Contact
from ledgers.columns import LIST_COLUMNS
from ledgers.filters import LedgerFilter, ProjectFilter, PunchFilter, filter_ledgers
from ledgers.models import Ledger
from ledgers.selectors import ledger_data, ledger_rows, tab_counts, visible_ledgers
from ledgers.selectors.counts import kept_tab_counts
from ledgers.selectors.detail import version_rows
from ledgers.selectors.masking import CHANGED, mask_changes, mask_phones
from ledgers.selectors.projects import departments_to_register_in, visible_projects, visible_punch_items
from ledgers.selectors.search import search_everything
from ledgers.services.review import decide_ledger, submit_ledger, void_ledger
from ledgers.views.listing import page_of_rows
from tests.ledgers.factories import (
    END,
    NOW,
    START,
    changing,
    effective,
    full_contacts,
    make_ledger,
    make_project,
    punch_item,
    submitted,
    write,
)
from tests.personas import Personas

pytestmark = pytest.mark.django_db
S = Ledger.Status


def found(personas: Personas, query: str, who: str = "gw") -> list[Ledger]:
    return list(filter_ledgers(visible_ledgers(personas.fresh(who)), QueryDict(query)))


@pytest.mark.clause("G2")
def test_reach(personas: Personas) -> None:
    here = make_ledger(personas)
    next_door = make_ledger(personas, actor="pw12", unit="U1D2")
    neighbour = make_ledger(personas, actor="pw21", unit="U2D1")
    seen = {
        who: set(visible_ledgers(personas.fresh(who)))
        for who in ("pw11", "pm11", "pw12", "uw1", "ul1", "uw2", "gw", "gh", "ud1", "sysadmin", "auditor", "outsider")
    }
    assert seen["pw11"] == seen["pm11"] == {here}
    assert seen["pw12"] == {next_door}
    assert seen["uw1"] == seen["ul1"] == {here, next_door}
    assert seen["uw2"] == {neighbour}
    assert seen["gw"] == seen["gh"] == {here, next_door, neighbour}
    assert not seen["ud1"] | seen["sysadmin"] | seen["auditor"] | seen["outsider"]


@pytest.mark.clause("G2")
def test_counts_and_search_keep_the_same_reach(personas: Personas) -> None:
    mine = make_ledger(personas, name="市立中学教学楼")
    make_ledger(personas, actor="pw21", unit="U2D1", name="市立中学宿舍")
    item = punch_item(personas, mine.project, problem="教学楼渗水")
    today = date(2026, 3, 10)
    assert tab_counts(personas.fresh("uw1"), today).total == 1
    assert tab_counts(personas.fresh("gw"), today).total == 2
    hits = {group.kind: group.rows for group in search_everything(personas.fresh("uw1"), "中学")}
    assert hits["ledger"] == [mine]
    assert hits["punch"] == [item], "by the project's name too"
    assert all(not group.rows for group in search_everything(personas.fresh("uw2"), "教学"))
    assert all(not group.rows for group in search_everything(personas.fresh("outsider"), "中学"))


def test_two_characters_and_several_words(personas: Personas) -> None:
    school = make_ledger(personas, name="市立中学教学楼", address="石家庄市长安区")
    make_ledger(personas, name="市立医院门诊楼", address="石家庄市桥西区")
    assert found(personas, "q=中学") == [school]
    assert found(personas, "q=市立+长安") == [school]
    assert found(personas, "q=市立+保定") == []
    assert found(personas, f"q={school.project.code.lower()}") == [school]


def test_wildcards_are_ordinary_characters(personas: Personas) -> None:
    make_ledger(personas, name="普通工程")
    percent = make_ledger(personas, name="节能 100% 改造")
    assert found(personas, "q=%25") == [percent]
    assert found(personas, "q=_") == []


def test_each_filter_narrows(personas: Personas) -> None:
    draft = write(personas, make_ledger(personas), contacts=full_contacts(owner_engineer={"phone": ""}))
    review = submitted(personas)
    key = effective(personas, header={"key": True, "strategic": True, "hvac": True, "region": "south"})
    other = make_ledger(personas, actor="pw21", unit="U2D1", overseas=True, local_requirements="按当地法规")
    cases = {
        "status=drafting": {draft},
        "status=in_review&status=drafting": {draft, review},
        "unit=U2": {other},
        "department=U2D1": {other},
        "department=第2建筑公司": {other},
        "region=south": {key},
        "key=1": {key},
        "key=0": {draft, review, other},
        "strategic=1": {key},
        "hvac=1": {key},
        "overseas=1": {other},
        "missing=on": {draft},
        f"warranty_end_after={END}": {draft, review, key},
        f"warranty_end_after={END + timedelta(days=1)}": set(),
        f"warranty_end_before={END - timedelta(days=1)}": set(),
        "": {draft, review, key, other},
    }
    for query, expected in cases.items():
        assert set(found(personas, query)) == expected, query


@pytest.mark.parametrize(
    "query",
    ["unit=nowhere", "status=nonsense", "q=%00", "ending=-1", "ending=abc", "warranty_end_after=0001-13-99", "key=7",
     "q=" + "x" * 101, "sort=password", "sort=-project__created_by__password"],
)  # fmt: skip
def test_a_wrong_value_filters_nothing_and_says_so(personas: Personas, query: str) -> None:
    ledger = make_ledger(personas)
    assert found(personas, query) == [ledger]
    filters = LedgerFilter(QueryDict(query), visible_ledgers(personas.gw))
    assert bool(filters.form.errors) is not query.startswith("sort")


def test_overdue_means_a_running_clock_is_late(personas: Personas) -> None:
    late = make_ledger(personas, accepted_on=date(2020, 1, 1))
    assert set(found(personas, "overdue=on")) == {late}
    write(personas, late)
    submit_ledger(ledger_id=late.pk, actor=personas.pw11, now=NOW.replace(year=2100))
    assert found(personas, "overdue=on") == []


def test_ending_soon_counts_running_warranties_only(personas: Personas) -> None:
    today = timezone.localdate()
    inside = effective(personas, header={"warranty_end": today + timedelta(days=90)})
    effective(personas, header={"warranty_end": today + timedelta(days=91)})
    gone = effective(personas, header={"warranty_end": today + timedelta(days=30)})
    void_ledger(ledger_id=gone.pk, reason="重复", actor=personas.uh1, now=NOW)
    assert found(personas, "ending=90") == [inside]
    assert tab_counts(personas.gw, today).ending == 1


def test_sort(personas: Personas) -> None:
    b, a = make_ledger(personas, name="乙工程", code="B-1"), make_ledger(personas, name="甲工程", code="A-1")
    assert found(personas, "sort=code") == [a, b]
    assert found(personas, "sort=-code") == [b, a]
    assert found(personas, "") == [a, b], "the newest first"


def test_tabs_count_by_status_and_gaps(personas: Personas) -> None:
    make_ledger(personas)
    write(personas, make_ledger(personas), contacts=full_contacts(owner_engineer={"phone": ""}), address="")
    submitted(personas)
    counts = tab_counts(personas.uw1, date(2026, 3, 10))
    assert (counts.total, counts.of(S.PENDING), counts.of(S.DRAFTING, S.IN_REVIEW), counts.missing) == (3, 1, 2, 1)


@pytest.mark.clause("C")
def test_export_rows_stand_in_the_columns_order(personas: Personas) -> None:
    nobody = {"name": "", "phone": "", "absent": True, "absent_reason": "无幕墙"}
    ledger = make_ledger(personas, name="甲工程", code="A-1")
    write(personas, ledger, contacts=full_contacts(curtain_wall=nobody), remark="备注", key=True)
    pending = make_ledger(personas, name="乙工程", code="B-1", hvac=True)
    rows = list(ledger_rows(filter_ledgers(visible_ledgers(personas.gw), QueryDict("sort=code"))))
    keys = [column.key for column in LIST_COLUMNS]
    first, second = (dict(zip(keys, row, strict=True)) for row in rows)
    assert (first["seq"], first["number"], first["name"], first["department"]) == (1, "A-1", "甲工程", "U1D1")
    assert (first["warranty_start"], first["warranty_end"]) == (START, END)
    assert (first["key"], first["hvac"], first["region"], first["remark"]) == ("是", "否", "北方", "备注")
    assert (first["warranty_lead.name"], first["warranty_lead.phone"]) == ("联系0", "13800000000")
    assert (first["curtain_wall.name"], first["curtain_wall.phone"]) == ("无此岗位", "无幕墙")
    assert (second["seq"], second["name"], second["hvac"]) == (2, pending.project.name, "是")
    assert (second["warranty_start"], second["warranty_lead.name"]) == (None, "")


@pytest.mark.clause("C")
def test_the_export_shows_what_governs_while_a_change_is_drafted(personas: Personas) -> None:
    ledger = changing(personas)
    write(personas, ledger, city="保定", address="新地址")
    (row,) = ledger_rows(visible_ledgers(personas.gw).filter(pk=ledger.pk))
    assert row[3] != "新地址"


def test_export_asks_a_constant_number_of_queries(personas: Personas) -> None:
    counts = []
    list(visible_ledgers(personas.gw))  # the user's rights are read once
    for _ in range(2):
        for _ in range(3):
            write(personas, make_ledger(personas))
        with CaptureQueriesContext(connection) as queries:
            assert list(ledger_rows(visible_ledgers(personas.gw)))
        counts.append(len(queries))
    assert counts == [3, 3]


@pytest.mark.clause("C")
def test_data_of_a_form_has_all_posts_and_extras_in_their_group(personas: Personas) -> None:
    contacts = [*full_contacts(), Contact("subcontractor", title="防火门分包", name="赵工", phone="13700000000")]
    ledger = write(personas, make_ledger(personas), contacts=contacts)
    labels = [contact.label for contact in ledger_data(Ledger.objects.get(pk=ledger.pk)).contacts]
    assert len(labels) == 14
    assert labels[11] == "防火门分包", "after 玻璃幕墙, before the owner's people"
    pending = ledger_data(make_ledger(personas))
    assert len(pending.contacts) == 13
    assert pending.warranty_start is None


@pytest.mark.clause("5.1.1")
def test_versions_tell_what_they_changed(personas: Personas) -> None:
    ledger = changing(personas)
    write(personas, ledger, contacts=full_contacts(property_manager={"phone": "13800099912"}))
    ledger.refresh_from_db()
    second, first = version_rows(ledger)
    assert (second.label, first.label) == ("变更编制中", "现行版本")
    (change,) = second.changes
    assert change["field"] == "物业经理"
    assert "13800099912" not in change["new"], "phones are masked in differences"
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    decide_ledger(ledger_id=ledger.pk, step="review_change", remark="", actor=personas.uw1, now=NOW)
    ledger = decide_ledger(ledger_id=ledger.pk, step="confirm_change", remark="", actor=personas.uh1, now=NOW)
    assert [row.label for row in version_rows(ledger)] == ["现行版本", "已被替代"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("李工 13812345678", "李工 138****5678"),
        ("010-63345678转802", "010****5678转802"),
        ("400-820-8820", "400****8820"),
        ("编号 2026-001,面积 123456", "编号 2026-001,面积 123456"),
        ("13812345678、13912345679", "138****5678、139****5679"),
    ],
)
def test_masking(text: str, masked: str) -> None:
    assert mask_phones(text) == masked


def test_a_hidden_change_of_a_number_is_said() -> None:
    (change,) = mask_changes([{"field": "项目经理", "old": "李 13811115678", "new": "李 13822225678"}])
    assert change["new"].endswith(CHANGED)


@pytest.mark.clause("1b", "G2")
def test_projects_and_departments_in_reach(personas: Personas) -> None:
    here, there = (
        make_project(personas),
        make_project(personas, actor="pw21", unit="U2D1", overseas=True, local_requirements="x"),
    )
    assert list(visible_projects(personas.fresh("uw1"))) == [here]
    assert set(visible_projects(personas.fresh("gw"))) == {here, there}
    assert [unit.code for unit in departments_to_register_in(personas.fresh("pw11"))] == ["U1D1"]
    assert len(departments_to_register_in(personas.fresh("uw1"))) == 3
    assert not departments_to_register_in(personas.fresh("gw"))
    every = visible_projects(personas.fresh("gw"))
    assert list(ProjectFilter(QueryDict("overseas=1"), every).qs) == [there]
    assert list(ProjectFilter(QueryDict("phase=building&unit=U1"), every).qs) == [here]
    assert list(ProjectFilter(QueryDict("ledger=1"), every).qs) == []


@pytest.mark.clause("3.3.4", "G2")
def test_punch_items_in_reach_and_filtered(personas: Personas) -> None:
    item = punch_item(personas)
    late = punch_item(personas, due_on=date(2026, 3, 2), place="地下室")
    assert set(visible_punch_items(personas.fresh("pw11"))) == {item, late}
    assert not visible_punch_items(personas.fresh("pw12"))
    every = visible_punch_items(personas.fresh("gw"))
    assert list(PunchFilter(QueryDict("q=地下"), every).qs) == [late]
    assert list(PunchFilter(QueryDict(f"project={item.project_id}"), every).qs) == [item]
    assert list(PunchFilter(QueryDict("sort=-due"), every).qs) == [item, late]
    assert list(PunchFilter(QueryDict("status=closed"), every).qs) == []


def test_kept_counts_are_never_older_than_the_last_change(personas: Personas) -> None:
    today = date(2026, 3, 10)
    ledger = make_ledger(personas)
    assert kept_tab_counts(personas.uw1, today).of(S.PENDING) == 1
    write(personas, ledger)
    assert kept_tab_counts(personas.uw1, today).of(S.DRAFTING) == 1
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    assert kept_tab_counts(personas.uw1, today).of(S.IN_REVIEW) == 1
    make_ledger(personas)
    assert kept_tab_counts(personas.uw1, today).total == 2
    assert kept_tab_counts(personas.uw2, today).total == 0, "another reach has its own"
    assert tab_counts(personas.uw1, today) == kept_tab_counts(personas.uw1, today)


@pytest.mark.parametrize(("page", "rows"), [(1, 2), (2, 1), (9, 1)])
def test_one_pass_gives_rows_and_total(personas: Personas, page: int, rows: int) -> None:
    """A page beyond the last gives the last, with the true total."""
    for _ in range(3):
        make_ledger(personas)
    queryset = filter_ledgers(visible_ledgers(personas.gw), QueryDict("q=中学")).select_related(None)
    found, total = page_of_rows(queryset, page, 2, None)
    assert (len(found), total) == (rows, 3)
