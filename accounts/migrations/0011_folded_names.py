"""Names are found whatever accents are typed: "muller" is Müller, "yilmaz" Yılmaz. `ui.folding.fold` does the same."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

FOLD = r"""
CREATE FUNCTION fold_name(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(
        translate(lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')),
                  'ıøłđðħŧŋς‘’‚‛ʼ‐', 'iolddhtnσ''''''''''-'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_purges_at"),
    ]

    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION fold_name(text)"),
        migrations.AddField(
            model_name="user",
            name="folded",
            field=models.GeneratedField(
                expression=models.Func("name", function="fold_name"),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.RemoveIndex(model_name="user", name="accounts_user_name_prefix"),
        migrations.RemoveIndex(model_name="user", name="accounts_user_by_name"),
        migrations.RemoveIndex(model_name="user", name="accounts_user_words"),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["folded"], opclasses=["text_pattern_ops"], name="accounts_user_folded_prefix"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["folded", "id"], name="accounts_user_by_folded"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("folded", config="simple"),
                name="accounts_user_folded_words",
            ),
        ),
    ]
