"""Full pages: the codes, one code, and the link by which people come in."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import requires, typed_before
from accounts.permissions import Perm
from invites.codes import plain
from invites.forms import CodesForm, ImportForm
from invites.models import Invite
from tunables import values


@require_safe
@requires(Perm.INVITES_READ)
def index(request):
    """/admin/invites/: all codes."""
    return render(request, "invites/index.html", {"form": CodesForm(by=request.user)})


@require_safe
@requires(Perm.INVITES_READ)
def code(request, pk):
    """One code, and who came in by it."""
    context = {"invite": get_object_or_404(Invite, pk=pk), "usual": values.get("invite_grant_usd")}
    return render(request, "invites/code.html", context)


@require_safe
@requires(Perm.INVITES_MANAGE)
def new_import(request):
    """Where a table of codes goes in."""
    return render(request, "invites/new_import.html", {"form": ImportForm(initial=typed_before(request))})


@require_safe
@login_not_required
def join(request, code):
    """/join/<code>/: to the sign-up with the code filled in. Whether it works is said there, when it is sent."""
    return redirect(f"{reverse('account_signup')}?{urlencode({'code': plain(code)})}")
