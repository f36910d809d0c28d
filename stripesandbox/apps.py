from django.apps import AppConfig


class StripeSandboxConfig(AppConfig):
    name = "stripesandbox"
    verbose_name = "Stripe sandbox"
