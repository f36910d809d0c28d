from django.apps import AppConfig


class InvitesConfig(AppConfig):
    name = "invites"

    def ready(self):
        from audit import entries
        from invites import codes, queries  # noqa: F401 - codes answers which there are

        entries.name_targets("invite", queries.names)
