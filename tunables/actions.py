"""Changes to the security settings; the password is asked for again when that was long ago."""

from django.http import Http404
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from tunables import catalog, editing, trials
from ui import actions

BACK = "/admin/security/"


@require_POST
@requires(Perm.SECURITY_CONFIGURE)
@confirmed("to change a security setting")
def change_tunable(request, key):
    """Save one security setting."""
    return editing.change(request, catalog.SECURITY, key, room="tunables", back=BACK)


@require_POST
@requires(Perm.SECURITY_CONFIGURE)
@confirmed("to change a security setting")
def reset_tunable(request, key):
    """One security setting back to its default."""
    return editing.reset(request, catalog.SECURITY, key, room="tunables", back=BACK)


@require_POST
@requires(Perm.SECURITY_CONFIGURE)
@confirmed("to keep a security setting")
def keep_tunable(request, key):
    """The value on trial is right: it holds for good."""
    return _end_trial(request, key, trials.keep, "{} is kept.")


@require_POST
@requires(Perm.SECURITY_CONFIGURE)
@confirmed("to change a security setting")
def undo_tunable(request, key):
    """The value on trial was a mistake: the one before holds again."""
    return _end_trial(request, key, trials.undo, "{} is back at what it was.")


def _end_trial(request, key, act, done):
    if key not in catalog.CATALOG:
        raise Http404
    try:
        act(key, by=request.user, version=editing.version(request))
        toast = done.format(key)
    except trials.Over:
        toast = f"{key} is not on trial any more. Look at what holds now."
    return actions.done(request, "tunables-changed", toast=toast, redirect=BACK)
