"""Each closed month gets the time zone that was in force when it was closed, as the record of acts tells.

What other days made look like a later truth is taken back; what really came late is found again in that zone.
"""

from django.db import migrations

ZONES = """
    UPDATE accounting_monthclose c SET zone = coalesce(
        (SELECT after ->> 'value' FROM audit_auditevent
         WHERE target = 'tunable:business_time_zone' AND at <= c.closed_at ORDER BY id DESC LIMIT 1),
        (SELECT before ->> 'value' FROM audit_auditevent
         WHERE target = 'tunable:business_time_zone' AND at > c.closed_at ORDER BY id LIMIT 1),
        zone)
"""
TAKEN_BACK = """
    INSERT INTO accounting_restatement (close_id, number, changes, found_at)
    SELECT close_id, max(number) + 1, jsonb_object_agg(name, (-amount)::text), now() FROM (
        SELECT r.close_id, max(last.number) AS number, name, sum(text::numeric) AS amount
        FROM accounting_monthclose c
        JOIN accounting_restatement r ON r.close_id = c.id
        JOIN (SELECT close_id, max(number) AS number FROM accounting_restatement GROUP BY 1) last USING (close_id)
        CROSS JOIN jsonb_each_text(r.changes) AS changes (name, text)
        WHERE c.zone <> (SELECT zone FROM accounting_catchup ORDER BY at DESC LIMIT 1)
          AND r.found_at > (SELECT min(at) FROM audit_auditevent
                            WHERE target = 'tunable:business_time_zone' AND at > c.closed_at)
        GROUP BY r.close_id, name HAVING sum(text::numeric) <> 0
    ) AS found GROUP BY close_id
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0005_close_zone"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(ZONES, migrations.RunSQL.noop),
        migrations.RunSQL(TAKEN_BACK, migrations.RunSQL.noop),
    ]
