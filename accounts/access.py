"""Decorators that say who may call a view. Both leave `view.perm` behind, which nav, panels and tests read."""

from functools import wraps

from django.core.exceptions import PermissionDenied

from audit.models import record_denial

MEMBER = "member"


def requires(perm):
    """Let only staff whose role holds `perm` in; everybody else who is signed in gets 403, and that is recorded."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.can(perm):
                record_denial(request, perm)
                raise PermissionDenied(perm)
            return view(request, *args, **kwargs)

        guarded.perm = perm
        return guarded

    return decorate


def members(view):
    """Let in whoever is signed in. The view shows only what belongs to `request.user`."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    guarded.perm = MEMBER
    return guarded
