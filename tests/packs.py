"""Evidence packs for tests: opened, altered, closed again, and checked by a Python that knows nothing of us."""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from django.test import Client

from articles.evidence import verify

MEMORY = 700 * 1024 * 1024  # bytes that the checker may take, whatever it is given


def address(article: Any, a: int = 1, b: int = 2) -> str:
    return f"/articles/{article.pk}/diff/{a}/{b}/evidence.zip"


def download(client: Client, article: Any, a: int = 1, b: int = 2) -> bytes:
    answer = client.get(address(article, a, b))
    assert answer.status_code == 200, answer.content.decode()
    return answer.content


def opened(pack: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def closed(files: dict[str, bytes]) -> bytes:
    """A pack of these files as they are, whatever their digests say."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def forged(files: dict[str, bytes], alter: Callable[[dict[str, Any]], object] = lambda stated: None) -> bytes:
    """A pack of these files, evidence.json altered, with all digests made anew to fit them."""
    stated = orjson.loads(files[verify.STATED])
    alter(stated)
    for name in stated["files"]:
        stated["files"][name] = {"sha256": verify.sha256(files[name]), "size": len(files[name])}
    files = files | {verify.STATED: orjson.dumps(stated)}
    return closed(files | {verify.SUMS: verify.sums(files)})


def check(*arguments: str | Path, folder: Path, program: Path | None = None) -> subprocess.CompletedProcess:
    """Runs the checker, by default ours, isolated and in an empty environment, in little memory."""
    code = f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY})); "
    code += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code, str(program or verify.__file__), *map(str, arguments)],
        env={},
        cwd=folder,
        capture_output=True,
        timeout=120,
        encoding="utf-8",
    )
