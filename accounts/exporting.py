"""Accounts as files: what the list shows, for whoever may export it."""

from django.db.models import QuerySet
from django.http import QueryDict

from accounts import columns, queries
from accounts.filtering import UserFilter
from accounts.models import User
from accounts.permissions import Perm
from exports.kinds import Kind


def rows(viewer, query: QueryDict) -> QuerySet[User]:
    """The accounts of the filter, in the order of the list."""
    return queries.in_order(UserFilter(query, viewer=viewer).qs, query.get("sort", ""), viewer)


def words(query: QueryDict) -> list[str]:
    """The filter as people read it."""
    found = UserFilter(query)
    return [f"{found.filters[name].label}: {value}" for name, value in found.in_force.items()]


def chosen(query: QueryDict) -> list[str]:
    """Who it is, and the columns on screen."""
    on_screen = columns.ON_SCREEN
    wanted = query.get("columns")
    shown = [c.key for c in on_screen if (c.default if wanted is None else c.key in wanted.split(","))]
    return [*columns.ALWAYS, *shown, *(["owes"] if "credits" in shown else [])]


USERS = Kind("users", "Users", Perm.USERS_EXPORT, "accounts:users", rows, columns.in_file, words, chosen)
