from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0002_terms_and_privacy"),
    ]

    operations = [
        migrations.AddField(
            model_name="cut",
            name="barred_at",
            field=models.DateTimeField(help_text="Staff took it off the wall: it does not come back.", null=True),
        ),
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("used", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("subject", "day"), name="studio_allowance_once")],
            },
        ),
    ]
