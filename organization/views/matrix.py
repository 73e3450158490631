"""Pages of the matrices, the posts and the editions of the standard."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ..forms.matrix import ActionsForm, DutiesForm, EditionForm, PostForm
from ..models import AuthorityCell, Matter, Post, StandardEdition
from ..permissions import EDIT_MATRIX, VIEW_DIRECTORY
from ..selectors import matrix as selectors
from ..services.editions import save_edition
from ..services.matrix import allowed_actions, save_post, set_actions, set_duties
from .common import StaffRequest, attempt, today


@require_GET
def matrix_sheet(request: StaffRequest, sheet: str = "A.4") -> HttpResponse:
    """A.4, B.4 or the supplement, as it is in force: posts × matters, † where inferred."""
    VIEW_DIRECTORY.require_somewhere(request.user)
    if sheet not in Matter.Sheet.values:
        raise Http404("没有这张权责指引表。")
    context = {
        "sheet": selectors.sheet(sheet),
        "sheets": Matter.Sheet.choices,
        "current": Matter.Sheet(sheet),
        "with_actions": sheet == Matter.Sheet.SUPPLEMENT,
        "may_edit": EDIT_MATRIX.held_by(request.user),
    }
    return render(request, "organization/matrix_sheet.html", context)


def matrix_cell(request: StaffRequest, matter_pk: int, post_code: str) -> HttpResponse:
    """One crossing: its duties and what they open, its history; the security administrator sets the duties here."""
    VIEW_DIRECTORY.require_somewhere(request.user)
    matter, post = get_object_or_404(Matter, pk=matter_pk), get_object_or_404(Post, pk=post_code)
    if request.method == "POST":
        EDIT_MATRIX.require_somewhere(request.user)
    cells = list(AuthorityCell.objects.filter(matter=matter, post=post, withdrawn=False))
    form = DutiesForm(request.POST or None, initial={"duties": [cell.duty for cell in cells]})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        changed = attempt(
            form,
            lambda: set_duties(matter_id=matter.pk, post_code=post.pk, **data, actor=request.user, now=timezone.now()),
        )
        if changed is not None:
            messages.success(
                request, f"已保存 {len(changed)} 处职责变更,相关人员的权限已同步。" if changed else "没有变化。"
            )
            return redirect("organization:matrix_cell", matter.pk, post.pk)
    context = {
        "matter": matter,
        "post": post,
        "crossing": selectors.Crossing(matter, post, tuple(cells)),
        "rows": [(cell, selectors.action_labels(cell.actions)) for cell in cells],
        "history": selectors.crossing_history(matter, post),
        "form": form,
        "may_edit": EDIT_MATRIX.held_by(request.user),
    }
    return render(request, "organization/matrix_cell.html", context)


def matrix_actions(request: StaffRequest, pk: int) -> HttpResponse:
    """Which actions one duty opens."""
    VIEW_DIRECTORY.require_somewhere(request.user)
    EDIT_MATRIX.require_somewhere(request.user)
    cell = get_object_or_404(AuthorityCell.objects.select_related("matter", "post"), pk=pk)
    form = ActionsForm(request.POST or None, cell=cell, allowed=allowed_actions(cell.post))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: set_actions(cell_id=pk, **data, actor=request.user, now=timezone.now())):
            messages.success(request, "已保存,相关人员的权限已同步。")
            return redirect("organization:matrix_cell", cell.matter_id, cell.post_id)
    return render(request, "organization/matrix_actions.html", {"form": form, "cell": cell})


@require_GET
def post_list(request: StaffRequest) -> HttpResponse:
    VIEW_DIRECTORY.require_somewhere(request.user)
    day = today()
    running = Q(appointments__starts_on__lte=day, appointments__revoked=False) & (
        Q(appointments__ends_on__isnull=True) | Q(appointments__ends_on__gte=day)
    )
    posts = Post.objects.annotate(held=Count("appointments", filter=running & Q(appointments__substitute_for=None)))
    posts = posts.order_by("order", "code")
    context = {"posts": posts, "may_edit": EDIT_MATRIX.held_by(request.user)}
    return render(request, "organization/post_list.html", context)


def post_new(request: StaffRequest) -> HttpResponse:
    EDIT_MATRIX.require_somewhere(request.user)
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(form, lambda: save_post(**data, new=True, actor=request.user, now=timezone.now()))
        if made is not None:
            messages.success(request, f"已新建岗位“{made}”。请在权责指引表中设置其职责。")
            return redirect("organization:post_list")
    return render(request, "organization/post_new.html", {"form": form})


def post_edit(request: StaffRequest, code: str) -> HttpResponse:
    EDIT_MATRIX.require_somewhere(request.user)
    post = get_object_or_404(Post, pk=code)
    known = {"code": post.code, "name": post.name, "tier": post.tier, "order": post.order}
    form = PostForm(request.POST or None, initial=known)
    form.fields["code"].disabled = True
    form.fields["tier"].disabled = post.standard
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: save_post(**data, new=False, actor=request.user, now=timezone.now())):
            messages.success(request, "已保存。")
            return redirect("organization:post_list")
    return render(request, "organization/post_edit.html", {"form": form, "post": post})


@require_GET
def edition_list(request: StaffRequest) -> HttpResponse:
    """R-2.1: the editions of the standard, the one in force marked."""
    VIEW_DIRECTORY.require_somewhere(request.user)
    context = {
        "editions": StandardEdition.objects.all(),
        "current": StandardEdition.objects.in_force(today()),
        "may_edit": EDIT_MATRIX.held_by(request.user),
    }
    return render(request, "organization/edition_list.html", context)


def edition_new(request: StaffRequest) -> HttpResponse:
    EDIT_MATRIX.require_somewhere(request.user)
    latest = StandardEdition.objects.first()
    initial = {"form_prefix": latest.form_prefix, "title": latest.title} if latest else {}
    form = EditionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = attempt(form, lambda: save_edition(edition_id=None, **data, actor=request.user, now=timezone.now()))
        if made is not None:
            messages.success(request, f"已登记标准版本 {made.number},{made.effective_on} 起生效。")
            return redirect("organization:edition_list")
    return render(request, "organization/edition_new.html", {"form": form})


def edition_edit(request: StaffRequest, pk: int) -> HttpResponse:
    EDIT_MATRIX.require_somewhere(request.user)
    edition = get_object_or_404(StandardEdition, pk=pk)
    names = ("number", "title", "form_prefix", "effective_on")
    form = EditionForm(request.POST or None, initial={name: getattr(edition, name) for name in names})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if attempt(form, lambda: save_edition(edition_id=pk, **data, actor=request.user, now=timezone.now())):
            messages.success(request, "已保存。")
            return redirect("organization:edition_list")
    return render(request, "organization/edition_edit.html", {"form": form, "edition": edition})
