"""Who is told what, when: waits, groups, reminders, escalation, quiet hours, explanations."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts.concerns import Assignment, Concern, LetterKind, Rise, Said, is_acknowledged, team_of
from alerts.episodes import EpisodeStatus
from alerts.indices.dust import site_hours
from alerts.model import Severity
from alerts.recipients import Team
from alerts.silences import Silence
from tests.alerts.telling_world import (
    DUTY,
    HOME,
    HOUR,
    MANAGER,
    MINUTE,
    NIGHT,
    OFFICER,
    SITE,
    TUESDAY,
    Desk,
    dust,
    kinds,
    minutes,
    over,
    silent,
)

FIRED, RESOLVED = [LetterKind.FIRED], [LetterKind.RESOLVED]


class TestGroups:
    """One letter for all that is new at one place."""

    def test_first_letter_waits_a_minute_for_the_rest(self) -> None:
        """Two alerts of one site that fire within a minute make one letter, the red one first."""
        desk = Desk()
        desk.put(dust(), dust(TUESDAY + MINUTE / 2, Severity.AMBER, name="e4", rule="E5"))
        desk.concerns["e4"] = replace(desk.concerns["e4"], measure="no2")
        assert desk.write(TUESDAY + timedelta(seconds=59)) == []
        [letter] = desk.write(TUESDAY + MINUTE)
        assert [item.concern.id for item in letter.items] == ["e1", "e4"]
        assert desk.write(TUESDAY + 2 * MINUTE) == []

    def test_next_letter_waits_a_quarter_of_an_hour(self) -> None:
        """What fires at the same place soon after a letter waits; another place does not."""
        desk = Desk()
        desk.put(dust())
        desk.write(TUESDAY + MINUTE)
        desk.put(dust(TUESDAY + 2 * MINUTE, name="e5"))
        desk.put(replace(dust(TUESDAY + 2 * MINUTE, name="h2"), where=HOME))
        assert desk.story(minutes(3, 4, 15, 16)) == [
            (3, "officer", "fired"),
            (16, "officer", "fired"),
        ]

    def test_what_becomes_worse_does_not_wait(self) -> None:
        """A rise is told at once, even just after a letter; other news of the place wait on."""
        desk = Desk()
        desk.put(dust(severity=Severity.AMBER))
        desk.write(TUESDAY + MINUTE)
        rises = (*dust(severity=Severity.AMBER).rises, Rise(Severity.RED, TUESDAY, late=False))
        desk.put(replace(dust(), rises=rises), dust(TUESDAY, name="e5"))
        assert kinds(desk.write(TUESDAY + 2 * MINUTE)) == [[LetterKind.RAISED]]
        assert kinds(desk.write(TUESDAY + 17 * MINUTE)) == [FIRED]

    def test_end_is_told_to_who_was_told(self) -> None:
        """Who was told that it fires is told its end, once; who was not is not."""
        desk = Desk(recipients=(OFFICER, DUTY))
        desk.put(dust())
        desk.write(TUESDAY + MINUTE)
        desk.put(over(dust(), TUESDAY + 20 * MINUTE))
        assert desk.story(minutes(20, 21, 40, 90)) == [(21, "officer", "resolved")]

    def test_end_of_what_nobody_heard_of_is_not_told(self) -> None:
        """What is over before its first letter is never told; what was not delivered neither."""
        desk = Desk()
        desk.put(over(dust(), TUESDAY))
        assert desk.write(TUESDAY + MINUTE) == []
        lost = Said("e1", "officer", LetterKind.FIRED, Severity.RED, TUESDAY, 0, undelivered=True)
        desk.said.append(lost)
        assert desk.write(TUESDAY + HOUR) == []


class TestAgain:
    """Reminders and escalation, until somebody acknowledges."""

    def test_red_dust_is_told_again_and_higher_up(self) -> None:
        """Dust is told again each hour; after 30 minutes and 2 hours others are told."""
        desk = Desk(recipients=(OFFICER, DUTY, MANAGER))
        desk.put(dust())
        assert desk.story(minutes(1, 29, 30, 61, 119, 120, 121)) == [
            (1, "officer", "fired"),
            (30, "duty", "escalated"),
            (61, "officer", "reminder"),
            (120, "manager", "escalated"),
            (121, "officer", "reminder"),
        ]

    def test_acknowledgement_ends_it_until_it_is_worse(self) -> None:
        """An acknowledgement at amber ends reminders of amber; red is told again, and escalates."""
        desk = Desk(recipients=(OFFICER, DUTY))
        desk.put(replace(dust(), acknowledged=(Severity.RED,)))
        assert desk.story(minutes(1, 30, 61, 300)) == [(1, "officer", "fired")]
        desk.put(replace(dust(), acknowledged=(Severity.AMBER,)))
        assert desk.story(minutes(301)) == [
            (301, "officer", "reminder"),
            (301, "duty", "escalated"),
        ]

    def test_escalated_is_told_once_and_its_end(self) -> None:
        """Who was told by escalation is not reminded, and is told when it is over."""
        desk = Desk(recipients=(DUTY,))
        desk.put(dust())
        assert desk.story(minutes(30, 100, 300)) == [(30, "duty", "escalated")]
        desk.put(over(dust(), TUESDAY + 300 * MINUTE))
        assert desk.story(minutes(301)) == [(301, "duty", "resolved")]

    def test_no_cadence_no_reminder(self) -> None:
        """Parking is told once, and escalates to nobody."""
        everyone = replace(OFFICER, teams=frozenset(Team))
        desk = Desk(recipients=(everyone, replace(everyone, name="duty", escalation=1)))
        desk.put(replace(dust(), team=Team.PARKING))
        assert desk.story(minutes(1, 300, 1440 * 8)) == [(1, "officer", "fired")]

    def test_reminders_of_dust_keep_the_hours(self) -> None:
        """At night red dust is told, and not told again before morning."""
        desk = Desk()
        desk.put(dust(NIGHT))
        assert kinds(desk.write(NIGHT + MINUTE)) == [FIRED]
        assert desk.write(NIGHT + 3 * HOUR) == []
        assert kinds(desk.write(NIGHT + 10 * HOUR)) == [[LetterKind.REMINDER]]

    def test_silent_device_reminds_nobody(self) -> None:
        """While its device is silent nobody is reminded of a measurement."""
        desk = Desk()
        desk.put(dust(), silent())
        assert desk.story(minutes(1, 62, 200)) == [(1, "officer", "fired")]
        desk.put(over(silent(), TUESDAY))
        assert desk.story(minutes(201)) == [(201, "officer", "reminder")]


class TestQuiet:
    """What is below red waits for working hours."""

    def test_amber_waits_for_the_morning(self) -> None:
        """Amber at ten in the evening is told at eight; red is told at once."""
        desk = Desk()
        desk.put(dust(NIGHT, Severity.AMBER))
        assert desk.write(NIGHT + HOUR) == []
        assert kinds(desk.write(NIGHT + 10 * HOUR)) == [FIRED]

    def test_late_finding_is_told_to_nobody(self) -> None:
        """A finding that came late is not told, a timely rise of the same episode is."""
        late = Rise(Severity.AMBER, TUESDAY, late=True)
        desk = Desk()
        desk.put(replace(dust(severity=Severity.AMBER), rises=(late,)))
        assert desk.write(TUESDAY + MINUTE) == []
        desk.put(replace(dust(), rises=(late, Rise(Severity.RED, TUESDAY, late=False))))
        assert kinds(desk.write(TUESDAY + MINUTE)) == [FIRED]

    def test_others_alerts_are_not_told(self) -> None:
        """Nobody is told of another team's alerts, or of what is below what they want."""
        desk = Desk()
        desk.put(replace(dust(), team=Team.PARKING), dust(severity=Severity.INFO, name="e9"))
        assert desk.write(TUESDAY + HOUR) == []


