"""The words of each message, for the search of the inbox. SQLite reads the messages themselves."""

from django.db import migrations

# Punctuation parts words, and each character of Chinese, Japanese and Korean is a word of its own: their
# words have no blanks between, and a search asks for characters that stand side by side. No dictionary, so
# that every language is treated alike. Everything here is immutable, as a generated column must be.
ADD = r"""
ALTER TABLE conversations_message ADD COLUMN terms tsvector GENERATED ALWAYS AS (
    to_tsvector('simple', regexp_replace(
        translate(text, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)),
        '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1 ', 'g'
    ))
) STORED;
-- New words wait in a list that every search reads too: it is kept short.
CREATE INDEX message_terms ON conversations_message USING gin (terms) WITH (gin_pending_list_limit = 256);
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD, params=None)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE conversations_message DROP COLUMN terms", params=None)


class Migration(migrations.Migration):

    dependencies = [("conversations", "0003_inbox")]

    operations = [migrations.RunPython(add, remove)]
