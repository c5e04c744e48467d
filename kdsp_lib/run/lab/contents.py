# mypy: disable-error-code="no-untyped-call,override"
"""The notebooks as JupyterLab reads and writes them: notebooks and folders of theirs, and no other file.

A file of Python beside the notebooks would be run by whoever next runs pytest there, unconfined. So nothing is written
that is no notebook, nothing hidden is reached, and no link leads out.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, NoReturn

from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from nbformat import from_dict
from tornado.web import HTTPError

from kdsp_lib.report.inert import inert_notebook

_SUFFIX: Final = ".ipynb"
_is_listing: ContextVar[bool] = ContextVar("is_listing", default=False)
_ONLY: Final = "kdsp lab serves notebooks (.ipynb) and their folders alone; use another program for other files."


class NotebooksAlone(AsyncFileContentsManager):
    """Refuses whatever is no notebook, whichever way it is asked for."""

    async def get(self, path: str, content: bool = True, type: str | None = None, **options: Any) -> dict[str, Any]:
        """A notebook with nothing active in its outputs; or a folder, of which notebooks and folders are listed."""
        is_folder = await self.dir_exists(path)
        if _is_listing.get() and not self._may_be(path, is_folder=is_folder):
            return {"type": "file"}
        self._check(path, is_folder=is_folder)
        if type not in (None, "directory" if is_folder else "notebook"):
            _refuse()
        model: dict[str, Any] = await super().get(path, content, type, **options)
        if model["type"] == "directory" and content:
            model["content"] = [each for each in model["content"] if each["type"] in {"directory", "notebook"}]
        elif model["type"] == "notebook" and content:
            model["content"] = from_dict(inert_notebook(model["content"]))
        return model

    async def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Write a notebook whole, with nothing active in its outputs; or make a folder."""
        kind = model.get("type")
        if kind not in {"notebook", "directory"} or "chunk" in model:
            _refuse()
        self._check(path, is_folder=kind == "directory")
        if kind == "notebook" and isinstance(model.get("content"), dict):
            model = {**model, "content": inert_notebook(model["content"])}
        saved: dict[str, Any] = await super().save(model, path)
        return saved

    async def delete_file(self, path: str) -> None:
        """Delete a notebook or a folder."""
        self._check(path, is_folder=await self.dir_exists(path))
        await super().delete_file(path)

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Rename a notebook to a notebook, a folder to a folder."""
        is_folder = await self.dir_exists(old_path)
        for path in (old_path, new_path):
            self._check(path, is_folder=is_folder)
        await super().rename_file(old_path, new_path)

    async def copy(self, from_path: str, to_path: str | None = None) -> dict[str, Any]:
        """Copy a notebook."""
        self._check(from_path, is_folder=False)
        if to_path is not None:
            self._check(to_path, is_folder=await self.dir_exists(to_path))
        copied: dict[str, Any] = await super().copy(from_path, to_path)
        return copied

    async def create_checkpoint(self, path: str) -> Any:
        """Keep a copy of a notebook, for whoever goes back to it."""
        self._check(path, is_folder=False)
        return await super().create_checkpoint(path)

    async def restore_checkpoint(self, checkpoint_id: str, path: str) -> Any:
        """Put the copy of a notebook in its place."""
        self._check(path, is_folder=False)
        return await super().restore_checkpoint(checkpoint_id, path)

    async def _dir_model(self, path: str, content: bool = True) -> dict[str, Any]:
        listing = _is_listing.set(True)
        try:
            model: dict[str, Any] = await super()._dir_model(path, content)
        finally:
            _is_listing.reset(listing)
        return model

    def _check(self, path: str, *, is_folder: bool) -> None:
        if not self._may_be(path, is_folder=is_folder):
            _refuse()

    def _may_be(self, path: str, *, is_folder: bool) -> bool:
        parts = [part for part in path.replace("\\", "/").split("/") if part]
        if any(part.startswith(".") for part in parts) or not (is_folder or path.endswith(_SUFFIX)):
            return False
        real = Path(self._get_os_path(path)).resolve()
        root = Path(self.root_dir).resolve()
        return root in (real, *real.parents) and (is_folder or real.suffix == _SUFFIX)


def _refuse() -> NoReturn:
    raise HTTPError(403, _ONLY, reason="Not a notebook")
