"""Every address × every persona: reach (404), right (403), state (409). It fails when an address is missing from it.

``TABLE`` says for each address who is served. Everybody else is refused in the way the table says: those within
reach by 403, those out of reach by 404, the anonymous by the login page. The rows of complaints stand in
``complaint_rows``.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.personas import Personas
from tests.security.case_rows import CASES, EVIDENCE_OF_CASES
from tests.security.complaint_rows import COMPLAINTS, EVIDENCE
from tests.security.revisit_desk_rows import DESK
from tests.security.revisit_document_rows import REVISIT_DOCUMENTS
from tests.security.revisit_plan_rows import PLANS
from tests.security.rows import (
    ALL,
    ANONYMOUS,
    AUD,
    BUSINESS,
    IMPORTERS,
    KEEPERS,
    KNOWS_U1D1,
    PEOPLE,
    SEC,
    SERVED,
    STAFF,
    SYS,
    UNIT_HEADS,
    WHY,
    Row,
    file,
    get,
    of_pw11,
    on_ledger,
    post,
    some,
    to_ledger,
)
from tests.security.scene import Scene, build_scene
from tests.security.visit_rows import EVIDENCE_OF_VISITS, VISITS

TABLE: dict[str, Row | tuple[Row, ...]] = {
    "healthz": get(ALL, public=True),
    "readyz": get(ALL, public=True, served=frozenset([200, 503])),
    "account_login": get(ALL, public=True, served=frozenset([200, 302])),
    "account_logout": get(ALL),
    "account_inactive": get(ALL, public=True),
    "account_reauthenticate": get(ALL),
    "account_change_password": get(ALL),
    "search": get(ALL),
    # workflow
    "workflow:worklist": get(ALL),
    "workflow:waiting": get(ALL),
    "workflow:notices": get(ALL),
    "workflow:notices_read": post(ALL),
    "workflow:notice_open": get(some("uw1"), reach=some("uw1"), args="notice", served=frozenset([302])),
    "workflow:operations": get(SYS),
    "workflow:mail": get(SYS),
    "workflow:mail_retry_all": post(SYS),
    "workflow:mail_retry": post(SYS, args="mail"),
    "workflow:mail_kept": get(SYS, args="kept", served=frozenset([404])),
    "workflow:evidence_download": (
        on_ledger(args="evidence"),
        *EVIDENCE["workflow:evidence_download"],
        *EVIDENCE_OF_VISITS["workflow:evidence_download"],
    ),
    "workflow:evidence_thumbnail": (
        on_ledger(args="evidence"),
        *EVIDENCE["workflow:evidence_thumbnail"],
        *EVIDENCE_OF_VISITS["workflow:evidence_thumbnail"],
    ),
    "workflow:evidence_withdraw": (
        to_ledger("pw11", WHY, args="evidence"),
        *EVIDENCE["workflow:evidence_withdraw"],
        *EVIDENCE_OF_VISITS["workflow:evidence_withdraw"],
    ),
    "workflow:evidence_attach": (
        to_ledger("pw11", {"kind": "other", "files": file}, args="attach"),
        *EVIDENCE["workflow:evidence_attach"],
        *EVIDENCE_OF_VISITS["workflow:evidence_attach"],
        *EVIDENCE_OF_CASES["workflow:evidence_attach"],
    ),
    "workflow:clock_rules": get(some("gw gh")),
    "workflow:clock_rule": get(some("gw gh"), args="rule"),
    "workflow:clock_rule_edit": (get(some("gh"), args="rule"), post(some("gh"), WHY, args="rule")),
    "workflow:calendar": (get(some("gw gh")), post(some("gh"), {"on": "2026-12-31"})),
    "workflow:calendar_remove": post(some("gh"), WHY, args="day"),
    # organization
    "organization:unit_list": get(STAFF),
    "organization:unit_new": (get(SYS), post(SYS)),
    "organization:unit_detail": get(KNOWS_U1D1, reach=KNOWS_U1D1, args="unit"),
    **{
        f"organization:unit_{verb}": (
            get(SYS, reach=KNOWS_U1D1, args="unit"),
            post(SYS, WHY, reach=KNOWS_U1D1, args="unit"),
        )
        for verb in ("edit", "move", "dissolve", "restore")
    },
    "organization:person_list": get(STAFF),
    "organization:person_new": (get(SYS), post(SYS)),
    "organization:person_options": get(ALL),
    "organization:person_detail": get(KNOWS_U1D1, reach=KNOWS_U1D1, args="person"),
    **{
        f"organization:person_{verb}": (
            get(SYS, reach=KNOWS_U1D1, args="person"),
            post(SYS, WHY, reach=KNOWS_U1D1, args="person"),
        )
        for verb in ("edit", "deactivate", "reactivate", "password")
    },
    "organization:person_phone": post(KNOWS_U1D1, {"purpose": "联系"}, reach=KNOWS_U1D1, args="person"),
    "organization:appointment_list": get(STAFF),
    "organization:my_appointments": get(ALL),
    "organization:appointment_new": (get(SEC), post(SEC)),
    "organization:appointment_end": (
        get(SEC, reach=KNOWS_U1D1, args="appointment"),
        post(SEC, WHY, reach=KNOWS_U1D1, args="appointment"),
    ),
    "organization:substitute_list": get(STAFF),
    "organization:substitute_new": (get(ALL), post(ALL)),
    "organization:substitute_end": get(
        some("ul1 ud1 secadmin"), reach=KNOWS_U1D1 - some("pw11 pe11 pm11"), args="substitute"
    ),
    "organization:matrix_sheet": get(STAFF, args="sheet"),
    "organization:matrix_actions": (get(SEC, args="cell"), post(SEC, WHY, args="cell")),
    "organization:matrix_cell": (get(STAFF, args="matter"), post(SEC, WHY, args="matter")),
    "organization:post_list": get(STAFF),
    "organization:post_new": (get(SEC), post(SEC)),
    "organization:post_edit": (get(SEC, args="post"), post(SEC, args="post")),
    "organization:edition_list": get(STAFF),
    "organization:edition_new": (get(SEC), post(SEC)),
    "organization:edition_edit": (get(SEC, args="edition"), post(SEC, args="edition")),
    "organization:lock_list": get(SEC),
    "organization:lock_release": post(SEC, {"username": "pw11"}),
    "organization:audit_log": get(AUD),
    # ledgers
    "ledgers:ledger_list": get(BUSINESS),
    "ledgers:ledger_columns": post(ALL),
    "ledgers:ledger_settings": (get(some("gh")), post(some("gh"), WHY)),
    "ledgers:project_list": get(BUSINESS),
    "ledgers:project_new": (get(some("uw1 uw2 pw11 pw21 pw12")), post(some("uw1 uw2 pw11 pw21 pw12"))),
    "ledgers:project_detail": on_ledger(args="project"),
    "ledgers:project_transfer": (
        on_ledger(some("uh1 sub1 gh"), args="project"),
        to_ledger("uh1 sub1 gh", {}, "project"),
    ),
    **{
        f"ledgers:project_{verb}": (on_ledger(some("uw1 pw11"), args="project"), to_ledger("uw1 pw11", {}, "project"))
        for verb in ("edit", "completion")
    },
    "ledgers:punch_list": get(BUSINESS),
    "ledgers:punch_new": (get(some("uw1 uw2 pw11 pe11 pw21 pw12")), post(some("uw1 uw2 pw11 pe11 pw21 pw12"))),
    "ledgers:punch_detail": on_ledger(args="punch"),
    "ledgers:punch_edit": (on_ledger(some(KEEPERS), args="punch"), to_ledger(KEEPERS, {}, "punch")),
    "ledgers:punch_finish": (on_ledger(some(KEEPERS), args="punch"), to_ledger(KEEPERS, {}, "punch")),
    "ledgers:punch_close": to_ledger("uw1 uh1 sub1", WHY, "punch"),
    "ledgers:punch_reopen": to_ledger("uw1 uh1 sub1", WHY, "punch"),
    "ledgers:punch_void": to_ledger("uw1 uh1 sub1", WHY, "punch"),
    "ledgers:ledger_detail": on_ledger(),
    "ledgers:ledger_timeline": on_ledger(),
    "ledgers:ledger_versions": on_ledger(),
    "ledgers:contact_reveal": (on_ledger(args="contact"), on_ledger(args="contact", data={"purpose": "联系"})),
    "ledgers:ledger_edit": (
        on_ledger(some("pw11"), args="ledger_draft"),
        on_ledger(some("pw11"), served=frozenset([409])),
        to_ledger("pw11", {"revision": "1"}),
    ),
    "ledgers:ledger_submit": (on_ledger(some("pw11"), args="ledger_draft"), to_ledger("pw11", {})),
    "ledgers:ledger_decide": (
        on_ledger(some("uw1 uh1 sub1"), args="ledger_in_review", served=frozenset([200, 409])),
        to_ledger("uw1 uh1 sub1", {"step": "review", "remark": "齐全"}, "ledger_in_review"),
    ),
    "ledgers:ledger_change": (on_ledger(some("pw11")), to_ledger("pw11", WHY)),
    "ledgers:ledger_withdraw": to_ledger("pw11", WHY),
    "ledgers:ledger_void": (on_ledger(some(UNIT_HEADS)), to_ledger(UNIT_HEADS, WHY)),
    "ledgers:ledger_complete_service": (on_ledger(some(UNIT_HEADS)), to_ledger(UNIT_HEADS, WHY)),
    "ledgers:import_new": (get(IMPORTERS), post(IMPORTERS)),
    "ledgers:import_detail": of_pw11(),
    "ledgers:import_save": of_pw11(data={}, served=SERVED),
    "ledgers:import_discard": of_pw11(data={}, served=SERVED),
    "ledgers:import_marked": of_pw11(served=SERVED),
    # reports
    "reports:report_index": get(ALL),
    "reports:download_log": get(ALL),
    "reports:ledger_list_xlsx": (get(BUSINESS), post(BUSINESS, {"purpose": "归档"})),
    "reports:ledger_template": get(BUSINESS),
    "reports:ledger_xlsx": (on_ledger(), on_ledger(data={"purpose": "归档"}, served=SERVED)),
    "reports:ledger_pdf": (on_ledger(), on_ledger(data={"purpose": "归档"}, served=SERVED)),
    **COMPLAINTS,
    **VISITS,
    **PLANS,
    **CASES,
    **DESK,
    **REVISIT_DOCUMENTS,
}


def names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """Every URL name of the portal; the framework's own administration has its tests elsewhere."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name or entry.pattern}"
        elif entry.app_name != "admin":
            yield from names(entry, f"{space}{entry.namespace}:" if entry.namespace else space)


