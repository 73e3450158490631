"""A field in the user's words."""

from django.db.models import Field, Model


def field_label(model: type[Model] | Model, name: str) -> str:
    """The verbose name of a field of the model itself."""
    field = model._meta.get_field(name)
    return str(field.verbose_name) if isinstance(field, Field) else name
