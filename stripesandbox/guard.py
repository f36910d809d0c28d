"""The sandbox never runs beside real money."""

PRODUCTION = "The Stripe sandbox does not start when MODE is production."
REAL_KEY = "The Stripe sandbox does not start with a real Stripe key in {name}; its own keys begin with {prefix}."
FOREIGN_KEY = "SANDBOX_API_KEY must begin with {prefix}, so that nobody takes it for a key of Stripe."
OWN_KEY_PREFIX = "sk_test_sandbox_"
STRIPE_KEY_PREFIXES = ("sk_", "rk_")


class Refused(SystemExit):
    """The one sentence that says why the sandbox does not start."""


def refuse_where_money_is_real(environ) -> None:
    """End the program in one sentence when it stands in production or holds a key of a real account."""
    if environ.get("MODE", "").strip().lower() == "production":
        raise Refused(PRODUCTION)
    for name in ("SANDBOX_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        key = environ.get(name, "").strip()
        if key.startswith(STRIPE_KEY_PREFIXES) and not key.startswith(OWN_KEY_PREFIX):
            raise Refused(REAL_KEY.format(name=name, prefix=OWN_KEY_PREFIX))
    if not environ.get("SANDBOX_API_KEY", OWN_KEY_PREFIX).startswith(OWN_KEY_PREFIX):
        raise Refused(FOREIGN_KEY.format(prefix=OWN_KEY_PREFIX))
