"""What "Search or jump to…" finds. A search is a function (request, words) -> hits; SEARCHES lists them in order."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.urls import reverse

from accounts.masking import sees_addresses
from accounts.permissions import Perm
from ui import nav
from ui.folding import begins

LIMIT = 6


@dataclass(frozen=True)
class Hit:
    """One line of the palette; a person shows an avatar, anything else an icon."""

    label: str
    url: str
    note: str = ""
    icon: str = ""
    person: object = None


def search(request, words: str, *, sections: bool = True) -> list[Hit]:
    """Everything that `words` find for this viewer. The palette has the sections already, from the sidebar."""
    found = _sections(request, words) if sections else []
    if words:
        for find in SEARCHES:
            found += find(request, words)
    return found


def _sections(request, words: str) -> list[Hit]:
    entries = [entry for _, entries in nav.groups(request.user, request.path) for entry in entries]
    return [Hit(e.label, e.url, icon=e.icon) for e in entries if words.lower() in e.label.lower()]


def people(request, words: str) -> list[Hit]:
    """Accounts whose name begins with the words, or whose e-mail, for those who may see it."""
    if not request.user.can(Perm.USERS_READ):
        return []
    matching = begins(words, by_email=sees_addresses(request.user))
    found = get_user_model().objects.filter(matching).order_by("folded", "pk")[:LIMIT]
    return [
        Hit(str(person), reverse("accounts:user", args=[person.pk]), person.email, person=person) for person in found
    ]


SEARCHES = [people]
