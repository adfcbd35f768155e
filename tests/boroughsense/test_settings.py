"""Settings come from three places, and a wrong one says which."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from alerts.quality_settings import Limits
from boroughsense.settings import Settings, WrongSettings, broker_address, load
from decoders.model import Environment
from tests.fixtures.notify_server import API_KEY


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder with no settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "MQTT_URL", "CONFIG", "BATCH_SIZE", "MODE"):
        monkeypatch.delenv(f"BOROUGHSENSE_{name}", raising=False)


def test_defaults_stand_alone() -> None:
    """Without a file, an environment or options, every setting has its default."""
    assert load() == Settings()


def test_later_origin_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over the file, and an option over both; an option not given is none."""
    (tmp_path / "boroughsense.toml").write_text("batch_size = 100\nmqtt_client_id = 'file'\n")
    assert load().batch_size == 100
    monkeypatch.setenv("BOROUGHSENSE_BATCH_SIZE", "200")
    assert load().batch_size == 200
    assert load({"batch_size": 300}).batch_size == 300
    assert load({"batch_size": None}).batch_size == 200
    assert load().mqtt_client_id == "file"


def test_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings file that somebody named and that is not there is an error, not a default."""
    monkeypatch.setenv("BOROUGHSENSE_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(WrongSettings, match=r"gone\.toml: cannot be read"):
        load()


def test_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    """A file that is not TOML is one sentence with the line."""
    (tmp_path / "boroughsense.toml").write_text("batch_size =\n")
    with pytest.raises(WrongSettings, match=r"boroughsense\.toml: is not TOML: .*line 1"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MQTT_URL", "http://broker", "should be mqtt://host:port"),
        ("MQTT_URL", "mqtt://", "should be mqtt://host:port"),
        ("DATABASE_URL", "mysql://db", "should be postgresql://"),
        ("BATCH_SIZE", "many", "valid integer"),
        ("BATCH_SIZE", "0", "greater than or equal to 1"),
        ("MODE", "test", "'live' or 'simulation'"),
        ("WEBHOOK_URL", "ftp://x", "should be http"),
    ],
)
def test_wrong_value_names_setting_and_origin(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong value is one sentence with the setting, the value, and where it came from."""
    monkeypatch.setenv(f"BOROUGHSENSE_{name}", value)
    with pytest.raises(WrongSettings) as caught:
        load()
    message = str(caught.value)
    assert message.startswith(name.lower())
    assert f"(from environment BOROUGHSENSE_{name})" in message
    assert sentence in message
    assert "\n" not in message


def test_all_mistakes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wrong settings from two places are two sentences, each with its place."""
    (tmp_path / "boroughsense.toml").write_text("batch_size = -1\n")
    monkeypatch.setenv("BOROUGHSENSE_MODE", "demo")
    with pytest.raises(WrongSettings) as caught:
        load()
    first, second = sorted(str(caught.value).splitlines())
    assert "batch_size = '-1' (from boroughsense.toml)" in first
    assert "mode = 'demo' (from environment BOROUGHSENSE_MODE)" in second


def test_option_is_named_as_the_command_line_has_it() -> None:
    """A wrong option is named with its dashes."""
    with pytest.raises(WrongSettings, match=r"\(from option --mqtt-url\)"):
        load({"mqtt_url": "nonsense"})


def test_unknown_setting_has_a_suggestion(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting is refused with the near one."""
    monkeypatch.setenv("BOROUGHSENSE_MQTT_URI", "mqtt://x")
    with pytest.raises(WrongSettings, match="no such setting; did you mean mqtt_url"):
        load()


def test_unknown_nested_setting_is_refused(tmp_path: Path) -> None:
    """A misspelt key inside a table is refused with its whole path."""
    (tmp_path / "boroughsense.toml").write_text("[codecs.mine]\njavascrip = 'x.js'\n")
    with pytest.raises(WrongSettings, match=r"codecs\.mine\.javascrip \(from boroughsense\.toml\)"):
        load()


def test_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address is shown without its password, also when it cannot be taken apart."""
    monkeypatch.setenv("BOROUGHSENSE_DATABASE_URL", "mysql://me:hunter2@db/x")
    monkeypatch.setenv("BOROUGHSENSE_MQTT_URL", "http://me:hunter2@broker")
    with pytest.raises(WrongSettings) as caught:
        load()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(broker_address("mqtt://me:hunter2@broker"))


def test_topics_come_as_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several topics in the environment are divided by commas."""
    monkeypatch.setenv("BOROUGHSENSE_MQTT_TOPICS", "a/+/b,c/#")
    assert load().mqtt_topics == ("a/+/b", "c/#")


