"""The files around the code keep their promises."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from boroughsense.settings import Settings

ROOT = Path(__file__).parents[2]


def test_compose_file_is_valid() -> None:
    """The compose file fulfils the published compose schema."""
    outcome = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(ROOT / "compose.yaml")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_example_settings_are_settings() -> None:
    """Every line of the example, also the commented ones, is a setting that exists."""
    text = (ROOT / "boroughsense.example.toml").read_text()
    named = set(re.findall(r"^#? ?(\w+) = ", text, flags=re.MULTILINE))
    assert named - set(Settings.model_fields) == set()
    Settings.model_validate(tomllib.loads(text))
    commented = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    Settings.model_validate(tomllib.loads(commented))


def test_every_setting_is_documented() -> None:
    """Every setting stands in the example configuration, with its default."""
    text = (ROOT / "boroughsense.example.toml").read_text()
    documented = set(re.findall(r"^#? ?\[?(\w+)", text, flags=re.MULTILINE))
    assert set(Settings.model_fields) - documented == set()


def test_requirements_pin_every_dependency() -> None:
    """Each direct dependency is pinned with hashes, and no index address is committed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    direct = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    pinned = (ROOT / "requirements.txt").read_text()
    for requirement in direct:
        name = re.split(r"[\[<>=~ ]", requirement)[0]
        assert re.search(rf"^{name}(\[.*\])?==", pinned, flags=re.MULTILINE), name
    assert "://" not in pinned
    assert "index-url" not in pinned
