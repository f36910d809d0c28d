"""One person's page views, gone: those seen while signed in. Whose the others were, nobody can tell."""

from django.db import connection, transaction

from sitestats.storing import CHANGED, LOCK, TALLY

DELETE = "DELETE FROM sitestats_pageview WHERE user_id = %s RETURNING day, session"


def forget_views(user) -> int:
    """Delete them; the rollups of their days are then rebuilt. How many there were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(DELETE, [user.pk])
        gone = cursor.fetchall()
        days = sorted({day for day, _ in gone})
        numbers = [sum(day == other for other, _ in gone) for day in days]
        cursor.execute(TALLY, [days, ["erased"] * len(days), numbers])
        cursor.execute(CHANGED, [days])
        cursor.execute("DELETE FROM sitestats_deed WHERE session = ANY(%s)", [[session for _, session in gone]])
        cursor.execute("DELETE FROM sitestats_deed WHERE what IN ('sign_up', 'top_up') AND subject = %s", [user.pk])
        cursor.execute("DELETE FROM sitestats_visit WHERE session = ANY(%s)", [[session for _, session in gone]])
    return len(gone)
