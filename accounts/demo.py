"""The people of the demo: embedded mode only, all with one password that is written on the wall."""

from django.conf import settings

from accounts.models import Role, User

PASSWORD = "poem-vision-demo"  # noqa: S105 - it is meant to be known
PEOPLE = {
    "owner": ("Olivia Owner", Role.SUPER_ADMIN),
    "support": ("Sam Support", Role.SUPPORT),
    "marketing": ("Maya Marketing", Role.MARKETING),
    "finance": ("Farid Finance", Role.FINANCE),
    "member": ("Mira Member", Role.NONE),
}


class NotHere(Exception):
    """Demo accounts are refused outside the embedded mode."""


def emails() -> list[str]:
    """With what the demo people sign in."""
    return [_email(name) for name in PEOPLE]


def load() -> list[User]:
    """Create who is missing; return all of them in the order above."""
    if not settings.EMBEDDED:
        raise NotHere("Demo accounts exist in embedded mode only.")
    return [_person(name, *details) for name, details in PEOPLE.items()]


def _person(name: str, full_name: str, role: str) -> User:
    user = User.objects.filter(email=_email(name)).first()
    return user or User.objects.create_user(_email(name), PASSWORD, name=full_name, role=role, is_demo=True)


def _email(name: str) -> str:
    return f"{name}@poemvision.example"
