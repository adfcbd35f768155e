"""The build hook: the pages' style sheet is made when the package is built or installed."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own type has no argument
    """Makes `web/assets/built` before files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Make the style sheet, or fail with one clear sentence."""
        built = Path(self.root) / "web" / "assets" / "built" / "styles.css"
        sources = [
            Path(self.root) / "web" / "assets" / name
            for name in ("styles.scss", "package-lock.json")
        ]
        if built.exists() and built.stat().st_mtime >= max(s.stat().st_mtime for s in sources):
            return
        runpy.run_path(str(Path(self.root) / "web" / "build_assets.py"))["build"]()
