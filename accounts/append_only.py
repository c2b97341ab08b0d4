"""The triggers that keep the audit record append-only, whoever talks to the database.

SQLite forgets a table's triggers when a migration rebuilds the table: such a migration calls `install` again.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_REFUSAL = "the audit record is append-only"

_SQLITE = [
    f"""
    CREATE TRIGGER audit_refuses_deletes BEFORE DELETE ON accounts_auditentry
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER audit_refuses_changes BEFORE UPDATE OF
        number, "when", kind, actor_id, site_id, site_name, about_type, about_id, data,
        personal_digest, previous_hash, hash
    ON accounts_auditentry
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER audit_erases_only BEFORE UPDATE ON accounts_auditentry
    WHEN NOT (
        NEW.actor_name = '' AND NEW.about_name = '' AND NEW.network = ''
        AND NEW.personal = '{{}}' AND NEW.salt = ''
    )
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END
    """,
    # REPLACE would otherwise put a row in the place of another without any delete trigger.
    f"""
    CREATE TRIGGER audit_numbers_have_no_gap BEFORE INSERT ON accounts_auditentry
    WHEN NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM accounts_auditentry)
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END
    """,
]

_POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION accounts_auditentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        erasable CONSTANT text[] := ARRAY['actor_name', 'about_name', 'network', 'personal', 'salt'];
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.number = (SELECT COALESCE(MAX(number), 0) + 1 FROM accounts_auditentry) THEN
                RETURN NEW;
            END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - erasable = to_jsonb(OLD) - erasable
                AND NEW.actor_name = '' AND NEW.about_name = '' AND NEW.network = ''
                AND NEW.personal = '{{}}'::jsonb AND NEW.salt = ''
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_is_append_only BEFORE INSERT OR UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_auditentry_append_only()
    """,
]

_SQLITE_REMOVAL = [
    f"DROP TRIGGER IF EXISTS {name}"
    for name in (
        "audit_refuses_deletes",
        "audit_refuses_changes",
        "audit_erases_only",
        "audit_numbers_have_no_gap",
    )
]
_POSTGRESQL_REMOVAL = [
    "DROP TRIGGER IF EXISTS audit_is_append_only ON accounts_auditentry",
    "DROP FUNCTION IF EXISTS accounts_auditentry_append_only()",
]


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the database refuse to delete or change entries; done twice it changes nothing."""
    remove(schema_editor)
    for statement in _POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _SQLITE:
        schema_editor.execute(statement, params=None)


def remove(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Undo `install`."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in _POSTGRESQL_REMOVAL if is_postgresql else _SQLITE_REMOVAL:
        schema_editor.execute(statement, params=None)
