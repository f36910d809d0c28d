"""The Curated Library at 10,000 assets, in process: p95 of the page and of the list alone, over many calls.

Starts its own PostgreSQL. The assets are rows; their files are never read, as on the real page.
"""
# ruff: noqa: E402 (Django must be set up before its models can be imported)

import os
import statistics
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")

import django

django.setup()

from django.db import connection
from django.test import Client

from accounts.models import User
from bench.users import asking
from catalog import queries
from catalog.models import Category
from ui import lists

ASSETS, CALLS = 10_000, 60
P95_MS, QUERIES, HTML_KB = 50, 10, 160
PANEL = "/admin/catalog/panels/library/"
FILES = """
    INSERT INTO files_storedfile (name, content_type, size, sha256, created_at)
    SELECT CASE WHEN n %% 2 = 0 THEN 'ab/f' ELSE 'ab/p' END || n, 'image/png', 40000 + n, repeat('0', 64), now()
    FROM generate_series(1, %s) n RETURNING id
"""
ROWS = """
    INSERT INTO catalog_asset (code, kind, title, file_id, preview_id, checksum, mood, category_id, tags, curated,
                               origin, licence, source, created_at, duration_ms)
    SELECT 'as_' || n, (ARRAY['image', 'music', 'video'])[1 + n %% 3], 'Asset number ' || n || ' of the sea',
           %s + 2 * n, %s + 2 * n - 1, n::text, (ARRAY['calm', 'epic', ''])[1 + n %% 3], %s,
           ARRAY['tag' || n %% 50, 'blue'],
           n %% 4 = 0, 'upload', 'CC0', '', timestamptz '2026-01-01' + n * interval '1 minute', 61000
    FROM generate_series(1, %s) n
"""
PAGES = {
    "the whole page": "/admin/library/",
    "the list alone": PANEL,
    "a page deep inside": "",
    "music": f"{PANEL}?kind=music",
    "curated, epic": f"{PANEL}?curated=yes&mood=epic",
    "a tag": f"{PANEL}?tag=tag7",
    "a word": f"{PANEL}?q=sea",
    "an Asset ID": f"{PANEL}?q=as_777",
}


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    with connection.cursor() as cursor:
        category = Category.objects.get(slug="sea")
        cursor.execute(FILES, [2 * ASSETS])
        before = min(cursor.fetchall())[0] - 1
        cursor.execute(ROWS, [before, before, category.pk, ASSETS])
        cursor.execute("VACUUM ANALYZE catalog_asset, files_storedfile")
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.create_user("librarian@poemvision.example", "x", role="super_admin"))
    deep = queries.library().order_by(*queries.LATEST)[ASSETS // 2]
    pages = {**PAGES, "a page deep inside": f"{PANEL}?after={lists._seal(deep, queries.LATEST)}"}
    print(f"{'':20} {'p50':>6} {'p95 ms':>8} {'queries':>8} {'HTML KB':>8}")
    missed = sum(_row(client, name, address) for name, address in pages.items())
    return 1 if missed else 0


def _row(client, name: str, address: str) -> int:
    found = asking.measure(client, address, CALLS)
    p50, p95 = statistics.median(found["ms"]), statistics.quantiles(found["ms"], n=20)[-1]
    size = found["bytes"] / 1024
    fine = p95 <= P95_MS and found["queries"] <= QUERIES and size <= HTML_KB
    print(f"{name:20} {p50:6.1f} {p95:8.1f} {found['queries']:8} {size:8.0f}", "ok" if fine else "MISSED", flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
