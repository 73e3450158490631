"""The rows of a ledger's contact table, built as text: 13 posts and more with several cells each, on every page."""

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from ledgers.appendix_c import ABSENT
from ledgers.models import LedgerContact
from ledgers.selectors.detail import Content
from organization.components.assets import icon
from organization.components.values import masked

_GAP = '<span class="gap">未填</span>'
_MARK = 987654321  # stands for a contact's number in the address that is reversed once


def contact_table(ledger_pk: int, content: Content | None) -> SafeString:
    """A ``tbody`` for each group of Appendix C, every value escaped, every phone masked beside its 查看."""
    if content is None:
        return SafeString("")
    pattern = reverse("ledgers:contact_reveal", args=[ledger_pk, _MARK])
    bodies = []
    for part in content.groups:
        rows = "".join(_row(label, contact, pattern) for label, contact in part.rows)
        head = f'<tr class="rows-section"><th scope="colgroup" colspan="4">{escape(part.group.title)}</th></tr>'
        bodies.append(f"<tbody>{head}{rows}</tbody>")
    return SafeString("\n".join(bodies))


def _row(label: str, contact: LedgerContact | None, pattern: str) -> str:
    label = escape(label)
    head = f'<tr><th scope="row">{label}</th>'
    if contact is not None and contact.absent:
        reason = escape(contact.absent_reason) or "(未写原因)"
        who = f'<td data-label="联系人" class="muted">{ABSENT}</td>'
        return f'{head}{who}<td data-label="原因" colspan="2">{reason}</td></tr>'
    name = escape(contact.name) if contact and contact.name else _GAP
    remark = escape(contact.remark) if contact else ""
    return (
        f'{head}<td data-label="联系人">{name}</td><td data-label="联系方式">{_phone(label, contact, pattern)}</td>'
        f'<td data-label="备注">{remark}</td></tr>'
    )


def _phone(label: str, contact: LedgerContact | None, pattern: str) -> str:
    if contact is None or not contact.phone:
        return _GAP
    url, place = pattern.replace(str(_MARK), str(contact.pk)), f"phone-{contact.pk}"
    return (
        f'<span id="{place}" class="phone"><span class="num">{escape(masked(contact.phone))}</span> '
        f'<a class="btn btn-quiet btn-small" href="{url}" hx-get="{url}" hx-target="#{place}" '
        f'aria-label="查看{label}的完整号码">{icon("eye")}查看</a></span>'
    )
