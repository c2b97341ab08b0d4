"""How static files are stored: under names that carry their content's hash, compressed."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashes what JavaScript modules import as well, so that a page never mixes modules of two versions."""

    support_js_module_import_aggregation = True
