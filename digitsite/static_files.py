"""How static files are named and compressed when they are collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Files named after their content, also where one ES module imports another.

    Otherwise a browser could pair a new page with modules it kept from the old one.
    """

    support_js_module_import_aggregation = True
