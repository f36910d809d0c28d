"""Cuts of 24 months until now, as Usage meets them, written by the database itself. Files have no rows: nobody asks."""

from django.db import connection

# Of a hundred cuts 60 are visitors', 36 members', 2 staff's, 2 the demo's; 8 fail; a visitor asks about twice
CUTS = """
    INSERT INTO studio_cut (id, slug, owner_id, visitor, form_key, poem_id, poem_hash, title, author, text, language,
        category_id, mood, genre, frame_id, style_id, track_id, is_demo, made_with, state, error, queued_at, started_at,
        finished_at, provider_ms, render_ms, service, price, video_id, picture_id, shared, on_wall, views, shares,
        downloads, taken_down_at, created_at, deleted_at, purged_at)
    SELECT n, 'bench' || n, CASE WHEN who >= 60 THEN CASE WHEN who >= 98 THEN (n %% 100)
               WHEN who >= 96 THEN 100 + n %% 100 ELSE 200 + n * 7919::bigint %% (%(members)s - 200) END + 1 END,
           CASE WHEN who < 60 THEN md5('who' || (n / 2 + n %% 7)::text)::uuid END, md5('form' || n)::uuid,
           1 + n * 31 %% %(poems)s, md5((n * 31 %% %(poems)s)::text)::uuid, 'A title of usual length',
           'An author', repeat('A line of usual length. ', 12),
           (ARRAY['en', 'en', 'en', 'de', 'es', 'fr', 'pt-BR'])[1 + n %% 7],
           CASE WHEN n %% 9 > 0 THEN categories[1 + n * 13 %% cardinality(categories)] END,
           (ARRAY['calm', 'joyful', 'melancholic', 'romantic', 'epic'])[1 + n / 3 %% 5],
           (ARRAY['piano', 'ambient', 'acoustic', 'electronic'])[1 + n / 5 %% 4],
           frames[1 + n * 7 %% cardinality(frames)], styles[1 + n * 11 %% cardinality(styles)], NULL, false,
           CASE WHEN n %% 5 = 0 THEN '{{poem,image}}' WHEN n %% 5 = 1 THEN '{{image}}' ELSE '{{}}' END::varchar[],
           CASE WHEN done THEN 'done' ELSE 'failed' END,
           CASE WHEN done THEN '' ELSE 'Reason ' || n %% 6 || ' why it failed.' END,
           moment, moment + interval '1 second' * (n %% 40), moment + interval '1 second' * (20 + n * 17 %% 180),
           n * 3 %% 9000, 4000 + n * 5 %% 30000, CASE WHEN n %% 3 = 0 THEN 'studio_render' ELSE 'lite_render' END, 0.25,
           CASE WHEN done THEN n * 2 END, CASE WHEN done THEN n * 2 + 1 END, n %% 4 = 0, n %% 8 = 0, n %% 50,
           CASE WHEN n %% 6 = 0 THEN 1 ELSE 0 END, n %% 3, CASE WHEN n %% 900 = 0 THEN moment + interval '2 days' END,
           moment, CASE WHEN n %% 10 = 3 THEN moment + interval '1 day' END, NULL
    FROM generate_series(1, %(cuts)s::bigint) n,
         LATERAL (SELECT n * 37 %% 100 AS who, n %% 12 > 0 AS done,
                         now() - interval '{days} days' * (1 - n::float8 / %(cuts)s) AS moment) facts,
         (SELECT array_agg(id) AS categories FROM catalog_category) c,
         (SELECT array_agg(id) AS frames FROM catalog_framedesign) f,
         (SELECT array_agg(id) AS styles FROM catalog_style) s
"""
MAKERS = """UPDATE accounts_user SET is_demo = id <= 200, role = CASE WHEN id <= 100 THEN 'support' ELSE '' END
            WHERE id <= 200"""
POEMS = """INSERT INTO catalog_poem (id, title, author, text, language, created_at)
           SELECT n, 'Poem ' || n, '', 'A line.', 'en', now() FROM generate_series(1, %(poems)s) n"""
ASSETS = """
    INSERT INTO catalog_asset (id, code, owner_id, kind, title, file_id, checksum, mood, tags, curated, origin, licence,
                               source, created_at)
    SELECT n, 'as_' || n, CASE WHEN n %% 2 = 0 THEN 300 + n END, 'image', 'A picture', n, md5(n::text), '', '{}', false,
           'upload', '', '', now()
    FROM generate_series(1, 1000) n
"""
IMAGES = """INSERT INTO studio_cutimage (cut_id, asset_id, position)
            SELECT n, 1 + n * 3 %% 1000, 0 FROM generate_series(1, %(cuts)s) n"""
SIZED = """INSERT INTO studio_sizedpicture (cut_id, size, file_id)
           SELECT n, 'story', -n FROM generate_series(1, %(cuts)s, 20) n"""
TABLES = ("catalog_poem", "catalog_asset", "studio_cut", "studio_cutimage", "studio_sizedpicture")
POEMS_OF = 100  # cuts a poem


def fill(cuts: int, members: int, days: int) -> None:
    """All tables without their triggers: no note of a cut is timed, and no file is looked for."""
    asked = {"cuts": cuts, "members": members, "poems": cuts // POEMS_OF}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in (MAKERS, POEMS, ASSETS, CUTS.format(days=days), IMAGES, SIZED):
            cursor.execute(statement, asked)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
            cursor.execute(f"VACUUM ANALYZE {table}")
