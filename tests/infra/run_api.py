"""Cloud Run's Admin API, as gcloud and our tool ask it. In: services and faults. Out: v2, and gcloud's v1.

It listens as an HTTP proxy: gcloud writes the region before the host's name, which no name server would know.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import QuietHandler, running

PROJECT = "demo-project"
Key = tuple[str, str]  # region, name
_V2 = re.compile(r"/v2/projects/([^/]+)/locations/([^/]+)/services(?:/([^/:]+))?")
_V1 = re.compile(r"/apis/serving\.knative\.dev/v1/namespaces/([^/]+)/services(?:/([^/:]+))?")


@dataclass
class FakeRun:
    """services: as v2 has them; calls: "METHOD path" as they came; faults: region -> status and message;
    broken: images that do not start; polls: how often an operation is asked for until it is done;
    policies: who may call.
    """

    services: dict[Key, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    bodies: list[tuple[str, Any]] = field(default_factory=list)
    faults: dict[str, tuple[int, str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    polls: int = 1
    policies: dict[Key, list[dict[str, Any]]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100
    knative: dict[Key, dict[str, Any]] = field(default_factory=dict)
    operations: Counter[str] = field(default_factory=Counter)
    url: str = ""

    def add(self, region: str, name: str = "yolo-endpoint", **changes: Any) -> dict[str, Any]:
        service = {
            "name": f"projects/{PROJECT}/locations/{region}/services/{name}",
            "uri": f"https://{name}-abc-{region}.a.run.app",
            "scaling": {},
            "annotations": {},
            "template": {"scaling": {"maxInstanceCount": 3}, "containers": [{"image": "gcr.io/demo/old@sha256:0"}]},
            "latestReadyRevision": f"projects/{PROJECT}/locations/{region}/services/{name}/revisions/{name}-00001",
            "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
            **changes,
        }
        self.services[region, name] = service
        return service

    def count(self, pattern: str) -> int:
        return sum(re.search(pattern, call) is not None for call in self.calls)


class _Handler(QuietHandler):
    server: _Server

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        run, body = self.server.run, self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = json.loads(body) if body else None
        run.calls.append(f"{self.command} {parts.path}")
        run.bodies.append((f"{self.command} {parts.path}", copy.deepcopy(content)))
        if self.headers.get("Authorization") != "Bearer word":
            return self._answer(401, {"error": {"code": 401, "message": "The token is not valid."}})
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self.server.lock:
            return self._answer(*self._route(parts.hostname or "", parts.path, query, content))

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle

    def _route(self, host: str, path: str, query: dict[str, str], content: Any) -> tuple[int, Any]:
        run = self.server.run
        if found := _V2.fullmatch(path):
            return self._v2(found[2], found[3], query, content)
        if found := re.fullmatch(r"/v2/(.*/operations/.*)", path):
            return 200, self._operation(found[1])
        if found := _V1.fullmatch(path):
            return self._v1(host.removesuffix("-run.test"), found[2], content)
        if found := re.fullmatch(r"/v1/projects/[^/]+/locations/([^/]+)/services/([^/:]+):(get|set)IamPolicy", path):
            if found[3] == "set":
                run.policies[found[1], found[2]] = content["policy"]["bindings"]
            return 200, {"bindings": run.policies.get((found[1], found[2]), []), "etag": "YQ=="}
        if path == "/v2/entries:list":
            return 200, {"entries": run.entries[: content["pageSize"]]}
        if path.endswith("/builds"):
            return 200, {"name": "operations/1", "metadata": {"build": {"id": "1", "status": "QUEUED"}}}
        if host == "serviceusage.test":
            return 200, {"name": path, "state": "ENABLED"}
        return 404, {"error": {"code": 404, "message": f"The stand-in does not know {path}."}}

    def _v2(self, region: str, name: str | None, query: dict[str, str], content: Any) -> tuple[int, Any]:
        run = self.server.run
        if name is None:
            start = int(query.get("pageToken", "0"))
            names = sorted(run.services)
            page = {"services": [run.services[key] for key in names[start : start + run.page]]}
            more = {"nextPageToken": str(start + run.page)} if start + run.page < len(names) else {}
            return 200, page | more
        if region in run.faults:
            status, message = run.faults[region]
            return status, {"error": {"code": status, "message": message}}
        service = run.services.get((region, name))
        if service is None:
            return 404, {"error": {"code": 404, "message": f"Resource '{name}' was not found"}}
        if self.command == "PATCH":
            self._patch(service, query["updateMask"].split(","), content)
        elif self.command == "DELETE":
            del run.services[region, name]
        else:
            return 200, service
        return 200, self._operation(f"projects/{PROJECT}/locations/{region}/operations/{name}-{len(run.calls)}")

    def _operation(self, name: str) -> dict[str, Any]:
        run = self.server.run
        run.operations[name] += 1
        return {"name": name} | ({"done": True} if run.operations[name] > run.polls else {})

    @staticmethod
    def _patch(service: dict[str, Any], mask: list[str], content: dict[str, Any]) -> None:
        for where in mask:
            *outer, last = where.split(".")
            target, given = service, content
            for step in outer:
                target, given = target.setdefault(step, {}), given.get(step, {})
            if last in given:
                target[last] = given[last]
            else:
                target.pop(last, None)

    def _v1(self, region: str, name: str | None, content: Any) -> tuple[int, Any]:
        """As gcloud reads and writes a service: Knative's form."""
        run = self.server.run
        if region in run.faults:
            status, message = run.faults[region]
            return status, {"error": {"code": status, "message": message}}
        if self.command in {"POST", "PUT"}:
            return 200, self._deployed(region, content)
        found = run.knative.get((region, name or ""))
        return (200, found) if found else (404, {"error": {"code": 404, "message": "not found"}})

    def _deployed(self, region: str, content: dict[str, Any]) -> dict[str, Any]:
        run, metadata = self.server.run, content["metadata"]
        name, container = metadata["name"], content["spec"]["template"]["spec"]["containers"][0]
        generation = run.knative.get((region, name), {}).get("metadata", {}).get("generation", 0) + 1
        revision, bad = f"{name}-{generation:05}", container["image"] in run.broken
        metadata |= {"generation": generation, "uid": "1", "resourceVersion": str(generation)}
        said = {"reason": "HealthCheckContainerError", "message": "The container did not start."} if bad else {}
        conditions = [
            {"type": kind, "status": "False" if bad else "True", **said}
            for kind in ("Ready", "ConfigurationsReady", "RoutesReady")
        ]
        state = {"state": "CONDITION_FAILED" if bad else "CONDITION_SUCCEEDED", **said}
        service = run.add(region, name, terminalCondition=state) if (region, name) not in run.services else None
        service = service or run.services[region, name]
        service["template"]["containers"] = [{"image": container["image"], "resources": container.get("resources")}]
        service["terminalCondition"] = state
        service["latestReadyRevision"] = f"{service['name']}/revisions/{revision}"
        traffic = content["spec"].get("traffic") or [{"percent": 100, "latestRevision": True}]
        service["trafficStatuses"] = [
            {"revision": target.get("revisionName", revision), "percent": target.get("percent", 0)}
            for target in traffic
        ]
        content["status"] = {
            "observedGeneration": generation,
            "conditions": conditions,
            "latestCreatedRevisionName": revision,
            "latestReadyRevisionName": revision,
            "url": service["uri"],
            "address": {"url": service["uri"]},
            "traffic": [{"revisionName": revision, **target} for target in traffic],
        }
        run.knative[region, name] = content
        return content

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    run: FakeRun
    lock: threading.Lock


@contextmanager
def serve(run: FakeRun) -> Iterator[None]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.run, server.lock = run, threading.Lock()
    run.url = f"http://127.0.0.1:{server.server_port}"
    with running(server):
        yield


def knative(name: str = "yolo-endpoint") -> dict[str, Any]:
    """A service in gcloud's form."""
    ready = [{"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")]
    container = {"image": "gcr.io/demo/old@sha256:0", "resources": {"limits": {"cpu": "2", "memory": "4Gi"}}}
    traffic = [{"revisionName": f"{name}-00001", "percent": 100, "latestRevision": True}]
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": PROJECT, "generation": 1, "annotations": {}, "labels": {}},
        "spec": {
            "template": {"metadata": {}, "spec": {"containers": [container]}},
            "traffic": [{"latestRevision": True, "percent": 100}],
        },
        "status": {
            "observedGeneration": 1,
            "conditions": ready,
            "latestCreatedRevisionName": f"{name}-00001",
            "latestReadyRevisionName": f"{name}-00001",
            "url": f"https://{name}-abc.a.run.app",
            "traffic": traffic,
        },
    }
