"""The SQL functions that every package may use."""

from django.db import migrations

# UUIDv7 (RFC 9562) from a given moment, for PostgreSQL before 18 as well; `kit.ids.uuid7` is its twin in Python.
UUID7 = """
CREATE OR REPLACE FUNCTION leadwright_uuid7(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$
"""


class Migration(migrations.Migration):
    """Functions."""

    dependencies = []
    operations = [
        migrations.RunSQL(UUID7, "DROP FUNCTION leadwright_uuid7(timestamptz)"),
    ]
