"""What became of the makers of fill.py in other rooms: members, cuts, top-ups, charges, calls of providers."""

# Each member has two cuts more, which were charged
ROWS = (
    """DELETE FROM accounts_user WHERE id >= 1000""",
    """INSERT INTO accounts_user (id, password, email, name, role, is_active, is_demo, date_joined, awaits_welcome,
            session_epoch, suspension_reason, spendable)
        SELECT subject, '!', 'user' || subject || '@example.org', 'Name ' || subject, '', true, false,
            at + interval '90 seconds', false, 0, '', 0
        FROM bench_maker WHERE joins""",
    """INSERT INTO sitestats_acquisition (user_id, channel, source, medium, campaign, referrer, landing_path,
            share_code, invite, share_target, first_seen_at, signed_up_at)
        SELECT subject, o.channel, o.source, '', '', o.referrer, '/make/', '', '', '', at, at
        FROM bench_maker JOIN sitestats_origin o ON o.id = origin WHERE joins""",
    "TRUNCATE studio_cut CASCADE",
    """INSERT INTO studio_cut (id, slug, owner_id, visitor, form_key, title, author, text, language, mood, genre,
            frame_id, style_id, is_demo, made_with, state, error, queued_at, provider_ms, render_ms, service, price,
            shared, on_wall, views, shares, downloads, created_at, purged_at)
        SELECT subject * 4 + n, to_hex(subject * 4 + n), CASE WHEN joins THEN subject END,
            CASE WHEN NOT joins THEN gen_random_uuid() END, gen_random_uuid(), 'A poem', '', 'Words of usual length',
            'en', 'calm', 'piano', 1, 1, false, '{}', 'done', '', moment, 0, 0, 'studio_render', 0.25, false, false,
            0, 0, 0, moment, moment
        FROM bench_maker, LATERAL generate_series(0, CASE WHEN joins THEN 2 ELSE 0 END) n,
            LATERAL (SELECT at + interval '20 seconds' + n * interval '1 hour' AS moment) one""",
    "TRUNCATE pricing_providercall CASCADE",
    """INSERT INTO pricing_providercall (service_id, provider, key, external_id, cut_id, units, expected, reported,
            state, true_ups, error, asked_at, answered_at)
        SELECT 'music', 'replicate', 'bench:' || id, '', id, 1, 0.06, 0.06, 'answered', 0, '', created_at, created_at
        FROM studio_cut""",
    # Its triggers judge each row, and let nobody remove any
    "ALTER TABLE ledger_transaction DISABLE TRIGGER ALL",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "DELETE FROM ledger_transaction",
    "DELETE FROM ledger_entry",
    """INSERT INTO ledger_account (name, type, sign, role, member_id)
        VALUES ('stripe', 'asset', 1, '', NULL), ('revenue/studio_render', 'income', -1, '', NULL),
            ('bench/paid', 'liability', -1, 'paid', 1000) ON CONFLICT (name) DO NOTHING""",
    """INSERT INTO ledger_transaction (id, kind, member_id, amount, external_id, note, service, happened_at, posted_at,
            notable)
        SELECT id, 'charge', owner_id, 0.25, 'bench:' || id, '', 'studio_render', created_at, created_at, false
        FROM studio_cut WHERE owner_id IS NOT NULL
        UNION ALL SELECT subject * 4 + 3, 'top_up', subject, 20, 'bench:' || subject * 4 + 3, '', '',
            at + interval '5 minutes', at + interval '5 minutes', true FROM bench_maker WHERE pays""",
    """INSERT INTO ledger_entry (transaction_id, line, account_id, amount, posted_at)
        SELECT t.id, 1, a.id, t.amount * a.sign, t.posted_at FROM ledger_transaction t JOIN ledger_account a
            ON a.name = CASE t.kind WHEN 'top_up' THEN 'stripe' ELSE 'revenue/studio_render' END
        UNION ALL SELECT t.id, 2, a.id, CASE t.kind WHEN 'top_up' THEN -t.amount ELSE t.amount END, t.posted_at
        FROM ledger_transaction t, ledger_account a WHERE a.name = 'bench/paid'""",
)
TABLES = (
    *("accounts_user", "sitestats_acquisition", "studio_cut", "pricing_providercall", "ledger_transaction"),
    *("ledger_entry", "ledger_account", "sitestats_dayfact", "sitestats_daytotal"),
)


def fill() -> int:
    """After fill.fill; how many members there are."""
    from django.db import connection

    from sitestats import facts

    with connection.cursor() as cursor:
        for statement in ROWS:
            cursor.execute(statement)
        facts.add_up_all()
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("SELECT count(*) FROM bench_maker WHERE joins")
        return cursor.fetchone()[0]
