from django.db import migrations

# As first_touch keeps them from now on: the page, not which one; no keys, no ids
SHAPES = r"""UPDATE sitestats_acquisition SET landing_path = regexp_replace(regexp_replace(landing_path,
        '(/(?:key|confirm-email|invite|join|media|owner|staff|c|go|cuts)/)[^/\s]+', '\1…', 'g'),
        '[^/]*(?:\d{4}|@|%40|;)[^/]*|(?<=/)\d+(?=/|$)|(?<=/)[0-9A-Fa-f-]{16,}(?=/|$)|[^/]{41,}', '…', 'g')
    WHERE landing_path ~ '/(key|confirm-email|invite|join|media|owner|staff|c|go|cuts)/[^/]|\d|@|%|;|[0-9A-Fa-f-]{16}|[^/]{41}'"""


class Migration(migrations.Migration):
    """The first page of a member is kept as page views keep theirs."""

    dependencies = [("sitestats", "0015_top_ups_by_day")]

    operations = [migrations.RunSQL(SHAPES, migrations.RunSQL.noop)]
