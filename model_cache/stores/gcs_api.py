"""Google Cloud Storage's JSON API, as much of it as reading objects takes. In: an object's name. Out: its bytes.

Why not google-cloud-storage, which lists and writes elsewhere in this project: importing it takes a third of a
second, which every cold start would wait for, and it reads 8 KiB at a time. Credentials are google-auth's.
Where STORAGE_EMULATOR_HOST is set, that address is asked instead, without credentials.
"""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import getproxies, proxy_bypass

from model_cache.errors import StoreUnavailable
from model_cache.stores.base import Transient, unavailable

_HOST = "storage.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_only"
_PER_HOST = 8  # connections kept


class Missing(Exception):
    """The object, or that generation of it, is not there."""


class GcsApi:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._pool: Any = None
        self._credentials: Any = None

    def metadata(self, name: str, timeout: tuple[float, float]) -> bytes:
        """The object's generation, size and crc32c, as JSON."""
        return self._get(self._address("", name, {"fields": "generation,size,crc32c"}), {}, timeout)

    def media(self, name: str, generation: int | None, start: int, end: int, timeout: tuple[float, float]) -> bytes:
        """The bytes from start up to end, as they are stored; fewer where the object is shorter."""
        pinned = {"alt": "media"} | ({} if generation is None else {"generation": str(generation)})
        wanted = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "gzip"}  # else gzip would be unpacked
        return self._get(self._address("/download", name, pinned), wanted, timeout)

    def _address(self, service: str, name: str, query: Mapping[str, str]) -> str:
        base = os.environ.get("STORAGE_EMULATOR_HOST") or f"https://{_HOST}"
        base = base if "://" in base else f"http://{base}"
        return f"{base.rstrip('/')}{service}/storage/v1/b/{self._bucket}/o/{quote(name, safe='')}?{urlencode(query)}"

    def _get(self, address: str, headers: Mapping[str, str], timeout: tuple[float, float]) -> bytes:
        """Raises Missing, Transient where another try may help, and StoreUnavailable."""
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        try:
            answer = self._opened().request(
                "GET",
                address,
                headers={**headers, **self._authorization(address)},
                timeout=Timeout(connect=timeout[0], read=timeout[1]),
                retries=False,
                redirect=False,
                decode_content=False,
            )
        except (OSError, HTTPError, http.client.HTTPException) as exc:
            raise Transient from exc
        if answer.status in (http.client.OK, http.client.PARTIAL_CONTENT):
            data: bytes = answer.data
            return data
        raise refusal(answer.status)

    def _opened(self) -> Any:
        from urllib3 import PoolManager, ProxyManager

        with self._lock:
            if self._pool is None:
                how: dict[str, Any] = {"maxsize": _PER_HOST}
                emulated = "STORAGE_EMULATOR_HOST" in os.environ
                if not emulated:
                    import certifi

                    how["ca_certs"] = os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
                proxy = None if emulated or proxy_bypass(_HOST) else getproxies().get("https")
                self._pool = ProxyManager(proxy, **how) if proxy else PoolManager(**how)
            return self._pool

    def _authorization(self, address: str) -> dict[str, str]:
        if "STORAGE_EMULATOR_HOST" in os.environ:
            return {}
        import google.auth
        from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
        from google.auth.transport.urllib3 import Request

        request: Any = Request

        headers: dict[str, str] = {}
        with self._lock:
            try:
                if self._credentials is None:
                    self._credentials, _ = google.auth.default(scopes=[_SCOPE])
                self._credentials.before_request(request(self._pool), "GET", address, headers)
            except DefaultCredentialsError as exc:
                raise StoreUnavailable("There are no credentials for the model store.") from exc
            except GoogleAuthError as exc:
                raise Transient from exc
        return headers


def refusal(status: int) -> Exception:
    """What an answer of that status is to the store."""
    if status == http.client.NOT_FOUND:
        return Missing()
    if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
        return StoreUnavailable("The model store refuses access.")
    if status in {http.client.REQUEST_TIMEOUT, http.client.TOO_MANY_REQUESTS} or status >= 500:
        return Transient()
    return unavailable()
