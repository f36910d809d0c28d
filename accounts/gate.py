"""Whether anybody may come in: one rule for the sign-up form and for whatever invites to it."""

from tunables import values


def is_open() -> bool:
    """Whether anybody may register, be it with an invite code only."""
    return values.get("registration_mode") != "closed"


def needs_invite() -> bool:
    """Whether only who has an invite code may register."""
    return values.get("registration_mode") == "invite"
