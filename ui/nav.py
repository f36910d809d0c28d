"""The sidebar of the back office. An entry shows iff the viewer holds the permission of its page."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.urls import get_urlconf, resolve, reverse

# group, label, Lucide icon, URL name
NAV = (
    ("Overview", "Overview", "layout-dashboard", "overview"),
    ("Money", "System Accounting", "chart-line", "accounting:index"),
    ("Money", "Financial Reports", "trending-up", "reports:index"),
    ("Money", "Billing platform", "credit-card", "billing:index"),
    ("Money", "Memberships", "crown", "memberships:index"),
    ("Money", "Disputes and debts", "scale", "billing:disputes"),
    ("Money", "Reconciliation", "list-checks", "billing:reconciliation"),
    ("Money", "Price book", "tags", "pricing:index"),
    ("Money", "Self-check", "shield-check", "selfcheck:index"),
    ("Content", "Public Catalog", "earth", "catalog:index"),
    ("Content", "Curated Library", "library", "catalog:library"),
    ("Content", "Music Pool", "music", "musicpool:index"),
    ("Content", "CTAs", "target", "ctas:index"),
    ("Content", "Cuts", "clapperboard", "studio:staff_cuts"),
    ("Content", "Usage", "notebook-pen", "accounting:usage"),
    ("Content", "Terms and privacy", "file-text", "documents:index"),
    ("People", "Users", "users", "accounts:users"),
    ("People", "Roles", "shield", "accounts:roles"),
    ("People", "Invite Codes", "ticket", "invites:index"),
    ("People", "Logs", "logs", "audit:logs"),
    ("People", "Referrals & Acquisition", "link", "referrals:index"),
    ("People", "Site Stats", "chart-spline", "sitestats:index"),
    ("System", "Exports", "package", "exports:index"),
    ("System", "Storage", "hard-drive", "files:index"),
    ("System", "Jobs", "activity", "jobs:index"),
    ("System", "Alerts", "bell", "alerts:index"),
    ("System", "Security settings", "lock-keyhole", "tunables:security"),
)
# Pages at the address of one entry that belong to another
ELSEWHERE = {"/admin/billing/invoices/": "/admin/memberships/"}


@dataclass(frozen=True)
class Entry:
    label: str
    icon: str
    url: str
    current: bool


def groups(user, path: str) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """The groups and entries that `user` may see, with the one that holds `path` marked."""
    entries = [
        (group, label, icon, *page_of(name, get_urlconf() or settings.ROOT_URLCONF)) for group, label, icon, name in NAV
    ]
    seen = [entry for entry in entries if user.can(entry[4])]
    path = next((entry for begins, entry in ELSEWHERE.items() if path.startswith(begins)), path)
    current = max((url for *_, url, _ in seen if path == url or _inside(path, url)), key=len, default="")
    found: dict[str, list[Entry]] = {}
    for group, label, icon, url, _ in seen:
        found.setdefault(group, []).append(Entry(label, icon, url, url == current))
    return tuple((group, tuple(entries)) for group, entries in found.items())


@lru_cache
def page_of(name: str, urlconf=None) -> tuple[str, str]:
    """Address and permission of a page."""
    url = reverse(name, urlconf)
    return url, resolve(url, urlconf).func.perm


def _inside(path: str, url: str) -> bool:
    return url != "/admin/" and path.startswith(url)
