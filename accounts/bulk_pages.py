"""The pages on which an act on many accounts is confirmed and watched. accounts/pages.py shows them."""

from django.http import QueryDict

from accounts import bulk
from accounts.list_forms import BulkForm
from accounts.models import BulkAct


def confirm_context(request, verb: str, query: QueryDict, form: BulkForm | None = None, problem: str = "") -> dict:
    """What new_bulk_act.html needs: the exact number now, and a form that repeats it."""
    try:
        ids = bulk.matching(request.user, query)
    except bulk.TooMany as error:
        ids, problem = [], str(error)
    initial = {"choice": query.urlencode(), "expected": len(ids)}
    context = {"verb": BulkAct.Verb(verb), "count": len(ids), "words": bulk.words(query), "problem": problem}
    return context | {"ids": ids, "form": form or BulkForm(verb, initial=initial)}
