from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0002_perms_when_written"),
    ]

    operations = [
        migrations.AddField(
            model_name="export",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
    ]
