"""The Cloud Run Admin API v2, called as whoever is signed in to gcloud.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from infra.tool.errors import ToolError
from infra.tool.states import Service

_TIMEOUT_S = 30.0
_TRIES = 3
_POLL_S = 1.0


class CloudRun:
    def __init__(self, project: str | None, poll_s: float = _POLL_S) -> None:
        """project: gcloud's own if None; ToolError if it has none, or nobody is signed in."""
        known = project or os.environ.get("CLOUDSDK_CORE_PROJECT")
        token = os.environ.get("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")
        if known and token:  # where both are set, as in CI, gcloud has nothing to add
            self.project, self._token = known, Path(token).read_text().strip()
        else:
            helper = _config_helper()
            self.project = known or helper["configuration"]["properties"].get("core", {}).get("project")
            self._token = helper["credential"]["access_token"]
        if not self.project:
            raise ToolError("Which project? Give --project, or set it with: gcloud config set project PROJECT")
        self._poll_s = poll_s
        self._opener = urllib.request.build_opener()  # goes by the proxy of the environment, as gcloud does

    def services(self) -> list[Service]:
        """Those of all regions."""
        found: list[Service] = []
        page = ""
        while True:
            path = f"projects/{self.project}/locations/-/services"
            answer = self.call("GET", path, {"pageToken": page} if page else {})
            found += answer.get("services", [])
            page = answer.get("nextPageToken", "")
            if not page:
                return found

    def get(self, region: str, name: str) -> Service | None:
        try:
            return self.call("GET", self._path(region, name))
        except _NotFound:
            return None

    def patch(self, region: str, name: str, changes: dict[str, Any], wait_s: float) -> Service:
        """Change just these fields, and wait until that is done; the service as it then is. None clears a field."""
        query, body = _masked(changes)
        self._wait(self.call("PATCH", self._path(region, name), query, body), wait_s)
        service = self.get(region, name)
        if service is None:
            raise ToolError("It was deleted meanwhile.")
        return service

    def patch_line(self, region: str, name: str, changes: dict[str, Any]) -> str:
        """The call of `patch` as a line for a shell, for what gcloud has no flag for."""
        query, body = _masked(changes)
        url = f"{_address('run')}v2/{self._path(region, name)}?{urllib.parse.urlencode(query)}"
        words = shlex.join(["--header", "Content-Type: application/json", "--data", json.dumps(body), url])
        return f'curl -fsS -X PATCH --header "Authorization: Bearer $(gcloud auth print-access-token)" {words}'

    def delete(self, region: str, name: str, wait_s: float) -> None:
        self._wait(self.call("DELETE", self._path(region, name)), wait_s)

    def call(
        self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None, api: str = "run"
    ) -> dict[str, Any]:
        """One request, tried again where the API is away; raises ToolError with what the API says."""
        url = f"{_address(api)}v2/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        for tries_left in range(_TRIES - 1, -1, -1):
            request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310  the address is the API's
            try:
                with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                    found: dict[str, Any] = json.loads(answer.read() or b"{}")
                    return found
            except urllib.error.HTTPError as error:
                if error.code not in {429, 500, 502, 503, 504} or not tries_left:
                    raise _explained(error) from None
            except (OSError, ValueError) as error:
                if not tries_left:
                    raise ToolError(f"The API of Cloud Run does not answer: {error}") from None
            time.sleep(self._poll_s * (_TRIES - tries_left) / 2)
        raise AssertionError

    def _wait(self, operation: dict[str, Any], wait_s: float) -> None:
        end = time.monotonic() + wait_s
        while not operation.get("done"):
            if time.monotonic() > end:
                raise ToolError(f"It is not done after {wait_s:g} seconds, and goes on; `status` shows how it stands.")
            time.sleep(self._poll_s)
            operation = self.call("GET", operation["name"])
        if "error" in operation:
            raise ToolError(str(operation["error"].get("message", "The operation failed.")))

    def _path(self, region: str, name: str) -> str:
        return f"projects/{self.project}/locations/{region}/services/{name}"


class _NotFound(ToolError):
    pass


def _masked(changes: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    query = {"updateMask": ",".join(changes)}
    return query, {field: value for field, value in changes.items() if value is not None}


def _address(api: str) -> str:
    # gcloud's own variables for another address.
    other = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}")
    return f"{other.rstrip('/')}/" if other else f"https://{api}.googleapis.com/"


def _explained(error: urllib.error.HTTPError) -> ToolError:
    try:
        said = json.loads(error.read())["error"]["message"]
    except (OSError, ValueError, KeyError, TypeError):
        said = f"HTTP {error.code}"
    if error.code == 404:
        return _NotFound(said)
    if error.code == 401:
        return ToolError(f"{said} Sign in with: gcloud auth login")
    return ToolError(said)


def _config_helper() -> dict[str, Any]:
    """gcloud's settings and a fresh token, in one call."""
    try:
        done = subprocess.run(
            ["gcloud", "config", "config-helper", "--format=json"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ToolError("gcloud is not installed: https://cloud.google.com/sdk/docs/install") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ToolError(f"gcloud gives no access: {said[0] if said else 'it says nothing'} Try: gcloud auth login")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
