"""Every address of the project, read from the resolver, and what the whole-project tests must know about some."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import URLPattern, get_resolver

# Views that nobody has to sign in for. Each carries @login_not_required as well; both must agree.
PUBLIC = {
    "account_confirm_email": "the key in the address comes from a mail",
    "account_email_verification_sent": "says where to look after registering",
    "account_inactive": "tells a suspended person why nothing works",
    "account_login": "the door itself",
    "account_logout": "signing out twice is no error",
    "account_reset_password": "for people who cannot sign in",
    "account_reset_password_done": "for people who cannot sign in",
    "account_reset_password_from_key": "the key in the address comes from a mail",
    "account_reset_password_from_key_done": "for people who cannot sign in",
    "account_signup": "the door for new people",
    "accounts:outbox": "embedded mode only (404 in production): mails that never left the machine",
    "accounts:outbox_mail": "embedded mode only (404 in production): mails that never left the machine",
    "accounts:owner_link": "the one-time token in the address is the key",
    "accounts:redeem_owner_link": "the one-time token in the address is the key",
    "accounts:staff_invitation": "the one-time token in the address is the key",
    "accounts:accept_staff_invitation": "the one-time token in the address is the key",
    **dict.fromkeys(
        ("accounts:email_change", "accounts:confirm_email_change", "accounts:stop_email_change"),
        "the token in the address comes from a mail",
    ),
    "invites:join": "the code in the address is the key, and is looked at when the form is sent",
    "mfa_authenticate": "the second step, for who has taken the first",
    "mfa_login_webauthn": "a door beside the password",
    "billing:stripe_webhook": "the signature over the raw bytes is the key",
    "ctas:count_seen": "a browser says that it showed a call to action",
    "ctas:go": "counts a click of a visitor, then leads to the sign-up",
    "documents:privacy": "people read it before they decide",
    "documents:terms": "people read them before they decide",
    "files:media": "the signed token in the address, which expires, is the key",
    "healthz": "asked by load balancers; says nothing but that the process lives",
    "readyz": "asked by load balancers; names no internals",
    **dict.fromkeys(
        ("studio:home", "studio:make", "studio:wall", "studio:frame_sample", "studio:style_sample", "studio:sitemap"),
        "what everybody may see before they decide",
    ),
    "studio:make_cut": "visitors make Lite cuts, within the limit of a day",
    **dict.fromkeys(
        (
            *("studio:my_cuts", "studio:cut", "studio:progress", "studio:download_own_cut", "studio:cancel_cut"),
            *("studio:retry_cut", "studio:show_cut", "studio:delete_cut", "studio:restore_cut"),
        ),
        "only the browser or the account that made a cut finds it",
    ),
    **dict.fromkeys(
        (
            "studio:shared_cut",
            "studio:shared_video",
            "studio:shared_poster",
            "studio:shared_preview",
            "studio:download_cut",
            "studio:count_share",
            "studio:story",
            "studio:make_story",
        ),
        "a cut that its maker shared; others are not there",
    ),
    "ui:change_theme": "a cookie with light or dark",
    "ui:favicon": "browsers ask for it everywhere",
    "ui:hide_demo_banner": "a cookie",
    "ui:robots": "crawlers ask for it",
}

# Views without Django's CSRF check.
CSRF_EXEMPT = {
    "billing:stripe_webhook": "signed by Stripe",
    "ctas:count_seen": "one more in a count, for whoever asks; without a cookie, so that caches may keep the page",
}

# Views that write although they are read.
WRITES_ON_GET: dict[str, str] = {
    "studio:shared_cut": "counts a view, which waits for nobody",
    "studio:download_cut": "counts a download, which waits for nobody",
    **dict.fromkeys(("studio:cut", "studio:overview"), "a member's share code is made when it is first shown"),
}

# The right that the object at hand asks for besides that of the route.
FURTHER = dict.fromkeys(("exports:new_export", "exports:start_export"), "users:export")
NOBODY = {"int": 10**9, "str": "nobody", "slug": "nobody", "uuid": "5d8c1b0e-7f5e-4d8c-9b0e-7f5e4d8c9b0e"}


@dataclass(frozen=True)
class Route:
    """One address: its name with namespaces, its pattern with the arguments as `<name>`, and its view."""

    name: str
    pattern: str
    view: Callable
    converters: tuple[tuple[str, str], ...]

    @property
    def perm(self):
        return getattr(self.view, "perm", None)

    def path(self, cast: dict) -> str:
        """The address of a real object (tests/props.py), or of one that nobody has where the cast has none at hand."""
        values = {name: NOBODY.get(kind, "nobody") for name, kind in self.converters}
        at_hand = {"query": ""} | cast["props"].get(self.name, {})
        return self.path_with(values | at_hand) + at_hand["query"]

    def path_with(self, values: dict) -> str:
        """The address with exactly these arguments, however bad they are."""
        return re.sub(r"<(\w+)>", lambda match: str(values[match[1]]), self.pattern)

    @contextmanager
    def guards_alone(self):
        """The decorators of the view are asked as ever; what stands inside them only says 204.

        Classes, which are allauth's, hold their methods themselves and stay as they are: False.
        """
        cell, view = None, self.view
        while inner := getattr(view, "__wrapped__", None):
            cell = next((cell for cell in view.__closure__ or () if cell.cell_contents is inner), None)
            view = inner
        if cell is None:
            yield False
            return
        cell.cell_contents = lambda request, *args, **kwargs: HttpResponse(status=204)
        try:
            yield True
        finally:
            cell.cell_contents = view


def routes() -> list[Route]:
    """All of them, in the order of the resolver."""
    return list(_walk(get_resolver().url_patterns, "/", ""))


def _walk(patterns, prefix: str, namespace: str, above: tuple = ()) -> Iterator[Route]:
    for entry in patterns:
        pattern = prefix + _readable(entry.pattern)
        kinds = above + tuple((name, _kind(converter)) for name, converter in entry.pattern.converters.items())
        if isinstance(entry, URLPattern):
            groups = tuple((name, "str") for name in entry.pattern.regex.groupindex if name not in dict(kinds))
            yield Route(f"{namespace}{entry.name or pattern}", pattern, entry.callback, kinds + groups)
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, pattern, inner, kinds)


def _readable(pattern) -> str:
    """`users/<int:pk>/` and `^key/(?P<key>[-:\\w]+)/$` alike: the arguments as `<name>`."""
    text = str(pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    text = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", text)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", text)


def _kind(converter) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
