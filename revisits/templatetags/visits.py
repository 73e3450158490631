"""``{% load visits %}``: a person of the owner's side with the button that reveals the number to call."""

from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.utils.safestring import SafeString

from revisits.selectors.visits import Contact
from revisits.views.visit_columns import call

register = template.Library()


@register.simple_tag(takes_context=True)
def call_contact(context: Context, contact: Contact, purpose: str) -> SafeString:
    """Escaped where it is built."""
    request: Any = context["request"]
    return SafeString(call(contact, purpose, get_token(request)))
