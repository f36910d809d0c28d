from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts import (
            allauth_lock,
            masking,
            reach,  # noqa: F401 - tells what security settings would do to people
            roles,
            second_factor,  # noqa: F401 - notes what happens to second factors
            staff_invitations,
        )
        from audit import entries

        allauth_lock.install()
        entries.show_addresses_to(masking.sees_addresses)
        entries.name_targets("customrole", roles.names)
        entries.name_targets("bulkact", lambda ids, viewer: {pk: f"bulk act {pk}" for pk in ids})
        entries.name_targets("staffinvitation", staff_invitations.names)
        entries.word_values("role", roles.titles)
        entries.word_values("invited_by", staff_invitations.inviters)
