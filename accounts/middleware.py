"""Sign-in by default, told to htmx in a way that does not put the sign-in page into a panel."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponse


class SignInRequired(LoginRequiredMiddleware):
    """Django's middleware; an htmx request gets HX-Redirect instead of a page to swap in."""

    def handle_no_permission(self, request, view_func):
        response = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Redirect": response["Location"]})
        return response
