"""Form fields: label, control, help and errors tied together."""

from typing import Any

from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString


def field(bound: BoundField, label: str = "", hint: str = "", wide: bool = False) -> SafeString:
    """A form field: label, control, help, errors beside it, tied together for screen readers."""
    if bound.is_hidden:
        return SafeString(bound)
    widget, errors = bound.field.widget, bound.errors
    help_text = hint or bound.help_text
    base = bound.auto_id or bound.html_name
    describe = [f"{base}_help"] if help_text else []
    describe += [f"{base}_error"] if errors else []
    attrs: dict[str, Any] = {"class": _control_class(bound, widget)}
    if describe:
        attrs["aria-describedby"] = " ".join(describe)
    if errors:
        attrs["aria-invalid"] = "true"
    caption = conditional_escape(label or bound.label or "")
    mark: str = SafeString('<span class="field-required" title="必填">*</span>') if bound.field.required else ""
    note = format_html('<p class="field-help" id="{}_help">{}</p>', base, help_text) if help_text else ""
    wrong = (
        format_html(
            '<p class="field-error" id="{}_error">{}</p>', base, format_html_join("<br>", "{}", ((e,) for e in errors))
        )
        if errors
        else ""
    )
    state = ("field is-wrong" if errors else "field") + (" field-wide" if wide else "")
    if isinstance(widget, CheckboxInput):
        return format_html(
            '<div class="{} field-check"><label class="check">{}<span>{}{}</span></label>{}{}</div>',
            state, bound.as_widget(attrs=attrs), caption, mark, note, wrong,
        )  # fmt: skip
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return format_html(
            '<fieldset class="{}" id="{}"{}><legend class="field-label">{}{}</legend>{}{}{}</fieldset>',
            state, base, format_html(' aria-describedby="{}"', " ".join(describe)) if describe else "",
            # Its own id: the one that labels and links to errors name is the fieldset's.
            caption, mark, bound.as_widget(attrs={"class": "choice-list", "id": f"{base}_choices"}), note, wrong,
        )  # fmt: skip
    return format_html(
        '<div class="{}"><label class="field-label" for="{}">{}{}</label>{}{}{}</div>',
        state, bound.id_for_label, caption, mark, bound.as_widget(attrs=attrs), note, wrong,
    )  # fmt: skip


def _control_class(bound: BoundField, widget: Any) -> str:
    own = widget.attrs.get("class", "")
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, Select):
        kind = "form-select"
    else:
        kind = "form-control"
    return " ".join(part for part in (kind, own, "is-invalid" if bound.errors else "") if part)


def control(bound: BoundField) -> SafeString:
    """Only the control, for a cell of a table of fields: its label is read out, its error stands under it."""
    if bound.is_hidden:
        return SafeString(bound)
    errors, base = bound.errors, bound.auto_id or bound.html_name
    attrs: dict[str, Any] = {"class": _control_class(bound, bound.field.widget), "aria-label": str(bound.label or "")}
    if not errors:
        return bound.as_widget(attrs=attrs)
    attrs |= {"aria-invalid": "true", "aria-describedby": f"{base}_error"}
    text = ";".join(str(each) for each in errors)
    return format_html('{}<p class="field-error" id="{}_error">{}</p>', bound.as_widget(attrs=attrs), base, text)


def error_summary(*forms: Any) -> SafeString:
    """What is wrong with the forms, at the top, each error linked to its field. Formsets may be given too."""
    found: list[tuple[str, str]] = []
    for form in forms:
        if not form.is_bound:
            continue
        if not hasattr(form, "forms"):
            found += _errors_of(form)
            continue
        found += [("", str(text)) for text in form.non_form_errors()]
        for number, row in enumerate(form.forms, start=1):
            if not (form.can_delete and form._should_delete_form(row)):
                found += _errors_of(row, f"第 {number} 行 ")
    if not found:
        return SafeString("")
    items = format_html_join(
        "",
        "<li>{}</li>",
        ((format_html('<a href="#{}">{}</a>', target, text) if target else text,) for target, text in found),
    )
    return format_html(
        '<div class="error-summary" role="alert" tabindex="-1" data-error-summary>'
        "<b>有 {} 处需要修改,内容尚未保存:</b><ul>{}</ul></div>",
        len(found),
        items,
    )


def _errors_of(form: Any, where: str = "") -> list[tuple[str, str]]:
    found = [("", f"{where}{text}") for text in form.non_field_errors()]
    for bound in form:
        target = str(bound.id_for_label or bound.auto_id)
        found += [(target, f"{where}{bound.label}:{text}") for text in bound.errors]
    return found


def form_fields(form: Any) -> SafeString:
    """Every field of a form in one column, in the form's order, hidden ones first."""
    hidden = SafeString("".join(str(bound) for bound in form.hidden_fields()))
    return hidden + SafeString("".join(field(bound) for bound in form.visible_fields()))
