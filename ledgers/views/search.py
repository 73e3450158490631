"""Search across everything one may see."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ledgers.selectors.search import search_everything

from .common import StaffRequest


@require_GET
def search(request: StaffRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    hits = search_everything(request.user, text)
    found = [group for group in hits if group.rows]
    return render(request, "ledgers/search.html", {"text": text.strip(), "hits": found})
