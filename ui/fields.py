"""Form fields as the templates show them: label, control, help and error tied together by id."""

from django import forms


def describe(bound, *, label="", help="", unit="", css="", hide_label=False, needed=False) -> dict:
    """What `ui/field.html` needs, with the ARIA attributes put on the control.

    `needed`: where it is shown it must be filled in, though the form itself can do without.
    """
    described = []
    hint = help or bound.help_text
    if hint:
        described.append(f"d-{bound.id_for_label or bound.html_name}")
    if bound.errors:
        described.append(f"e-{bound.id_for_label or bound.html_name}")
    attrs = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    widget = bound.field.widget
    kind = "choice" if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple) else "plain"
    if isinstance(widget, forms.CheckboxInput):
        kind = "check"
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "hint": hint,
        "unit": unit,
        "css": css,
        "kind": kind,
        "hide_label": hide_label,
        "key": bound.id_for_label or bound.html_name,
        "optional": not (bound.field.required or needed) and kind == "plain",
    }


def errors(form) -> list[tuple[str, str, str]]:
    """Every error of a form as (id of the control, label, sentence); errors of the whole form have no id."""
    found = [("", "", sentence) for sentence in form.non_field_errors()]
    for bound in form:
        found += [(bound.id_for_label, bound.label, sentence) for sentence in bound.errors]
    return found
