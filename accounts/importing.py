"""Accounts from a table: who is new becomes a member, of those that exist the name is changed."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export.instance_loaders import CachedInstanceLoader
from import_export.results import RowResult

from accounts.models import User
from audit.models import record, record_many
from files.importing import Cell, Importing
from sitestats.channels import Channel
from sitestats.models import Acquisition
from ui.forms import plain_address, plain_name


class Accounts(Importing):
    """New members, who set a password by "Forgot your password?"; of those that exist the name, of staff nothing."""

    columns = needed = ("email", "name")
    once = "email"
    heads = ("E-mail", "Name")

    class Meta:
        model = User
        fields = ("email", "name")
        import_id_fields = ("email",)
        instance_loader_class = CachedInstanceLoader
        use_bulk = True

    def tidy(self, column, cell):
        return cell.strip().lower() if column == "email" else cell.strip()

    def get_queryset(self):
        """Nobody changes an account between the look at it and the new name."""
        found = super().get_queryset()
        return found.select_for_update(no_key=True).order_by("pk") if self.lasts else found

    def init_instance(self, row=None):
        person = User()
        person.set_unusable_password()
        return person

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        plain_name(instance.name)
        plain_address(instance.email)
        instance.full_clean(validate_unique=False, validate_constraints=False)  # who has the address was looked up
        if instance.is_staff or instance.deleted_at:
            raise ValidationError("Staff and deleted accounts are not changed by a file.")

    def after_import(self, dataset, result, **kwargs):
        new = [row.instance for row in result.rows if row.is_new()]
        EmailAddress.objects.bulk_create(EmailAddress(user=who, email=who.email, primary=True) for who in new)
        now = {"first_seen_at": timezone.now(), "signed_up_at": timezone.now()}
        Acquisition.objects.bulk_create(Acquisition(user=who, channel=Channel.IMPORTED, **now) for who in new)

    def cells(self, row):
        person, values = row.instance, row.row_values
        if person is None:
            return Cell(values.get("email", "")), Cell(values.get("name", ""))
        changed = row.original and row.import_type == RowResult.IMPORT_TYPE_UPDATE
        return Cell(person.email), Cell(person.name, row.original.name if changed else None)

    def note(self, plan, result, counts):
        """One row for the import, and one for each account that it made or changed; no names: the log forgets none."""
        record(self.by, "users.imported", "users", after=counts)
        acts = []
        for row in result.rows:
            if row.import_type == RowResult.IMPORT_TYPE_NEW:
                acts.append(("user.imported", row.instance, None, None))
            elif row.import_type == RowResult.IMPORT_TYPE_UPDATE:
                acts.append(("user.renamed", row.instance, None, None))
        record_many(self.by, acts)
