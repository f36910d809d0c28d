"""The settings of allauth that staff tune at run time. Imported while apps load: no model here at the top."""

from django.apps import apps
from django.conf import settings

from tunables import values


def setting(name: str, default):
    """allauth's hook (ALLAUTH_SETTING_GETTER): live values first, then settings.py, then its own default."""
    if apps.ready and name in LIVE:
        return LIVE[name]()
    return getattr(settings, name, default)


def _email_verification() -> str:
    return "mandatory" if values.get("require_email_verification") else "optional"


def _rate_limits() -> dict:
    """Wrong passwords and codes are limited per account and address first, then per account: see adapter.py."""
    failures, minutes = values.get("login_failures_before_lockout"), values.get("lockout_minutes")
    a_day = values.get("account_failures_per_day")
    return {
        "login": "60/m/ip",
        "signup": "60/m/ip",
        "login_failed_address": "30/m/ip",
        **dict.fromkeys(("login_failed", "code_failed"), f"{failures}/{minutes}m/key"),
        **dict.fromkeys(("login_failed_account", "code_failed_account"), f"{a_day}/d/key"),
        "registered": f"{values.get('signups_per_address_per_day')}/d/ip",
        "reset_password": "20/m/ip",  # and not by account: what strangers ask for must not be refused to its owner
        # Eight a day, and whoever used them up: the owner has one whose link works for hours. See ResetPasswordForm
        "reset_mail": f"2/{settings.PASSWORD_RESET_TIMEOUT // 2}s/key",
        "invite_code": f"{values.get('invite_tries_per_hour')}/h/ip",
        "confirm_email": "3/10m/key,8/d/key",  # their links work for three days; also for "You have an account already"
        "manage_email": "5/m/user,30/d/user",
    }


LIVE = {
    "ACCOUNT_EMAIL_VERIFICATION": _email_verification,
    "ACCOUNT_RATE_LIMITS": _rate_limits,
    "ACCOUNT_REAUTHENTICATION_TIMEOUT": lambda: 60 * values.get("reauthentication_minutes"),
    "ACCOUNT_SESSION_COOKIE_AGE": lambda: 3600 * max(values.get("session_hours"), values.get("staff_session_hours")),
}
