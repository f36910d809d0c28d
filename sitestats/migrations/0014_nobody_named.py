from django.db import migrations, models

# As first_touch.arrival keeps them from now on: no ids and addresses of other sites, and no sign that parts a filter
WORDS = r"""UPDATE {0} SET
        source = btrim(regexp_replace(source, '\S*@\S*', '', 'g')),
        medium = btrim(regexp_replace(medium, '\S*@\S*', '', 'g')),
        campaign = btrim(regexp_replace(campaign, '\S*@\S*', '', 'g')),
        referrer = split_part(referrer, '/', 1) || regexp_replace(
            substr(referrer, length(split_part(referrer, '/', 1)) + 1),
            '[^/]*(?:\d{{4}}|@|%40)[^/]*|[^/]{{41,}}', '…', 'g')
    WHERE concat(source, ' ', medium, ' ', campaign) LIKE '%@%' OR referrer ~ '/.*(\d{{4}}|@|%40)|/[^/]{{41}}';
    UPDATE {0} SET source = replace(source, '|', '_'), referrer = replace(referrer, '|', '_')
    WHERE source LIKE '%|%' OR referrer LIKE '%|%';
    """
NAMELESS = WORDS.format("sitestats_origin") + WORDS.format("sitestats_acquisition")
# What bots asked for and may not have, told by pages until now
CLOSED = """INSERT INTO sitestats_crawl AS c (day, agent, robots_txt, closed)
    SELECT f.day, f.agent, 0, sum(f.views + f.errors)
    FROM sitestats_dayslice f JOIN sitestats_path w ON w.id = f.path
    WHERE f.by = 'path+agent' AND f.kind <> 'human' AND w.text ~ '^/(account|admin|cuts|go|home|join|me|my-cuts)/'
    GROUP BY 1, 2
    ON CONFLICT (day, agent) DO UPDATE SET closed = c.closed + excluded.closed"""


class Migration(migrations.Migration):
    """What names somebody leaves the words of origins; what robots.txt closes is counted in one place."""

    dependencies = [("sitestats", "0012_views_of_session")]

    operations = [
        migrations.AlterField(
            model_name="crawl",
            name="closed",
            field=models.BigIntegerField(db_default=0, help_text="Requests for what robots.txt disallows."),
        ),
        migrations.RunSQL(NAMELESS, migrations.RunSQL.noop),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
    ]
