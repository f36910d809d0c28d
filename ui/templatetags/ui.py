"""The tags and filters that every template has without loading. What they compute lives in the modules of `ui`."""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from lucide.templatetags.lucide import lucide

from ui import charts, clock, fields, filters, format, lists, nav, panels, periods, preferences, widgets

register = template.Library()

register.filter("money", format.money)
register.filter("when", format.when)
register.filter("absolute", format.absolute)
register.filter("day", format.day)
register.filter("plain_day", format.plain_day)
register.filter("percent", format.percent)
register.filter("change", format.change)
register.filter("trend", format.trend)
register.filter("count", format.count)
register.filter("duration", format.duration)
register.filter("bytes", format.size)
register.filter("initials", format.initials)
register.filter("hue", format.hue)
register.filter("code", format.code)
register.filter("breakable", format.breakable)


@register.filter
def can(user, perm) -> bool:
    """`{% if user|can:"credit:adjust" %}`: for buttons; pages and panels are guarded by their views."""
    return getattr(user, "is_authenticated", False) and user.can(perm)


@register.simple_tag
def icon(name, size=17, label="", stroke="1.75"):
    """A Lucide icon. Without a label it is decoration."""
    return _svg(str(name), size, str(label), stroke)


@lru_cache(1000)
def _svg(name, size, label, stroke):
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return lucide(name, size=size, stroke_width=stroke, focusable="false", **spoken)


# Shell


@register.simple_tag
@lru_cache
def constant(template):
    """`{% constant "ui/_styles.html" %}`: a fragment that knows nothing of its page, drawn once in each process."""
    return render_to_string(template)


@register.simple_tag(takes_context=True)
def theme(context):
    """`auto`, `light` or `dark`, from the viewer's cookie."""
    return preferences.theme(context.get("request"))


@register.simple_tag
def zone() -> str:
    """The business time zone, for what static/js/times.js tells."""
    return str(clock.zone())


@register.simple_tag(takes_context=True)
def demo_banner(context):
    """Whether to say that this is a demo: in embedded mode, until dismissed."""
    return preferences.demo_banner(context.get("request"))


@register.simple_tag
def stripe_sandbox() -> bool:
    """Whether Stripe is the local sandbox."""
    return bool(settings.STRIPE_SANDBOX_URL)


@register.simple_tag
def environment():
    """The word on the badge beside the brand."""
    if settings.EMBEDDED:
        return "Demo"
    return "Back office" if settings.STRIPE_LIVEMODE else "Test mode"


@register.simple_tag(takes_context=True)
def sections(context):
    """The sidebar as this viewer may see it."""
    request = context["request"]
    return _sections(nav.groups(request.user, request.path))


@lru_cache(1000)
def _sections(groups):
    return render_to_string("ui/_sections.html", {"groups": groups})


# Panels


@register.inclusion_tag("ui/panel.html", takes_context=True)
def panel(context, target, title, *args, wide=False, **options):
    """`{% panel "billing:status" "Stripe Status" inline=True poll="60s" sub="…" span=4 %}`: the frame of one panel."""
    if wide:
        options["span"] = 12
    return panels.frame(context["request"], target, title, args, **options)


@register.inclusion_tag("ui/copyable.html")
def copyable(text):
    """An id, with a button that copies it."""
    return {"text": text}


@register.simple_tag
def badge(text, tone=""):
    """A word with a dot: `good`, `warn`, `bad`, `info`, `accent` or plain. Lists have many: it is no template."""
    return format_html('<span class="badge{}">{}</span>', f" {tone}" if tone else "", text)


@register.simple_block_tag
def nothing(content, title, icon_name="inbox"):
    """`{% nothing "No invite codes yet" "ticket" %}<p>What they are for.</p>{% endnothing %}`: the empty state.

    (Not called `empty`: inside `{% for %}` that word belongs to Django.)
    """
    return render_to_string("ui/empty.html", {"title": title, "icon_name": icon_name, "body": content})


@register.inclusion_tag("ui/progress.html")
def progress(label, done, total, url="", note="", unit=""):
    """How far a job is. With `url` it asks again every 2 s; leave `url` out when the job has ended."""
    return {"label": label, "done": done, "total": total, "url": url, "note": note, "unit": unit}


@register.simple_block_tag
def dialog(content, id, title, open_label, css="btn"):
    """A button and the `<dialog>` that it opens, for input that should not leave the page."""
    return render_to_string(
        "ui/dialog.html", {"id": id, "title": title, "open_label": open_label, "css": css, "body": content}
    )


