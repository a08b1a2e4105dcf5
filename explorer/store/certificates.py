"""Whether a server is who it says it is: by whom this computer trusts, or by a certificate that the user accepted."""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any


class UnknownCertificate(ssl.SSLCertVerificationError):
    """The certificate is none that the user accepted."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__("unknown certificate")
        self.fingerprint = fingerprint


def trusting_context() -> ssl.SSLContext:
    """Trusts whom the system trusts (a city's own authority, too) and whom browsers trust."""
    return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _trusting(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """OpenSSL reads both variables itself; reading all authorities takes some hundredths of a second."""
    context = ssl.create_default_context()
    with suppress(ImportError, OSError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


class PinnedContext(ssl.SSLContext):
    """Takes no one's word, but knows the certificates it accepts; looks at them before the first byte is sent."""

    is_accepted: Callable[[str], bool]

    @classmethod
    def of(cls, is_accepted: Callable[[str], bool]) -> PinnedContext:
        """`is_accepted`: whether a certificate with this SHA-256 (hexadecimal) may be trusted."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.is_accepted = is_accepted
        return context

    def wrap_socket(self, *positional: Any, **named: Any) -> ssl.SSLSocket:
        """See `ssl.SSLContext.wrap_socket`. Raises `UnknownCertificate`."""
        wrapped = super().wrap_socket(*positional, **named)
        certificate = wrapped.getpeercert(binary_form=True) or b""
        fingerprint = hashlib.sha256(certificate).hexdigest()
        if not self.is_accepted(fingerprint):
            wrapped.close()
            raise UnknownCertificate(fingerprint)
        return wrapped


def refusal_in(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """What a connection failed for, if it was the certificate."""
    for _step in range(10):
        if error is None or isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def written(fingerprint: str) -> str:
    """A fingerprint as certificate viewers show it: pairs with colons."""
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()
