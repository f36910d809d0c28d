"""Who may do what: the only list of permissions, and the preset roles as sets of it."""

from enum import StrEnum


class Perm(StrEnum):
    """`<area>:<action>`, in alphabetical order. Every view names one; templates ask for them by `user|can`."""

    ACCOUNTING_CLOSE = "accounting:close"
    ACCOUNTING_EXPORT = "accounting:export"
    ACCOUNTING_READ = "accounting:read"
    ALERTS_ACKNOWLEDGE = "alerts:acknowledge"
    ALERTS_READ = "alerts:read"
    BILLING_CONFIGURE = "billing:configure"
    BILLING_READ = "billing:read"
    BILLING_RECONCILE = "billing:reconcile"
    BILLING_REFUND = "billing:refund"
    BILLING_REPLAY = "billing:replay"
    CATALOG_MANAGE = "catalog:manage"
    CATALOG_READ = "catalog:read"
    CREDIT_ADJUST = "credit:adjust"
    CREDIT_APPROVE = "credit:approve"
    CREDIT_FREEZE = "credit:freeze"
    CTAS_MANAGE = "ctas:manage"
    CTAS_READ = "ctas:read"
    CUTS_MANAGE = "cuts:manage"
    CUTS_READ = "cuts:read"
    DEBTS_DECIDE = "debts:decide"
    DEBTS_WRITE_OFF = "debts:write_off"
    DOCUMENTS_MANAGE = "documents:manage"
    EXPORTS_USE = "exports:use"
    FILES_MANAGE = "files:manage"
    FILES_READ = "files:read"
    INVITES_MANAGE = "invites:manage"
    INVITES_READ = "invites:read"
    JOBS_READ = "jobs:read"
    JOBS_RETRY = "jobs:retry"
    LIBRARY_MANAGE = "library:manage"
    LIBRARY_READ = "library:read"
    LOGS_READ = "logs:read"
    MUSIC_MANAGE = "music:manage"
    MUSIC_READ = "music:read"
    OVERVIEW_READ = "overview:read"
    PRICING_MANAGE = "pricing:manage"
    PRICING_READ = "pricing:read"
    REFERRALS_MANAGE = "referrals:manage"
    REFERRALS_READ = "referrals:read"
    ROLES_MANAGE = "roles:manage"
    SECURITY_CONFIGURE = "security:configure"
    SITESTATS_READ = "sitestats:read"
    STAFF_INVITE = "staff:invite"
    USAGE_MANAGE = "usage:manage"
    USAGE_READ = "usage:read"
    USERS_DELETE = "users:delete"
    USERS_EXPORT = "users:export"
    USERS_HELP = "users:help"
    USERS_IMPERSONATE = "users:impersonate"
    USERS_IMPORT = "users:import"
    USERS_NOTE = "users:note"
    USERS_PLAN = "users:plan"
    USERS_READ = "users:read"
    USERS_READ_CONTACT = "users:read_contact"
    USERS_READ_CREDIT = "users:read_credit"
    USERS_SUSPEND = "users:suspend"

    @property
    def area(self) -> str:
        """What it is about: `Users`."""
        return self.value.partition(":")[0].capitalize().replace("Ctas", "CTAs").replace("Sitestats", "Site Stats")

    @property
    def act(self) -> str:
        """What it lets somebody do there: `read contact`."""
        return self.value.partition(":")[2].replace("_", " ")


READ_ALL = frozenset(perm for perm in Perm if perm.endswith((":read", ":read_credit")))

ROLE_PERMS: dict[str, frozenset[Perm]] = {
    "super_admin": frozenset(Perm),
    "support": frozenset(
        {
            Perm.ALERTS_ACKNOWLEDGE,
            Perm.ALERTS_READ,
            Perm.BILLING_READ,
            Perm.BILLING_REFUND,
            Perm.CATALOG_READ,
            Perm.CREDIT_ADJUST,
            Perm.CREDIT_APPROVE,
            Perm.CREDIT_FREEZE,
            Perm.CTAS_READ,
            Perm.CUTS_READ,
            Perm.DEBTS_DECIDE,
            Perm.FILES_READ,
            Perm.INVITES_MANAGE,
            Perm.INVITES_READ,
            Perm.JOBS_READ,
            Perm.LIBRARY_READ,
            Perm.LOGS_READ,
            Perm.MUSIC_READ,
            Perm.OVERVIEW_READ,
            Perm.REFERRALS_READ,
            Perm.USERS_HELP,
            Perm.USERS_IMPERSONATE,
            Perm.USERS_NOTE,
            Perm.USERS_READ,
            Perm.USERS_READ_CONTACT,
            Perm.USERS_READ_CREDIT,
            Perm.USERS_SUSPEND,
        }
    ),
    "marketing": frozenset(
        {
            Perm.CATALOG_MANAGE,
            Perm.CATALOG_READ,
            Perm.CTAS_MANAGE,
            Perm.CTAS_READ,
            Perm.CUTS_READ,
            Perm.DOCUMENTS_MANAGE,
            Perm.INVITES_MANAGE,
            Perm.INVITES_READ,
            Perm.LIBRARY_MANAGE,
            Perm.LIBRARY_READ,
            Perm.MUSIC_MANAGE,
            Perm.MUSIC_READ,
            Perm.OVERVIEW_READ,
            Perm.REFERRALS_MANAGE,
            Perm.REFERRALS_READ,
            Perm.SITESTATS_READ,
            Perm.USAGE_MANAGE,
            Perm.USAGE_READ,
            Perm.USERS_READ,
        }
    ),
    "finance": READ_ALL | {Perm.ACCOUNTING_EXPORT, Perm.EXPORTS_USE},
}