class TestAssigned:
    """Whoever an alert is assigned to is told so once, whatever they are told else."""

    def test_assignee_is_told_once_and_hears_the_end(self) -> None:
        """An assignment is told at once, also to a stranger, and again when it is made anew."""
        stranger = replace(MANAGER, name="ben", teams=frozenset({Team.PARKING}))
        desk = Desk(recipients=(stranger,))
        desk.put(replace(dust(), assigned=Assignment("ben", TUESDAY)))
        assert desk.story(minutes(0, 1, 90)) == [(0, "ben", "assigned")]
        desk.put(replace(dust(), assigned=Assignment("ben", TUESDAY + 2 * HOUR)))
        assert desk.story(minutes(120, 121)) == [(120, "ben", "assigned")]
        desk.put(over(replace(dust(), assigned=Assignment("ben", TUESDAY)), TUESDAY + 3 * HOUR))
        assert desk.story(minutes(181, 182)) == [(181, "ben", "resolved")]

    def test_what_is_another_s_or_over_is_not_told(self) -> None:
        """Nobody is told of another's alert, nor that what is over is theirs."""
        desk = Desk(recipients=(replace(MANAGER, name="ben"),))
        desk.put(replace(dust(), assigned=Assignment("ada", TUESDAY)))
        desk.put(over(replace(dust(name="e2"), assigned=Assignment("ben", TUESDAY)), TUESDAY))
        assert desk.story(minutes(1)) == []


