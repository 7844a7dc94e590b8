"""A stand-in of the Hugging Face Hub's HTTP API: repositories of models in memory, each a list of commits."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

OWNER, TOKEN = "someone", "hf_the_token_of_someone"


class Hub:
    """Repositories and large files; `someone` may write to their own.

    Attributes:
        commits: by repository, the files of each commit in order; the id of commit i is `commit_id(i)`.
        private: names of private repositories.
        gated: names of repositories whose terms nobody has accepted.
        large: content of large files by SHA-256.
        requests: method and path of all that was asked.
        broken: paths with one of these in them answer 507, which clients do not repeat.
    """

    def __init__(self) -> None:
        self.commits: dict[str, list[dict[str, bytes]]] = {}
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.large: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.broken: set[str] = set()
        self.url = ""

    def files(self, repository: str, revision: str = "main") -> dict[str, bytes] | None:
        """The files of a revision; None if there is none."""
        commits = self.commits[repository]
        if revision == "main":
            return commits[-1]
        return next((files for i, files in enumerate(commits) if commit_id(i) == revision), None)


def commit_id(index: int) -> str:
    """The id of a repository's commit of this index."""
    return hashlib.sha1(str(index).encode()).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A Hub that answers at `hub.url`."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def answer(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str = "", message: str = "no") -> None:
        self.answer({"error": message}, status, X_Error_Code=code, X_Error_Message=message)

    @property
    def who(self) -> str | None:
        return OWNER if self.headers.get("Authorization") == f"Bearer {TOKEN}" else None

    def begin(self) -> list[str] | None:
        """The parts of the path; None if it is already answered."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        self.hub.requests.append(f"{self.command} {path}")
        if any(part in path for part in self.hub.broken):
            self.refuse(507, message="full")
            return None
        if self.headers.get("Authorization") and self.who is None:
            self.refuse(401, message="Invalid credentials in Authorization header")
            return None
        return [unquote(part) for part in path.strip("/").split("/")]

    def readable(self, repository: str) -> bool:
        if repository not in self.hub.commits or (repository in self.hub.private and self.who is None):
            self.refuse(404 if self.who else 401, "RepoNotFound", "Repository not found")
            return False
        return True

    def do_GET(self) -> None:
        match self.begin():
            case ["api", "whoami-v2"]:
                if self.who is None:
                    self.refuse(401)
                else:
                    self.answer({"name": self.who, "type": "user", "orgs": []})
            case ["api", "models", owner, name]:
                self.model(f"{owner}/{name}", "main")
            case ["api", "models", owner, name, "revision", *revision]:
                self.model(f"{owner}/{name}", "/".join(revision))
            case ["api", "models", owner, name, "tree", revision]:
                files = self.hub.files(f"{owner}/{name}", revision) or {}
                self.answer([self.entry(path, content) for path, content in files.items()])
            case [owner, name, "resolve", revision, *path]:
                self.file(f"{owner}/{name}", revision, "/".join(path))
            case ["large", oid]:
                self.answer(self.hub.large[oid], ETag=f'"{oid}"')
            case None:
                pass
            case _:
                self.refuse(404)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        match self.begin():
            case ["api", "repos", "create"]:
                self.create(json.loads(self.body))
            case ["api", "validate-yaml"]:  # of a card
                header = json.loads(self.body)["content"].split("---")[1]
                self.answer({"errors": [] if yaml.safe_load(header)["license"] else ["license"], "warnings": []})
            case ["api", "models", owner, name, "preupload", _] if self.may_write(owner):
                modes = [
                    {"path": file["path"], "uploadMode": "lfs" if is_large(file["path"]) else "regular"}
                    | {"shouldIgnore": False, "oid": None}
                    for file in json.loads(self.body)["files"]
                ]
                self.answer({"files": modes})
            case ["api", "models", owner, name, "commit", "main"] if self.may_write(owner):
                self.commit(f"{owner}/{name}", [json.loads(line) for line in self.body.splitlines()])
            case [owner, _, "info", "lfs", "objects", "batch"] if self.may_write(owner):
                objects = [
                    item | {"actions": {"upload": {"href": f"{self.hub.url}/large/{item['oid']}"}}}
                    for item in json.loads(self.body)["objects"]
                ]
                self.answer({"transfer": "basic", "objects": objects})
            case None:
                pass
            case _:
                self.refuse(403, message="no permission")

    def do_PUT(self) -> None:
        match self.begin():
            case ["large", oid]:
                assert hashlib.sha256(self.body).hexdigest() == oid
                self.hub.large[oid] = self.body
                self.answer(b"")

    def may_write(self, owner: str) -> bool:
        return self.who == owner

    def create(self, asked: dict[str, Any]) -> None:
        name = f"{asked.get('organization') or self.who}/{asked['name']}"
        if not self.may_write(name.split("/")[0]):
            self.refuse(403, message="no permission to create")
        elif name in self.hub.commits:
            self.answer({"error": "You already created this model repo", "url": f"{self.hub.url}/{name}"}, 409)
        else:
            self.hub.commits[name] = [{".gitattributes": b"*.safetensors filter=lfs"}]
            if asked.get("private") or asked.get("visibility") == "private":
                self.hub.private.add(name)
            self.answer({"url": f"{self.hub.url}/{name}", "name": name})

    def commit(self, repository: str, lines: list[dict[str, Any]]) -> None:
        files = dict(self.hub.commits[repository][-1])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.hub.commits[repository].append(files)
        oid = commit_id(len(self.hub.commits[repository]) - 1)
        self.answer({"commitUrl": f"{self.hub.url}/{repository}/commit/{oid}", "commitOid": oid, "success": True})

    def model(self, repository: str, revision: str) -> None:
        if not self.readable(repository):
            return
        files = self.hub.files(repository, revision)
        if files is None:
            self.refuse(404, "RevisionNotFound", "Invalid rev id")
            return
        index = next(i for i, commit in enumerate(self.hub.commits[repository]) if commit is files)
        siblings = [{"rfilename": path} for path in files]
        told = {"_id": "1", "id": repository, "modelId": repository, "sha": commit_id(index), "siblings": siblings}
        self.answer(told | {"private": repository in self.hub.private, "tags": [], "downloads": 0, "likes": 0})

    def entry(self, path: str, content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        large = {"lfs": {"oid": digest, "size": len(content), "pointerSize": 1}} if is_large(path) else {}
        return {"type": "file", "path": path, "size": len(content), "oid": digest[:40], **large}

    def file(self, repository: str, revision: str, path: str) -> None:
        if not self.readable(repository):
            return
        if repository in self.hub.gated:
            self.refuse(403, "GatedRepo", "Access to this model is restricted")
            return
        files = self.hub.files(repository, revision)
        if files is None or path not in files:
            self.refuse(404, "EntryNotFound", "Entry not found")
            return
        index = next(i for i, commit in enumerate(self.hub.commits[repository]) if commit is files)
        content, headers = files[path], {"X_Repo_Commit": commit_id(index)}
        if is_large(path):
            oid = hashlib.sha256(content).hexdigest()
            self.hub.large.setdefault(oid, content)
            headers |= {"X_Linked_Etag": f'"{oid}"', "X_Linked_Size": str(len(content))}
            elsewhere = self.hub.url.replace("127.0.0.1", "localhost")  # as the Hub does, at another host
            self.answer(b"", 302, Location=f"{elsewhere}/large/{oid}", **headers)
        else:
            self.answer(content, ETag=f'"{hashlib.sha1(content).hexdigest()}"', **headers)


def is_large(path: str) -> bool:
    """True for files that the Hub keeps apart from git."""
    return path.endswith((".safetensors", ".bin"))
