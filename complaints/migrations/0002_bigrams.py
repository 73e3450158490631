"""The search's index over pairs of neighbouring characters (PostgreSQL only; see ``complaints.searching``)."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION aftercare_bigrams(told text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT pair), '{}')
    FROM (SELECT substr(told, at, 2) AS pair FROM generate_series(1, length(told) - 1) AS at) AS pairs
    WHERE position(' ' IN pair) = 0
$$
"""
INDEX = "CREATE INDEX complaint_bigrams ON complaints_complaint USING gin (aftercare_bigrams(search_text))"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION)
        schema_editor.execute(INDEX)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX complaint_bigrams")
        schema_editor.execute("DROP FUNCTION aftercare_bigrams(text)")


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]
    operations = [migrations.RunPython(create, drop, elidable=False)]