class TestPlaces:
    """A patch has its officers, a site its hours."""

    def test_officer_of_another_patch_is_not_told(self) -> None:
        """What is in a patch goes to its officers; what is in none goes to all of the team."""
        north = replace(OFFICER, name="north", patches=frozenset({"north"}))
        south = replace(OFFICER, name="south", patches=frozenset({"south"}))
        desk = Desk(recipients=(north, south, OFFICER))
        desk.put(replace(dust(), where=replace(HOME, patch="north")))
        assert {name for _, name, _ in desk.story(minutes(1))} == {"north", "officer"}
        desk.put(replace(dust(name="e2"), where=replace(HOME, group="elsewhere")))
        assert {name for _, name, _ in desk.story(minutes(2))} == {"north", "south", "officer"}

    def test_reminders_keep_the_hours_of_the_site(self) -> None:
        """Dust at a site that works at night is told again at night, and not while it rests."""
        nightly = replace(SITE, hours=site_hours("Mon-Fri 20:00-23:00"))
        desk = Desk()
        desk.put(replace(dust(), where=nightly))
        moments = [*minutes(1, 300), NIGHT, NIGHT + 2 * HOUR]
        assert desk.story(moments) == [(1, "officer", "fired"), (720, "officer", "reminder")]


class TestSilences:
    """A silence decides who is told, and its end tells what still fires."""

    def test_end_of_a_silence_tells_what_still_fires(self) -> None:
        """What fired in a silence is told at its end; what had been told is told again."""
        desk = Desk(recipients=(OFFICER, DUTY))
        desk.put(dust())
        desk.write(TUESDAY + MINUTE)
        desk.silences.append(Silence({"rule": "E1"}, TUESDAY + 2 * MINUTE, TUESDAY + 4 * HOUR))
        desk.put(replace(dust(TUESDAY + HOUR, name="e5"), where=HOME))
        assert desk.story(minutes(30, 61, 239)) == []
        assert desk.story(minutes(240, 241, 269, 270)) == [
            (240, "officer", "fired"),
            (240, "officer", "reminder"),
            (270, "duty", "escalated"),
            (270, "duty", "escalated"),
        ]

    def test_end_in_a_silence_is_told_afterwards(self) -> None:
        """Who was told before the silence is told after it that it is over."""
        desk = Desk()
        desk.put(dust())
        desk.write(TUESDAY + MINUTE)
        desk.silences.append(Silence({"rule": "E1"}, TUESDAY + 2 * MINUTE, TUESDAY + HOUR))
        desk.put(over(dust(), TUESDAY + 20 * MINUTE))
        assert desk.story(minutes(21, 59, 60)) == [(60, "officer", "resolved")]


