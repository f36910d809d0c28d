from django.apps import AppConfig


class InvitesConfig(AppConfig):
    name = "invites"

    def ready(self):
        from audit import entries
        from invites import queries

        entries.name_targets("invite", queries.names)
