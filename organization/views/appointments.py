"""Pages of appointments and substitutes."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ..forms.appointments import AppointmentFilterForm, AppointmentForm, EndForm, SubstituteForm
from ..models import Appointment, User
from ..permissions import EDIT_APPOINTMENTS, VIEW_APPOINTMENTS, VIEW_DIRECTORY
from ..selectors import appointments as selectors
from ..selectors.people import candidates_for
from ..selectors.units import visible_units
from ..services.appointments import appoint, end_appointment
from ..services.substitutes import end_substitution, set_substitute
from .common import StaffRequest, attempt, page_of, read_filter, today


@require_GET
def appointment_list(request: StaffRequest) -> HttpResponse:
    return _list(request, substitutes=False, template="organization/appointment_list.html")


@require_GET
def substitute_list(request: StaffRequest) -> HttpResponse:
    return _list(request, substitutes=True, template="organization/substitute_list.html")


def _list(request: StaffRequest, *, substitutes: bool, template: str) -> HttpResponse:
    VIEW_DIRECTORY.require_somewhere(request.user)
    form = AppointmentFilterForm(request.GET, units=visible_units(request.user))
    wanted = read_filter(form)
    rows = selectors.appointment_list(
        request.user,
        on=today(),
        substitutes=substitutes,
        q=wanted["q"] or "",
        unit=wanted["unit"],
        post=wanted["post"].pk if wanted["post"] else "",
        state=wanted["state"] or "",
    )
    context = {
        "form": form,
        "page": page_of(request, rows),
        "filtered": any(wanted.values()),
        "today": today(),
        "may_edit": EDIT_APPOINTMENTS.held_by(request.user),
    }
    return render(request, template, context)


@require_GET
def my_appointments(request: StaffRequest) -> HttpResponse:
    """What I hold, whom I stand in for, who stands in for me. For everybody, also without any post."""
    context = {
        "appointments": selectors.own_appointments(request.user),
        "substitutes": selectors.substitutes_of(request.user),
        "may_name": selectors.principals_of(request.user, on=today()).exists(),
        "today": today(),
    }
    return render(request, "organization/my_appointments.html", context)


def appointment_new(request: StaffRequest) -> HttpResponse:
    EDIT_APPOINTMENTS.require_somewhere(request.user)
    initial = {
        "user": request.GET.get("user", ""),
        "unit": request.GET.get("unit", ""),
        "post": request.GET.get("post", ""),
        "starts_on": today(),
    }
    form = AppointmentForm(
        request.POST or None,
        units=EDIT_APPOINTMENTS.units(request.user).filter(dissolved_on__isnull=True),
        people=User.objects.filter(is_active=True),
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(
            form,
            lambda: appoint(
                user_id=data["user"].pk,
                post_code=data["post"].pk,
                unit_id=data["unit"].pk,
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                reason=data["reason"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if made is not None:
            messages.success(request, f"已任命:{made}。")
            return redirect("organization:person_detail", made.user_id)
    return render(request, "organization/appointment_new.html", {"form": form})


def appointment_end(request: StaffRequest, pk: int) -> HttpResponse:
    found = Appointment.objects.filter(substitute_for__isnull=True).select_related("user", "post", "unit")
    appointment = VIEW_APPOINTMENTS.get(request.user, found, pk=pk)
    EDIT_APPOINTMENTS.require(request.user, appointment)
    form = EndForm(request.POST or None, today=today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: end_appointment(appointment_id=pk, **data, actor=request.user, now=timezone.now())):
            messages.success(request, f"“{appointment}”将于 {data['last_day']} 结束。")
            return redirect("organization:person_detail", appointment.user_id)
    return render(request, "organization/appointment_end.html", {"form": form, "appointment": appointment})


def substitute_new(request: StaffRequest) -> HttpResponse:
    """The holder names a substitute for the own post; the security administrator for anybody's (?principal=…)."""
    asked = _asked_principal(request)
    own = selectors.principals_of(request.user, on=today())
    principals = (
        own if asked is None else Appointment.objects.filter(pk=asked.pk).select_related("user", "post", "unit")
    )
    chosen = asked or (own[0] if len(own) == 1 else None)
    if asked is None and not own:
        return render(request, "organization/substitute_new.html", {"form": None})
    for_oneself = asked is None or asked.user_id == request.user.pk
    form = SubstituteForm(
        request.POST or None,
        principals=principals,
        people=_people_for(list(principals)) if for_oneself else User.objects.filter(is_active=True),
        principal_id=chosen.pk if chosen is not None and for_oneself else None,
        initial={"principal": chosen, "starts_on": today()},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(
            form,
            lambda: set_substitute(
                principal_id=data["principal"].pk,
                user_id=data["user"].pk,
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                reason=data["reason"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if made is not None:
            messages.success(request, f"已设代理:{made},{made.starts_on} 至 {made.ends_on}。")
            return redirect("organization:my_appointments" if for_oneself else "organization:substitute_list")
    return render(request, "organization/substitute_new.html", {"form": form})


def substitute_end(request: StaffRequest, pk: int) -> HttpResponse:
    """By the principal, the substitute or the security administrator; 404 for who sees none of it."""
    found = Appointment.objects.filter(substitute_for__isnull=False)
    rows = found.select_related("user", "post", "unit", "substitute_for__user")
    substitution = rows.filter(pk=pk).first()
    if substitution is None or substitution.substitute_for is None:
        raise Http404("没有找到该代理。")
    mine = request.user.pk in (substitution.user_id, substitution.substitute_for.user_id)
    if not mine:
        VIEW_APPOINTMENTS.get(request.user, rows, pk=pk)
        EDIT_APPOINTMENTS.require(request.user, substitution)
    form = EndForm(request.POST or None, today=today())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: end_substitution(substitution_id=pk, **data, actor=request.user, now=timezone.now())):
            messages.success(request, f"代理“{substitution}”将于 {data['last_day']} 结束。")
            return redirect("organization:my_appointments" if mine else "organization:substitute_list")
    return render(request, "organization/substitute_end.html", {"form": form, "substitution": substitution})


def _asked_principal(request: StaffRequest) -> Appointment | None:
    text = request.GET.get("principal", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise Http404("没有找到该任职。")
    found = Appointment.objects.filter(substitute_for__isnull=True).select_related("user", "post", "unit")
    own = found.filter(pk=int(text), user=request.user).first()
    if own is not None:
        return own
    principal = VIEW_APPOINTMENTS.get(request.user, found, pk=int(text))
    EDIT_APPOINTMENTS.require(request.user, principal)
    return principal


def _people_for(principals: list[Appointment]) -> QuerySet[User]:
    people = User.objects.none()
    for principal in principals:
        people = people | candidates_for(principal, on=today())
    return people
