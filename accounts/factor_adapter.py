"""What allauth asks about second factors: how their secrets are kept and what they are called."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser

from accounts.sealing import SealBroken, seal, unseal


class FactorAdapter(DefaultMFAAdapter):
    """Keeps secrets sealed; an authenticator app shows “Parley” and the person's name."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret, or an empty one, which no code fits, when the secret key has been replaced."""
        try:
            return unseal(encrypted_text)
        except SealBroken:
            return ""

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def _get_site_name(self) -> str:
        return "Parley"