class TestExplained:
    """What another alert explains is not told."""

    def test_red_explains_amber(self) -> None:
        """While red dust fires at a site, its amber dust is not told; after it, it is."""
        amber = dust(severity=Severity.AMBER, name="e3", rule="E3")
        desk = Desk()
        desk.put(dust(), amber)
        assert kinds(desk.write(TUESDAY + MINUTE)) == [FIRED]
        desk.put(over(dust(), TUESDAY + 20 * MINUTE))
        assert kinds(desk.write(TUESDAY + 21 * MINUTE)) == [[LetterKind.RESOLVED, LetterKind.FIRED]]

    def test_outage_is_told_once_for_all_its_devices(self) -> None:
        """Of devices that are silent by one outage the first is told; another outage is another."""
        watcher = replace(
            OFFICER,
            teams=frozenset({Team.SERVICE}),
            severities=frozenset({Severity.MAINTENANCE}),
        )
        desk = Desk(recipients=(watcher,))
        for number in range(3):
            quiet = replace(silent(), id=f"d{number}", outage="gateway:g1")
            desk.put(replace(quiet, where=replace(SITE, group=f"outage:{number}")))
        desk.put(replace(silent(), id="d3", outage="us", where=replace(SITE, group="outage:us")))
        desk.put(replace(silent(), id="d4", where=replace(SITE, group="gateway:g2")))
        told = [item.concern.id for each in desk.write(TUESDAY + HOUR) for item in each.items]
        assert told == ["d4", "d0", "d3"]
        desk.silences = [Silence({"dev_eui": "x"}, TUESDAY, NIGHT)]
        desk.put(replace(desk.concerns["d0"], labels={"dev_eui": "x"}))
        [letter] = desk.write(TUESDAY + 2 * HOUR)
        assert [item.concern.id for item in letter.items] == ["d1"], "the first is silenced"

    def test_log_that_says_why_is_told_in_place_of_the_silence(self) -> None:
        """Unless it is silenced itself, was found too late to be told, or is another device's."""
        watcher = replace(
            OFFICER,
            teams=frozenset({Team.SERVICE}),
            severities=frozenset({Severity.MAINTENANCE}),
        )
        labels = {"dev_eui": "02c17a0000000001", "log": "UPLINK_F_CNT_RESET", "rule": "D6"}
        mute = replace(silent(), id="d6", rule="D6", labels=labels)
        late = replace(mute, rises=(replace(mute.rises[0], late=True),))
        another = replace(mute, labels={**labels, "dev_eui": "x"})
        codec = replace(mute, labels={**labels, "log": "UPLINK_CODEC"})
        hushed = [Silence({"rule": "D6"}, TUESDAY, NIGHT)]
        for log, silences, expected in (
            (mute, [], ["d6"]),
            (mute, hushed, ["d1"]),
            (late, [], ["d1"]),
            (another, [], ["d1", "d6"]),
            (codec, [], ["d1", "d6"]),
        ):
            desk = Desk(recipients=(watcher,), silences=silences)
            desk.put(silent(), log)
            written = desk.write(TUESDAY + HOUR)
            assert sorted(item.concern.id for each in written for item in each.items) == expected

    def test_dust_everywhere_is_told_once(self) -> None:
        """Of amber dust in a regional episode the first is told, and red dust always."""
        desk = Desk()
        for number in range(3):
            site = replace(SITE, group=f"site:{number}")
            amber = replace(dust(severity=Severity.AMBER, name=f"a{number}"), where=site)
            desk.put(replace(amber, outage="regional"))
        red = replace(dust(name="r"), where=replace(SITE, group="site:3"))
        desk.put(red)
        told = [item.concern.id for each in desk.write(TUESDAY + MINUTE) for item in each.items]
        assert told == ["a0", "r"]

    def test_red_explains_the_first_of_a_regional_episode(self) -> None:
        """Amber dust beside red dust of the same site is not told, regional or not."""
        desk = Desk()
        desk.put(replace(dust(severity=Severity.AMBER, name="a"), outage="regional"), dust())
        [letter] = desk.write(TUESDAY + MINUTE)
        assert [item.concern.id for item in letter.items] == ["e1"]