def test_no_address_is_missing() -> None:
    assert set(names(get_resolver())) == set(TABLE)


@pytest.fixture
def scene(personas: Personas) -> Scene:
    return build_scene(personas)


def request(client: Client, url: str, row: Row) -> int:
    """Ask in a savepoint that is undone, so that every persona finds the same scene."""
    mark = transaction.savepoint()
    try:
        if row.data is None:
            response = client.get(url)
        else:
            response = client.post(url, {name: v() if callable(v) else v for name, v in row.data.items()})
        if response.streaming:
            list(response)  # type: ignore[call-overload]
        return response.status_code
    finally:
        transaction.savepoint_rollback(mark)


@pytest.mark.clause("G2", "A.4")
@pytest.mark.django_db
def test_every_address_for_every_persona(scene: Scene) -> None:
    clients: dict[str, Client] = {ANONYMOUS: Client(raise_request_exception=False)}
    for person in PEOPLE:
        clients[person] = Client(raise_request_exception=False)
        clients[person].force_login(scene.personas.fresh(person), "django.contrib.auth.backends.ModelBackend")
    wrong: list[str] = []
    for name, entry in TABLE.items():
        for row in entry if isinstance(entry, tuple) else (entry,):
            url = reverse(name, args=scene.args[row.args] if row.args else [])
            for person, client in clients.items():
                status = request(client, url, row)
                if status not in row.expected(person):
                    method = "GET" if row.data is None else "POST"
                    wrong.append(f"{method} {name} {person}: {status}, expected {sorted(row.expected(person))}")
    assert not wrong, "\n".join(wrong)
