"""Django's widgets, but for the one of which a page of filters has forty: an option of a select needs no template."""

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.forms.widgets import Select
from django.utils.safestring import SafeString

from ui.format import markup


class Renderer(DjangoTemplates):
    """FORM_RENDERER of the settings."""

    def render(self, template_name, context, request=None):
        if template_name == Select.template_name:
            return select(context["widget"])
        return super().render(template_name, context, request)


def select(widget: dict) -> SafeString:
    """What `django/forms/widgets/select.html` says of the same context."""
    groups = "\n".join(_group(name, options) for name, options, _ in widget["optgroups"])
    return SafeString(f'<select name="{markup(widget["name"])}"{_attrs(widget["attrs"])}>\n{groups}\n</select>')


def _group(name, options) -> str:
    found = "\n".join(
        f'<option value="{markup(str(option["value"]))}"{_attrs(option["attrs"])}>{markup(option["label"])}</option>'
        for option in options
    )
    return f'<optgroup label="{markup(name)}">\n{found}\n</optgroup>' if name else found


def _attrs(attrs: dict) -> str:
    return flatatt(attrs) if attrs else ""