def test_variables_of_tests_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What names test data or a test server is not taken for a setting."""
    monkeypatch.setenv("BOROUGHSENSE_SHARED", "somewhere")
    monkeypatch.setenv("BOROUGHSENSE_TEST_DATABASE_URL", "postgresql://x")
    assert load() == Settings()


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [("mqtt://h", 1883, False), ("mqtts://h", 8883, True), ("mqtt://h:7", 7, False)],
)
def test_broker_address(url: str, port: int, *, tls: bool) -> None:
    """The scheme decides on TLS and the default port."""
    address = broker_address(url)
    assert (address.host, address.port, address.tls) == ("h", port, tls)
    assert str(address) == f"{'mqtts' if tls else 'mqtt'}://h:{port}"


def test_broker_credentials_are_unquoted() -> None:
    """A user and password with reserved characters come back as they are."""
    address = broker_address("mqtt://me:p%40ss%2F@h")
    assert (address.username, address.password) == ("me", "p@ss/")


PEOPLE = """
mail_host = "mail.croydon.example"
mail_sender = "sense@croydon.example"
mail_password = "s3cret"
[[recipients]]
name = "duty"
channel = "email"
address = "duty@croydon.example"
teams = ["housing"]
patches = ["north"]
starts = 07:30:00
ends = "16:00"
"""


def test_people_are_read_with_their_teams_patches_and_hours(tmp_path: Path) -> None:
    """A recipient's hours are times of the clock; the mail server goes with its password."""
    (tmp_path / "boroughsense.toml").write_text(PEOPLE)
    settings = load()
    [duty] = settings.recipients
    assert (duty.starts, duty.ends, duty.patches) == (time(7, 30), time(16), frozenset({"north"}))
    server = settings.mail_server()
    assert server
    assert (server.host, server.port, server.password) == ("mail.croydon.example", 587, "s3cret")
    assert settings.notify_service() is None
    assert load({"notify_api_key": API_KEY, "notify_text_template": "t"}).notify_service()
    assert Settings().mail_server() is None


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("mail_host", "# mail_host", "duty is told by email, which needs mail_host"),
        ("sense@croydon", "sense croydon", "mail_sender = 'sense croydon.example' "),
        ('"email"', '"notify_text"', "recipients.0 "),
        ("duty@croydon", "croydon", "is no address of e-mail"),
        ('"housing"', '"gardens"', "recipients.0.teams.0 = 'gardens' "),
        ("07:30:00", "17:30:00", "the hours should end after they start"),
        ('"email"', '"teams"', "the address of a Teams workflow should be a URL"),
    ],
)
def test_people_who_could_not_be_told_are_refused(
    tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    """A recipient without a way to reach them is named when the settings are read."""
    file = tmp_path / "boroughsense.toml"
    file.write_text(PEOPLE.replace(before, after, 1))
    with pytest.raises(WrongSettings) as refused:
        load()
    assert sentence in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_key_of_notify_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be one is refused without being printed."""
    monkeypatch.setenv("BOROUGHSENSE_NOTIFY_API_KEY", "half-a-key")
    with pytest.raises(WrongSettings, match=r"notify_api_key = \.\.\. .*name-service-secret"):
        load()


def test_two_of_a_name_are_refused(tmp_path: Path) -> None:
    """What one was told would count for the other."""
    again = PEOPLE[PEOPLE.index("[[") :]
    (tmp_path / "boroughsense.toml").write_text(PEOPLE + again)
    with pytest.raises(WrongSettings, match="two recipients are called duty"):
        load()


def test_numbers_of_the_quality_tests(tmp_path: Path) -> None:
    """An instance sets numbers by property; every mistake in them is told, with its place."""
    file = tmp_path / "boroughsense.toml"
    file.write_text('[quality.temperature]\nspike_fail = 15\nflat_fail = "72h"\n')
    tested = load().quality_settings().of("temperature", Environment.INDOOR)
    assert (tested.spike, tested.flat and tested.flat.fail) == (
        Limits(3, 15),
        timedelta(hours=72),
    )
    assert load().quality_settings().of("pm10", Environment.INDOOR).spike == Limits(200)
    file.write_text("[quality.temperature]\nspyke_fail = 15\n[quality.co2]\nspike_suspect = -1\n")
    with pytest.raises(WrongSettings) as caught:
        load()
    said = str(caught.value)
    assert "temperature.spyke_fail is not known here; did you mean `spike_fail`?" in said
    assert "co2.spike_suspect `-1` is wrong: input should be greater than 0" in said
    assert "boroughsense.toml" in said