# Lists


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context, page, of=""):
    """Previous, Next and the lazy total of a keyset page; `of` names it beside another on the same page.

    In a panel the links turn the panel; on a page of its own, the page.
    """
    return {"page": page, "of": of, "panel_id": context.get("panel_id", "")}


@register.simple_tag
def column(page, key, label, num=False, css=""):
    """The head of one column; a link when the list may be sorted by `key`."""
    return lists.drawn_head(page, key, label, css=f"num {css}" if num else css)


@register.inclusion_tag("ui/csv_link.html", takes_context=True)
def csv_link(context, label="CSV"):
    """A download of what the list shows now: same filter, same sort."""
    return {"url": lists.csv_url(context["request"]), "label": label, "panel_id": context.get("panel_id", "")}


@register.inclusion_tag("ui/csv_link.html", takes_context=True)
def excel_link(context, label="Excel"):
    """The same as a workbook, where the list writes one."""
    return {
        "url": lists.file_url(context["request"], "xlsx"),
        "label": label,
        "panel_id": context.get("panel_id", ""),
    }


@register.simple_block_tag(takes_context=True)
def filter_bar(context, content, label="", without="", page=None, columns=(), sort_by=(), **options):
    """Search field, chips, further controls (the block), column chooser, CSV, and the filters in force.

    Options: `chips` and `applied` of `ui.filters`, `csv=True`, `table` (the name under which the columns are kept).
    `sort_by` names what can be sorted by where there is no column chooser.
    `without` names the controls of the block, so that their old values are not sent along.
    """
    request, panel_id = context["request"], context.get("panel_id", "")
    sorts = lists.sort_choices(page, sort_by or columns) if page else []
    values = {
        "request": request,
        "panel_id": panel_id,
        "label": label,
        "q": request.GET.get("q", ""),
        "more": content.strip() and content,
        "columns": columns,
        "sorts": widgets.options(sorts, page.sort) if sorts else "",
        "table": panel_id,
        "kept": lists.kept(request, "q", "sort" if sorts else "", *without.replace(",", " ").split()),
        "clear_url": filters.clear_url(request, options.get("applied", ())),
        **options,
    }
    return render_to_string("ui/filter_bar.html", values)


@register.inclusion_tag("ui/period.html", takes_context=True)
def period_control(context, period, presets=periods.PRESETS):
    """The one period of a page: presets, a range of days, one step back or forward."""
    return periods.control(context["request"], period, presets)


# Forms


@register.simple_tag
def field(bound, **options):
    """Label, control, help and error of one bound field, wired for assistive technology."""
    return render_to_string("ui/field.html", fields.describe(bound, **options))


@register.inclusion_tag("ui/errors.html")
def error_summary(form):
    """What is wrong with the form, in one box that takes the focus."""
    return {"errors": fields.errors(form)}


# Figures


@register.inclusion_tag("ui/bars.html")
def bars(rows, legend=()):
    """Stacked bars beside their numbers; `legend` is pairs of (word, look)."""
    return {"rows": [charts.draw_bar(row) for row in rows], "legend": legend}


@register.simple_tag
def chart(figure):
    """A `ui.charts.Chart` as SVG with a legend, a keyboard and a table."""
    return render_to_string("ui/chart.html", {"chart": figure, "drawing": charts.draw(figure)})


@register.simple_tag
def spark(values, tone=1):
    """A line without axes, for a figure's recent course."""
    return mark_safe(charts.spark(values, tone))  # noqa: S308 - numbers only


@register.inclusion_tag("ui/kpi.html")
def kpi(label, value, note="", change="", direction="", good="up", values=None, url="", about=None):
    """One key figure. Colour says good or bad, the arrow says up or down; `url` opens what it is made of.

    `about` has what the figure `says` and its `source`: they open from an “i” beside the label.
    """
    tone = "flat" if direction not in ("up", "down") or not good else "good" if direction == good else "bad"
    return {
        "label": label,
        "value": value,
        "note": note,
        "change": change,
        "arrow": {"up": "arrow-up-right", "down": "arrow-down-right"}.get(direction, "arrow-right"),
        "tone": tone,
        "values": values,
        "url": url,
        "about": about,
    }


@register.inclusion_tag("ui/head.html")
def head(about, of, label=""):
    """The head of a column of figures, with an “i” that says how these are defined. `of` names the table."""
    return {"about": about, "of": of, "label": label or about.label}
