from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Sites and people")
    default = True

    def ready(self) -> None:
        """Register the kinds of act that this app records, and hear of those on allauth's pages."""
        from accounts import access_acts, actions  # noqa: F401

        access_acts.listen()


class ParleyAdminConfig(admin_apps.AdminConfig):
    """Django's admin with Parley's admin site; named in INSTALLED_APPS in the place of the plain one."""

    default_site = "accounts.admin_site.ParleyAdminSite"
    default = False
