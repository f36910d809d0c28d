"""Which poem a cut is of: a hash of its words, which the database writes with the row and a purge leaves."""

from django.db import migrations, models

HASH = """
CREATE FUNCTION studio_poem_hash(words text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT md5(lower(btrim(regexp_replace(words, '\\s+', ' ', 'g'))))::uuid
$$;
CREATE FUNCTION studio_hash_poem() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.poem_hash := studio_poem_hash(NEW.text);
    RETURN NEW;
END $$;
CREATE TRIGGER studio_cut_is_of_a_poem BEFORE INSERT ON studio_cut FOR EACH ROW WHEN (NEW.text <> '')
    EXECUTE FUNCTION studio_hash_poem();
"""
UNDO = """
DROP TRIGGER studio_cut_is_of_a_poem ON studio_cut;
DROP FUNCTION studio_hash_poem();
DROP FUNCTION studio_poem_hash(text);
"""
# Where a purge took the words before, those of its poem tell, if that is still here
KNOWN = """
UPDATE studio_cut SET poem_hash = studio_poem_hash(text) WHERE text <> '';
UPDATE studio_cut SET poem_hash = studio_poem_hash(p.text) FROM catalog_poem p
    WHERE p.id = poem_id AND poem_hash IS NULL AND p.text <> '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0009_demo_cuts"),
    ]

    operations = [
        migrations.AddField(
            model_name="cut",
            name="poem_hash",
            field=models.UUIDField(
                db_index=True, help_text="Which poem it is, also when its words are gone.", null=True
            ),
        ),
        migrations.RunSQL(HASH, UNDO),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
