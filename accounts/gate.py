"""Whether anybody may come in: one rule for the sign-up form and for whatever invites to it."""

from tunables import values


def is_open() -> bool:
    """Whether anybody may register. By invitation counts as closed until there are invitations."""
    return values.get("registration_mode") == "open"
