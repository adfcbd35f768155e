"""The files around the code keep their promises."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

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


def test_chirpstack_publishes_so_that_nothing_is_lost() -> None:
    """The profile's network server publishes events at QoS 1, with the password of compose.yaml."""
    folder = ROOT / "compose" / "chirpstack"
    written = tomllib.loads((folder / "chirpstack.toml").read_text())
    mqtt = written["integration"]["mqtt"]
    assert (mqtt["qos"], mqtt["json"], mqtt["clean_session"]) == (1, True, False)
    region = tomllib.loads((folder / "region_eu868.toml").read_text())["regions"][0]
    assert region["id"] in written["network"]["enabled_regions"]
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    bridge = services["chirpstack-gateway-bridge"]["environment"]
    prefix = region["gateway"]["backend"]["mqtt"]["topic_prefix"]
    topics = [text for name, text in bridge.items() if name.endswith("_TOPIC_TEMPLATE")]
    assert len(topics) == 3
    assert all(topic.startswith(f"{prefix}/gateway/") for topic in topics)
    named = "".join(file.read_text() for file in folder.glob("*.toml"))
    asked = set(re.findall(r"\$([A-Z_]+)", named)) - {"NAMES"}
    assert asked == set(services["chirpstack"]["environment"])


def test_example_settings_are_settings() -> None:
    """Every line of the example, also the commented ones, is a setting that exists."""
    text = (ROOT / "boroughsense.example.toml").read_text()
    named = set(re.findall(r"^#? ?(\w+) = ", text, flags=re.MULTILINE))
    assert named - set(Settings.model_fields) == set()
    Settings.model_validate(tomllib.loads(text))
    commented = re.sub(r"^# ( *\w+ = |\[\[)", r"\1", text, flags=re.MULTILINE)
    assert len(Settings.model_validate(tomllib.loads(commented)).recipients) == 2


def test_every_setting_is_documented() -> None:
    """Every setting stands in the example configuration, with its default."""
    text = (ROOT / "boroughsense.example.toml").read_text()
    documented = set(re.findall(r"^#? ?\[{0,2}(\w+)", text, flags=re.MULTILINE))
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
