"""Pages of units: the tree, one unit with its people, and the changes of a system administrator."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ..forms.units import ReasonForm, UnitEditForm, UnitForm, UnitMoveForm
from ..models import Unit
from ..permissions import EDIT_APPOINTMENTS, EDIT_UNITS, VIEW_DIRECTORY
from ..selectors.units import possible_parents, post_holders, unit_tree, visible_units
from ..services import units as services
from .common import StaffRequest, attempt, today


@require_GET
def unit_list(request: StaffRequest) -> HttpResponse:
    """The tree of units within one's scope."""
    VIEW_DIRECTORY.require_somewhere(request.user)
    with_dissolved = "dissolved" in request.GET
    branches = unit_tree(request.user, on=today(), with_dissolved=with_dissolved)
    return render(
        request,
        "organization/unit_list.html",
        {
            "branches": branches,
            # A small tree is shown open; of a large one the first two levels.
            "expand": sum(branch.total for branch in branches) <= 60,
            "with_dissolved": with_dissolved,
            "may_edit": EDIT_UNITS.held_by(request.user),
        },
    )


@require_GET
def unit_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """A unit, its posts and who holds them today, substitutes as "B 代 A"."""
    unit = VIEW_DIRECTORY.get(request.user, Unit.objects.all(), pk=pk)
    return render(
        request,
        "organization/unit_detail.html",
        {
            "unit": unit,
            "above": Unit.objects.get_ancestors(unit),
            "below": visible_units(request.user).filter(path__startswith=unit.path, depth=unit.depth + 1),
            "posts": post_holders(unit, on=today()),
            "may_edit": EDIT_UNITS.covers(request.user, unit),
            "may_appoint": EDIT_APPOINTMENTS.covers(request.user, unit) and unit.dissolved_on is None,
        },
    )


def unit_new(request: StaffRequest) -> HttpResponse:
    EDIT_UNITS.require_somewhere(request.user)
    parents = EDIT_UNITS.units(request.user).filter(tier__in=["group", "unit"], dissolved_on__isnull=True)
    form = UnitForm(request.POST or None, parents=parents, initial={"parent": request.GET.get("parent")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        parent = data.pop("parent")
        made = attempt(
            form,
            lambda: services.create_unit(parent_id=parent.pk, **data, actor=request.user, now=timezone.now()),
        )
        if made is not None:
            messages.success(request, f"已新建“{made}”。")
            return redirect("organization:unit_detail", made.pk)
    return render(request, "organization/unit_new.html", {"form": form})


def unit_edit(request: StaffRequest, pk: int) -> HttpResponse:
    unit = _editable(request, pk)
    form = UnitEditForm(request.POST or None, initial={"code": unit.code, "name": unit.name})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: services.rename_unit(unit_id=pk, **data, actor=request.user, now=timezone.now())):
            messages.success(request, "已保存。")
            return redirect("organization:unit_detail", pk)
    return render(request, "organization/unit_edit.html", {"form": form, "unit": unit})


def unit_move(request: StaffRequest, pk: int) -> HttpResponse:
    unit = _editable(request, pk)
    parents = possible_parents(unit, EDIT_UNITS.units(request.user))
    form = UnitMoveForm(request.POST or None, parents=parents)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        moved = attempt(
            form,
            lambda: services.move_unit(
                unit_id=pk,
                parent_id=data["parent"].pk,
                reason=data["reason"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if moved is not None:
            messages.success(request, f"“{moved}”及其下级已移到“{data['parent']}”之下。")
            return redirect("organization:unit_detail", pk)
    return render(request, "organization/unit_move.html", {"form": form, "unit": unit})


def unit_dissolve(request: StaffRequest, pk: int) -> HttpResponse:
    unit = _editable(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(
            form, lambda: services.dissolve_unit(unit_id=pk, reason=reason, actor=request.user, now=timezone.now())
        ):
            messages.success(request, f"“{unit}”已撤销,其记录仍可查阅。")
            return redirect("organization:unit_detail", pk)
    return render(request, "organization/unit_dissolve.html", {"form": form, "unit": unit})


def unit_restore(request: StaffRequest, pk: int) -> HttpResponse:
    unit = _editable(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(
            form, lambda: services.restore_unit(unit_id=pk, reason=reason, actor=request.user, now=timezone.now())
        ):
            messages.success(request, f"“{unit}”已恢复。")
            return redirect("organization:unit_detail", pk)
    return render(request, "organization/unit_restore.html", {"form": form, "unit": unit})


def _editable(request: StaffRequest, pk: int) -> Unit:
    """404 out of sight, 403 without the right to edit."""
    unit = VIEW_DIRECTORY.get(request.user, Unit.objects.all(), pk=pk)
    EDIT_UNITS.require(request.user, unit)
    return unit
