# SPDX-License-Identifier: GPL-3.0-or-later
"""A contents manager for the shared server: a notebook's kernel always exists.

A notebook may name a kernel of its author's machine (``conda-env-foo-py``), or none. JupyterLab
then asks the person; here the kernel of the same language is put in its place as the notebook is
read. The file changes only when the person saves it.
"""

from __future__ import annotations

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class ContentsManager(AsyncLargeFileManager):
    """Jupyter's own, with a look at each notebook that is read."""

    async def get(self, path, content=True, type=None, format=None, **more):
        """Return the model of a file, with a kernel that exists."""
        model = await super().get(path, content=content, type=type, format=format, **more)
        if model["type"] == "notebook" and model.get("content"):
            self._choose(model["content"]["metadata"])
        return model

    def _choose(self, metadata):
        manager = self.parent.kernel_spec_manager
        specs = manager.get_all_specs()
        named = metadata.get("kernelspec", {})
        if named.get("name") in specs:
            return
        language = named.get("language") or metadata.get("language_info", {}).get("name")
        language = (language or "python").lower()
        default = self.parent.kernel_manager.default_kernel_name
        for name in (default, *sorted(specs)):
            spec = specs.get(name, {}).get("spec", {})
            if spec.get("language", "").lower() == language:
                metadata["kernelspec"] = {
                    "name": name,
                    "display_name": spec["display_name"],
                    "language": spec["language"],
                }
                return
