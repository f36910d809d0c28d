"""The pages on which an act on many accounts is confirmed and watched. accounts/pages.py shows them."""

from urllib.parse import urlencode

from django.http import QueryDict

from accounts import bulk
from accounts.list_forms import BulkForm
from accounts.models import BulkAct, User

NAMED = 10


def first_names(ids: list[int], query: QueryDict | None = None) -> dict:
    """Who they are: the first few by name, how many more, and the list of them all where a filter chose them."""
    every = query.lists() if query and "all" in query else ()
    chosen = {f"users.{name}": values for name, values in every if name != "all"}
    people = User.objects.filter(pk__in=ids[:NAMED]).order_by("pk")
    return {"first": people, "unnamed": max(len(ids) - NAMED, 0), "filter": urlencode(chosen, doseq=True)}


def confirm_context(request, verb: str, query: QueryDict, form: BulkForm | None = None, problem="", typed=None) -> dict:
    """What new_bulk_act.html needs: the exact number now, and a form that repeats it and what was typed."""
    try:
        ids = bulk.matching(request.user, query)
    except bulk.Refused as error:
        ids, problem = [], str(error)
    initial = (typed or {}) | {"choice": query.urlencode(), "expected": len(ids), "seal": bulk.seal(ids)}
    context = {
        "verb": BulkAct.Verb(verb),
        "count": len(ids),
        "words": bulk.words(request.user, query),
        "problem": problem,
    }
    context |= first_names(ids, query)
    return context | {"ids": ids, "form": form or BulkForm(verb, initial=initial)}
