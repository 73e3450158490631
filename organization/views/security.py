"""Pages of the security and the audit administrator."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from ..forms.matrix import AuditFilterForm
from ..models import LoginGuard, User
from ..permissions import AUDIT, UNLOCK
from ..selectors.audit import AuditFilter, AuditTrail
from ..services.login import unlock_account
from .common import StaffRequest, page_of, read_filter, today


@require_GET
def lock_list(request: StaffRequest) -> HttpResponse:
    """The accounts locked now, and those with failures in the last minutes."""
    UNLOCK.require_somewhere(request.user)
    now = timezone.now()
    context = {"page": page_of(request, LoginGuard.objects.all()), "now": now}
    return render(request, "organization/lock_list.html", context)


@require_POST
def lock_release(request: StaffRequest) -> HttpResponse:
    account = request.POST.get("account", "")
    unlock_account(account=account, actor=request.user, now=timezone.now())
    messages.success(request, f"账号“{account}”已解除锁定。")
    return redirect("organization:lock_list")


@require_GET
def audit_log(request: StaffRequest) -> HttpResponse:
    """Who changed what and when: people, appointments, matrix, units, posts, editions, logins."""
    AUDIT.require_somewhere(request.user)
    first, last = AuditFilterForm.default_days(today())
    asked = request.GET.copy()
    asked.setdefault("first_day", first.isoformat())
    asked.setdefault("last_day", last.isoformat())
    form = AuditFilterForm(asked, people=User.objects.all())
    wanted = read_filter(form)
    trail = AuditTrail(
        AuditFilter(
            first_day=wanted["first_day"] or first,
            last_day=wanted["last_day"] or last,
            sources=tuple(wanted["sources"] or ()),
            actor=wanted["actor"],
            q=(wanted["q"] or "").strip(),
        )
    )
    return render(request, "organization/audit_log.html", {"form": form, "page": page_of(request, trail, 50)})
