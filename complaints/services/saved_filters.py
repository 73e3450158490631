"""A person's own filters of the register: a name for a query string."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict

from complaints.filters import RegisterFilter
from complaints.models import SavedFilter
from organization.models import User

MOST = 20
NAME_MAX, QUERY_MAX = 30, 1000


def _known(name: str) -> bool:
    base = name.removesuffix("_after").removesuffix("_before")
    return name == "sort" or base in RegisterFilter.get_filters()


def tidy_query(text: str) -> str:
    """Of a query string only what the register knows, without empty values and without the page."""
    kept = QueryDict(mutable=True)
    for name, values in QueryDict(text.lstrip("?")).lists():
        if _known(name) and (said := [value for value in values if value.strip()]):
            kept.setlist(name, said)
    return kept.urlencode()


@transaction.atomic
def save_filter(*, name: str, query: str, actor: User) -> SavedFilter:
    """Keep the query under a name: at most ``MOST`` a person, each name once."""
    name, query = " ".join(name.replace("\x00", "").split()), tidy_query(query)
    if not name:
        raise ValidationError({"name": "请填写名称。"})
    if len(name) > NAME_MAX:
        raise ValidationError({"name": f"名称最多 {NAME_MAX} 个字,现有 {len(name)} 个字,请精简。"})
    if not query:
        raise ValidationError({"name": "当前没有筛选条件,请先筛选再保存。"})
    if len(query) > QUERY_MAX:
        raise ValidationError({"name": "筛选条件太长,无法保存,请减少条件。"})
    User.objects.select_for_update().get(pk=actor.pk)  # two tabs at once keep to the limit and to one name
    mine = SavedFilter.objects.filter(user=actor)
    if mine.filter(name=name).exists():
        raise ValidationError({"name": f"已有名为“{name}”的常用筛选,请换一个名称,或先删除原来的。"})
    if mine.count() >= MOST:
        raise ValidationError({"name": f"常用筛选最多 {MOST} 个,请先删除不用的。"})
    return SavedFilter.objects.create(user=actor, name=name, query=query)


def delete_filter(*, pk: int, actor: User) -> bool:
    """Whether there was such a filter of the person; a second click finds none and changes nothing."""
    deleted, _ = SavedFilter.objects.filter(pk=pk, user=actor).delete()
    return bool(deleted)
