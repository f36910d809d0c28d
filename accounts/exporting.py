"""Accounts as files: what the list shows, for whoever may export it."""

from django.db.models import QuerySet
from django.http import QueryDict

from accounts import columns, queries
from accounts.filtering import UserFilter, all_in_words
from accounts.models import User
from accounts.permissions import Perm
from exports.kinds import Kind


def rows(viewer, query: QueryDict) -> QuerySet[User]:
    """The accounts of the filter, in the order of the list."""
    return queries.in_order(UserFilter(query, viewer=viewer).qs, query.get("sort", ""), viewer)


def chosen(query: QueryDict) -> list[str]:
    """Who it is, and the columns on screen."""
    on_screen = columns.ON_SCREEN
    wanted = query.get("columns")
    shown = [c.key for c in on_screen if (c.default if wanted is None else c.key in wanted.split(","))]
    told_with = {"status": "confirmed", "credits": "owes"}  # one cell of the list, two columns of the file
    return [*columns.ALWAYS, *shown, *(more for key, more in told_with.items() if key in shown)]


USERS = Kind("users", "Users", Perm.USERS_EXPORT, "accounts:users", rows, columns.in_file, all_in_words, chosen)
