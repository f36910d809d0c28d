from django.db import migrations, models


class Migration(migrations.Migration):
    """When the mail server last took a mail, where nothing else takes its place, as it did in the cache."""

    dependencies = [("accounts", "0011_folded_names")]

    operations = [
        migrations.CreateModel(
            name="MailServer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("took_at", models.DateTimeField()),
            ],
        ),
    ]
