"""The words of each message, for the search of the inbox. SQLite reads the messages themselves."""

from django.db import migrations

# Punctuation parts words. Chinese, Japanese and Korean words have no blanks between, so there every two
# characters that stand side by side are a word: pairs from the first character of a run on, and pairs from the
# second. No dictionary, so that every language is treated alike, and no positions, which nobody asks for.
# Everything here is immutable, as a generated column must be.
PLAIN = r"""translate(text, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32))"""
RANGES = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
PAIR = f"([{RANGES}])([{RANGES}])"
FIRST_OF_RUN = f"(^|[^{RANGES}])([{RANGES}])"
ADD = rf"""
ALTER TABLE conversations_message ADD COLUMN terms tsvector GENERATED ALWAYS AS (
    strip(to_tsvector('simple',
        regexp_replace({PLAIN}, '{PAIR}', ' \1\2 ', 'g') || ' ' ||
        regexp_replace(regexp_replace({PLAIN}, '{FIRST_OF_RUN}', '\1 \2 ', 'g'), '{PAIR}', ' \1\2 ', 'g')
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
