"""Pages of people."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..forms.people import PeopleFilterForm, PersonEditForm, PersonForm
from ..forms.units import ReasonForm
from ..models import Appointment, User
from ..permissions import EDIT_APPOINTMENTS, EDIT_PEOPLE, VIEW_DIRECTORY
from ..selectors.people import appointments_of, candidates_for, people_list, suggestions, visible_people
from ..selectors.units import visible_units
from ..services import people as services
from .common import StaffRequest, attempt, page_of, read_filter, today


@require_GET
def person_list(request: StaffRequest) -> HttpResponse:
    """The directory within one's scope: search, filter, sort, pages; the same queries at any size."""
    VIEW_DIRECTORY.require_somewhere(request.user)
    form = PeopleFilterForm(request.GET, units=visible_units(request.user))
    wanted = read_filter(form)
    people = people_list(
        request.user,
        on=today(),
        q=wanted["q"] or "",
        unit=wanted["unit"],
        post=wanted["post"].pk if wanted["post"] else "",
        state=wanted["state"] or "",
        sort=request.GET.get("sort", ""),
    )
    context = {
        "form": form,
        "page": page_of(request, people),
        "filtered": any(wanted.values()),
        "may_edit": EDIT_PEOPLE.held_by(request.user),
    }
    return render(request, "organization/person_list.html", context)


@require_GET
def person_detail(request: StaffRequest, pk: int) -> HttpResponse:
    person = _visible(request, pk)
    may_edit = EDIT_PEOPLE.held_by(request.user)
    may_appoint = EDIT_APPOINTMENTS.held_by(request.user)
    context = {
        "person": person,
        "appointments": appointments_of(person, request.user),
        "today": today(),
        "may_edit": may_edit and services.is_editable(person, actor=request.user, now=timezone.now()),
        "may_appoint": may_appoint and person.is_active and person.pk != request.user.pk,
        "may_name": may_appoint,
        "may_end_substitution": may_appoint,
    }
    return render(request, "organization/person_detail.html", context)


@never_cache
def person_new(request: StaffRequest) -> HttpResponse:
    EDIT_PEOPLE.require_somewhere(request.user)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(form, lambda: services.create_person(**data, actor=request.user, now=timezone.now()))
        if made is not None:
            person, password = made
            # Shown on this answer only: the password is stored nowhere in clear.
            return render(
                request, "organization/person_password.html", {"person": person, "password": password, "new": True}
            )
    return render(request, "organization/person_new.html", {"form": form})


def person_edit(request: StaffRequest, pk: int) -> HttpResponse:
    person = _editable(request, pk)
    known = {name: getattr(person, name) or "" for name in ("username", "name", "employee_number", "phone", "email")}
    form = PersonEditForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: services.edit_person(person_id=pk, **data, actor=request.user, now=timezone.now())):
            messages.success(request, "已保存。")
            return redirect("organization:person_detail", pk)
    return render(request, "organization/person_edit.html", {"form": form, "person": person})


def person_deactivate(request: StaffRequest, pk: int) -> HttpResponse:
    person = _editable(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(
            form,
            lambda: services.deactivate_person(person_id=pk, reason=reason, actor=request.user, now=timezone.now()),
        ):
            messages.success(request, f"“{person}”的账号已停用,权限已全部收回。")
            return redirect("organization:person_detail", pk)
    return render(request, "organization/person_deactivate.html", {"form": form, "person": person})


def person_reactivate(request: StaffRequest, pk: int) -> HttpResponse:
    person = _editable(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(
            form,
            lambda: services.reactivate_person(person_id=pk, reason=reason, actor=request.user, now=timezone.now()),
        ):
            messages.success(request, f"“{person}”的账号已启用。")
            return redirect("organization:person_detail", pk)
    return render(request, "organization/person_reactivate.html", {"form": form, "person": person})


@never_cache
def person_password(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then reset: the new initial password is shown once."""
    person = _editable(request, pk)
    if request.method != "POST":
        return render(request, "organization/person_password.html", {"person": person})
    person, password = services.reset_password(person_id=pk, actor=request.user, now=timezone.now())
    return render(request, "organization/person_password.html", {"person": person, "password": password})


@require_POST
@never_cache
def person_phone(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole number, once asked for; asking is logged."""
    person = _visible(request, pk)
    phone = services.reveal_phone(person_id=pk, actor=request.user, now=timezone.now())
    page = "organization/_person_phone.html" if request.htmx else "organization/person_phone.html"
    return render(request, page, {"person": person, "phone": phone})


@require_GET
def person_options(request: StaffRequest) -> HttpResponse:
    """Suggestions for a person field: among all one sees, or among who may stand in for an appointment."""
    typed = request.GET.get(request.GET.get("field", "q"), "")[:60]
    principal = request.GET.get("principal", "")
    if principal:
        if not principal.isdecimal() or len(principal) > 18:
            raise Http404
        own = Appointment.objects.filter(user=request.user).select_related("unit")
        among = candidates_for(get_object_or_404(own, pk=int(principal)), on=today())
    else:
        among = visible_people(request.user, on=today()).filter(is_active=True)
    return render(request, "organization/_person_options.html", {"options": suggestions(typed, among)})


def _visible(request: StaffRequest, pk: int) -> User:
    return get_object_or_404(visible_people(request.user, on=today()), pk=pk)


def _editable(request: StaffRequest, pk: int) -> User:
    """404 out of sight, 403 without the right to edit people, or when the person is another administrator."""
    person = _visible(request, pk)
    EDIT_PEOPLE.require_somewhere(request.user)
    services.require_editable(person, actor=request.user, now=timezone.now())
    return person
