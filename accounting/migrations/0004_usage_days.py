"""Days of usage, and the triggers that note each cut which is new or changes in a way that counts."""

from django.db import migrations, models

NOTE = """
CREATE FUNCTION accounting_note_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO accounting_usagechange (at, anew) VALUES (OLD.created_at, TG_OP = 'DELETE'
            OR (OLD.created_at, OLD.owner_id, OLD.visitor, OLD.poem_id)
               IS DISTINCT FROM (NEW.created_at, NEW.owner_id, NEW.visitor, NEW.poem_id));
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND OLD.created_at <> NEW.created_at THEN
        INSERT INTO accounting_usagechange (at, anew) VALUES (NEW.created_at, true);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounting_cut_is_new AFTER INSERT OR DELETE ON studio_cut
    FOR EACH ROW EXECUTE FUNCTION accounting_note_cut();
CREATE TRIGGER accounting_cut_changes AFTER UPDATE ON studio_cut FOR EACH ROW WHEN (
    (OLD.created_at, OLD.owner_id, OLD.visitor, OLD.poem_id, OLD.state, OLD.error, OLD.deleted_at, OLD.purged_at, OLD.taken_down_at, OLD.shared,
     OLD.on_wall, OLD.downloads > 0, OLD.shares > 0, OLD.queued_at, OLD.started_at, OLD.finished_at, OLD.provider_ms,
     OLD.render_ms, OLD.service, OLD.category_id, OLD.frame_id, OLD.style_id, OLD.mood, OLD.language, OLD.genre,
     OLD.made_with, OLD.track_id, OLD.own_music_id)
    IS DISTINCT FROM
    (NEW.created_at, NEW.owner_id, NEW.visitor, NEW.poem_id, NEW.state, NEW.error, NEW.deleted_at, NEW.purged_at, NEW.taken_down_at, NEW.shared,
     NEW.on_wall, NEW.downloads > 0, NEW.shares > 0, NEW.queued_at, NEW.started_at, NEW.finished_at, NEW.provider_ms,
     NEW.render_ms, NEW.service, NEW.category_id, NEW.frame_id, NEW.style_id, NEW.mood, NEW.language, NEW.genre,
     NEW.made_with, NEW.track_id, NEW.own_music_id))
    EXECUTE FUNCTION accounting_note_cut();

CREATE FUNCTION accounting_note_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounting_usagechange (at, anew)
        SELECT created_at, false FROM studio_cut WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.cut_id ELSE NEW.cut_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER accounting_cut_is_sized AFTER INSERT OR DELETE ON studio_sizedpicture
    FOR EACH ROW EXECUTE FUNCTION accounting_note_part();

CREATE FUNCTION accounting_note_maker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounting_usagechange (at, anew) SELECT created_at, true FROM studio_cut WHERE owner_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER accounting_maker_changes AFTER UPDATE ON accounts_user FOR EACH ROW WHEN (
    (OLD.role = '', OLD.is_demo) IS DISTINCT FROM (NEW.role = '', NEW.is_demo)) EXECUTE FUNCTION accounting_note_maker();
"""
FORGET = """
DROP TRIGGER accounting_maker_changes ON accounts_user;
DROP TRIGGER accounting_cut_is_sized ON studio_sizedpicture;
DROP TRIGGER accounting_cut_changes ON studio_cut;
DROP TRIGGER accounting_cut_is_new ON studio_cut;
DROP FUNCTION accounting_note_maker();
DROP FUNCTION accounting_note_part();
DROP FUNCTION accounting_note_cut();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0003_day_figures"),
        ("accounts", "0010_purges_at"),
        ("studio", "0008_stopped"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("anew", models.BooleanField(help_text="Whose it is or which poem it is of is new, too.")),
            ],
        ),
        migrations.CreateModel(
            name="UsageLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("zone", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="DayReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "makers",
                    models.CharField(blank=True, help_text="As in DayUsage; '' is members and visitors.", max_length=8),
                ),
                ("what", models.CharField(max_length=8)),
                ("before", models.DateField(null=True)),
                ("number", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("makers", "what", "day", "before"),
                        name="accounting_one_day_return",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DayUsage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("makers", models.CharField(help_text="member, visitor, staff or demo.", max_length=8)),
                ("part", models.CharField(max_length=8)),
                ("value", models.TextField()),
                ("asked", models.IntegerField()),
                ("made", models.IntegerField()),
                ("failed", models.IntegerField()),
                ("kept", models.IntegerField()),
                ("downloaded", models.IntegerField()),
                ("shared", models.IntegerField()),
                ("took_ms", models.BigIntegerField()),
                ("queued_ms", models.BigIntegerField()),
                ("provider_ms", models.BigIntegerField()),
                ("render_ms", models.BigIntegerField()),
                ("low", models.DecimalField(decimal_places=2, max_digits=16)),
                ("saved", models.DecimalField(decimal_places=2, max_digits=16)),
                ("high", models.DecimalField(decimal_places=2, max_digits=16)),
                ("lost", models.DecimalField(decimal_places=2, max_digits=16)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("part", "day", "makers", "value"), name="accounting_one_day_usage")
                ],
            },
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
