"""Django's widgets, but for the one of which a page of filters has forty: an option of a select needs no template."""

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.forms.widgets import Select
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class Renderer(DjangoTemplates):
    """FORM_RENDERER of the settings."""

    def render(self, template_name, context, request=None):
        if template_name == Select.template_name:
            return select(context["widget"])
        return super().render(template_name, context, request)


def select(widget: dict) -> SafeString:
    """What `django/forms/widgets/select.html` says of the same context."""
    groups = format_html_join("\n", "{}", ((_group(name, options),) for name, options, _ in widget["optgroups"]))
    return format_html('<select name="{}"{}>\n{}\n</select>', widget["name"], flatatt(widget["attrs"]), groups)


def _group(name, options) -> SafeString:
    found = format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((str(option["value"]), flatatt(option["attrs"]), option["label"]) for option in options),
    )
    return format_html('<optgroup label="{}">\n{}\n</optgroup>', name, found) if name else found
