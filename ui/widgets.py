"""Django's widgets; those of which a page of filters has dozens are written without a template."""

from collections.abc import Iterable

from django.forms import widgets
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString

from ui.format import markup

INPUTS = {
    widget.template_name
    for widget in (
        *(widgets.Input, widgets.TextInput, widgets.NumberInput, widgets.EmailInput, widgets.SearchInput),
        *(widgets.PasswordInput, widgets.HiddenInput, widgets.DateInput, widgets.CheckboxInput),
    )
}
SELECTS = {widgets.Select.template_name}


class Renderer(DjangoTemplates):
    """FORM_RENDERER of the settings."""

    def render(self, template_name, context, request=None):
        if template_name in INPUTS:
            return entry(context["widget"])
        if template_name in SELECTS:
            return select(context["widget"])
        return super().render(template_name, context, request)


class Choice(widgets.Select):
    """A select without groups, drawn from its choices at once."""

    def render(self, name, value, attrs=None, renderer=None):
        """As `select`, without a dictionary for each option."""
        drawn = options(self.choices, "" if value is None else str(value))
        return SafeString(
            f'<select name="{markup(name)}"{_attrs(self.build_attrs(self.attrs, attrs))}>{drawn}</select>'
        )


def entry(widget: dict) -> SafeString:
    """What `django/forms/widgets/input.html` says of the same context."""
    value = widget["value"]
    text = "" if value is None else f' value="{markup(str(value))}"'
    return SafeString(f'<input type="{widget["type"]}" name="{markup(widget["name"])}"{text}{_attrs(widget["attrs"])}>')


def select(widget: dict) -> SafeString:
    """What `django/forms/widgets/select.html` says of the same context."""
    groups = "\n".join(_group(name, options) for name, options, _ in widget["optgroups"])
    return SafeString(f'<select name="{markup(widget["name"])}"{_attrs(widget["attrs"])}>\n{groups}\n</select>')


def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """The choices of a select, of which one is chosen."""
    return SafeString("".join(_option(value, label, {"selected": value == chosen}) for value, label in choices))


def _group(name, options) -> str:
    found = "\n".join(_option(one["value"], one["label"], one["attrs"]) for one in options)
    return f'<optgroup label="{markup(name)}">\n{found}\n</optgroup>' if name else found


def _option(value, label, attrs: dict) -> str:
    return f'<option value="{markup(str(value))}"{_attrs(attrs)}>{markup(label)}</option>'


def _attrs(attrs: dict) -> str:
    """Those that are there: True stands for itself."""
    if not attrs:
        return ""
    there = ((name, value) for name, value in attrs.items() if value is not False)
    return "".join(f" {name}" if value is True else f' {name}="{markup(str(value))}"' for name, value in there)
