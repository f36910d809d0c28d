"""What whoever reads at the address of a closed account is told by mail: any other mail leads them in a circle."""

from accounts import mail
from accounts.models import User
from tunables import values


def told(email: str) -> bool:
    """Say so to the address; False when it is of no closed account. Pages and their time tell nobody."""
    user = User.objects.filter(email=email.lower(), is_active=False).first()
    if user:
        facts = {"user": user, "support_email": values.get("support_email")}
        mail.send(email, "account/email/account_closed", facts)
    return user is not None