class TestChatter:
    """An alert that comes and goes is told once, as such."""

    def test_chatter_is_told_once_a_day(self) -> None:
        """After more than five ends in a day, one letter says so, for all its episodes."""
        desk = Desk()
        first = replace(dust(), ends=6)
        desk.put(over(first, TUESDAY), replace(first, id="e1b"))
        assert kinds(desk.write(TUESDAY + MINUTE)) == [[LetterKind.CHATTERING]]
        desk.put(over(replace(first, id="e1b"), TUESDAY), replace(first, id="e1c"))
        assert desk.write(TUESDAY + 2 * HOUR) == []
        assert kinds(desk.write(TUESDAY + 25 * HOUR)) == [[LetterKind.CHATTERING]]

    def test_end_is_told_when_it_has_rested(self) -> None:
        """Six hours after the last end, with nothing firing, those who heard of it hear its end."""
        desk = Desk()
        first = replace(dust(), ends=6, ended_at=TUESDAY - HOUR)
        desk.put(first)
        assert kinds(desk.write(TUESDAY + MINUTE)) == [[LetterKind.CHATTERING]]
        ended = replace(over(first, TUESDAY + HOUR), ends=7, ended_at=TUESDAY + HOUR)
        desk.put(ended, replace(first, id="e1b"))
        assert desk.write(TUESDAY + 8 * HOUR) == []
        desk.put(replace(over(first, TUESDAY + 2 * HOUR), id="e1b"))
        assert desk.write(TUESDAY + 6.9 * HOUR) == []
        assert kinds(desk.write(TUESDAY + 7 * HOUR)) == [[LetterKind.RESOLVED]]
        assert desk.write(TUESDAY + 9 * HOUR) == []

    def test_chatter_of_others_is_not_told(self) -> None:
        """Nobody is told of the chatter of another team's alert."""
        desk = Desk()
        desk.put(replace(dust(), ends=6, team=Team.PARKING))
        assert desk.write(TUESDAY + MINUTE) == []


@pytest.mark.parametrize(
    ("severity", "kind", "environment", "team"),
    [
        (Severity.MAINTENANCE, "room", "indoor", Team.SERVICE),
        (Severity.INFO, "bay", None, Team.PARKING),
        (Severity.RED, "room", None, Team.HOUSING),
        (Severity.RED, "position", "indoor", Team.ENVIRONMENT),
        (Severity.RED, None, "indoor", Team.HOUSING),
        (Severity.RED, None, None, Team.ENVIRONMENT),
    ],
)
def test_whose_work_it_is(
    severity: Severity, kind: str | None, environment: str | None, team: Team
) -> None:
    """The kind of place says whose work an alert is, maintenance is the service's."""
    assert team_of(severity, kind, environment) is team


class TestMoved:
    """Episodes that later data moved, or took away."""

    def test_what_never_was_is_taken_back(self) -> None:
        """Who was told of an episode that never was is told so, and anew if it comes back."""
        desk = Desk()
        desk.put(dust())
        desk.write(TUESDAY + MINUTE)
        gone = over(dust(), TUESDAY + 20 * MINUTE, EpisodeStatus.WITHDRAWN)
        desk.put(gone)
        assert kinds(desk.write(TUESDAY + 21 * MINUTE)) == [[LetterKind.WITHDRAWN]]
        assert desk.write(TUESDAY + 60 * MINUTE) == []
        desk.put(dust())
        [letter] = desk.write(TUESDAY + 61 * MINUTE)
        assert [(item.kind, item.step) for item in letter.items] == [(LetterKind.FIRED, 2)]

    def test_what_another_replaces_is_not_taken_back(self) -> None:
        """Of an episode that only moved nobody is told that it never was, or again."""
        desk = Desk()
        desk.put(dust())
        desk.write(TUESDAY + MINUTE)
        gone = over(dust(), TUESDAY + 20 * MINUTE, EpisodeStatus.WITHDRAWN)
        desk.put(replace(gone, replaced=True))
        assert desk.write(TUESDAY + 21 * MINUTE) == []


