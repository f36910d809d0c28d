"""How far the demo's history is, for the pages whose figures it makes."""

from django import template

from accounting import demo

register = template.Library()


@register.inclusion_tag("accounting/_demo_progress.html")
def demo_progress():
    """`{% demo_progress %}` in a grid: a bar that moves by itself while the history is loaded; nothing otherwise."""
    return {"job": demo.under_way()}
