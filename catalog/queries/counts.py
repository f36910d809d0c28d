"""How often things of the catalog were used: as subqueries, for lists that show it beside each row."""

from django.db.models import Count, Subquery

from studio.models import Cut, CutImage


def cuts_of_poem(poem) -> Subquery:
    """Finished cuts of a poem."""
    return _counted(Cut.objects.filter(poem=poem, state=Cut.State.DONE), "poem")


def cuts_of_asset(asset) -> Subquery:
    """Finished cuts with an image."""
    return _counted(CutImage.objects.filter(asset=asset, cut__state=Cut.State.DONE), "asset")


def cuts_with(field: str, choice) -> Subquery:
    """Finished cuts with a frame, a style or a category."""
    return _counted(Cut.objects.filter(state=Cut.State.DONE, **{field: choice}), field)


def _counted(rows, field: str) -> Subquery:
    return Subquery(rows.order_by().values(field).annotate(n=Count("pk")).values("n"))