_SEVERITIES = st.sampled_from([Severity.AMBER, Severity.RED])


@given(st.lists(_SEVERITIES, max_size=3), _SEVERITIES, st.lists(_SEVERITIES, max_size=3))
def test_acknowledged_stays_so_but_for_what_is_worse(
    before: list[Severity], severity: Severity, after: list[Severity]
) -> None:
    """What is acknowledged at a severity stays so at it and below, whatever is done later."""
    acknowledged = [*before, severity, *after]
    assert is_acknowledged(acknowledged, severity)
    assert is_acknowledged(acknowledged, Severity.AMBER)
    red = is_acknowledged(acknowledged, Severity.RED)
    event(f"red acknowledged: {red}")
    assert red is (Severity.RED in acknowledged)


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Concern], list[Silence]]:
    """Draw episodes of one site, some silenced, some over, some acknowledged."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        at = TUESDAY + draw(st.integers(0, 90)) * MINUTE
        concern = dust(at, draw(_SEVERITIES), name=f"e{number}", rule=f"E{number % 2}")
        concern = replace(concern, acknowledged=tuple(draw(st.lists(_SEVERITIES, max_size=2))))
        if draw(st.booleans()):
            concern = over(concern, at + draw(st.integers(1, 200)) * MINUTE)
        found.append(concern)
    starts = TUESDAY + draw(st.integers(0, 60)) * MINUTE
    silence = Silence({"rule": "E0"}, starts, starts + draw(st.integers(1, 120)) * MINUTE)
    return found, draw(st.sampled_from([[], [silence]]))


def _alive(concern: Concern, now: datetime) -> Concern | None:
    """Give the episode as it was known at a moment."""
    if now < concern.fired_at:
        return None
    if concern.over_at and now < concern.over_at:
        return replace(concern, status=EpisodeStatus.FIRING, over_at=None)
    return concern


@given(_worlds(), st.randoms(use_true_random=False))
def test_order_of_facts_changes_no_letter(
    drawn: tuple[list[Concern], list[Silence]], chance: object
) -> None:
    """The same facts in any order make the same letters at every moment, no key twice."""
    concerns, silences = drawn
    mixed = list(concerns)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a Random
    people = (OFFICER, DUTY, MANAGER)
    one, other = (
        Desk(silences=silences, recipients=people),
        Desk(silences=silences[::-1], recipients=people),
    )
    for number in range(0, 400, 7):
        now = TUESDAY + number * MINUTE
        for desk, order in ((one, concerns), (other, mixed)):
            desk.put(*(alive for each in order if (alive := _alive(each, now))))
            desk.write(now)
    assert one.said == other.said
    keys = [(said.episode, said.kind, said.step, said.recipient) for said in one.said]
    event(f"{min(len(keys), 10)} notices or more")
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("seconds", [20, 60, 300])
def test_how_often_we_look_changes_no_first_letter(seconds: int) -> None:
    """Whoever looks more often tells the same, only sooner."""
    desk = Desk(recipients=(OFFICER, DUTY, MANAGER))
    desk.put(dust())
    count = 3 * 3600 // seconds
    story = desk.story(TUESDAY + number * timedelta(seconds=seconds) for number in range(count))
    assert [told[1:] for told in story] == [
        ("officer", "fired"),
        ("duty", "escalated"),
        ("officer", "reminder"),
        ("manager", "escalated"),
        ("officer", "reminder"),
    ]
