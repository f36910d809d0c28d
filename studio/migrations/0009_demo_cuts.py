"""Which visitors’ cuts are the demo’s."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0008_stopped"),
    ]

    operations = [
        migrations.AddField(
            model_name="cut",
            name="is_demo",
            field=models.BooleanField(default=False, help_text="A visitor’s, of the demo: no figure counts it."),
        ),
    ]
