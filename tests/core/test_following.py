"""When followers are told, how a flood is held, and signatures: values in, values out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core.following import (
    FLOOD_SPAN,
    SINGLE_MOST,
    TOLERANCE,
    Cadence,
    Signature,
    bundled,
    masked,
    next_digest,
    retry_after,
)

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
MOMENTS = st.integers(1_767_225_600, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("cadence", "after", "due"),
    [
        (Cadence.DAILY, MONDAY, MONDAY + timedelta(hours=6)),
        (Cadence.DAILY, MONDAY + timedelta(hours=6), MONDAY + timedelta(days=1, hours=6)),
        (Cadence.WEEKLY, MONDAY + timedelta(hours=5, minutes=59), MONDAY + timedelta(hours=6)),
        (Cadence.WEEKLY, MONDAY + timedelta(hours=6), MONDAY + timedelta(days=7, hours=6)),
        (Cadence.WEEKLY, MONDAY + timedelta(days=3), MONDAY + timedelta(days=7, hours=6)),
        (Cadence.INSTANT, MONDAY, None),
    ],
)
def test_digests_come_at_their_hour(cadence, after, due):
    assert next_digest(cadence, after, 6) == due


@given(MOMENTS, st.integers(0, 23))
def test_a_week_holds_seven_daily_digests_and_one_weekly(after, hour):
    daily, at = [], after
    while (at := next_digest(Cadence.DAILY, at, hour)) <= after + timedelta(days=7):
        daily.append(at)
    weekly = next_digest(Cadence.WEEKLY, after, hour)
    assert len(daily) == 7
    assert weekly in daily
    assert weekly.weekday() == 0


def test_a_few_changes_are_told_one_by_one_and_a_flood_in_one_message():
    few, many = list(range(SINGLE_MOST)), list(range(SINGLE_MOST + 1))
    assert bundled(few, 0, None) == (few, [])
    assert bundled(many, 0, None) == ([], many)
    # however it comes: what was told one by one within the hour counts
    assert bundled([1], SINGLE_MOST - 1, None) == ([1], [])
    assert bundled([1], SINGLE_MOST, None) == ([], [1])
    # and then a message an hour
    assert bundled([1], 0, FLOOD_SPAN - timedelta(seconds=1)) == ([], [])
    assert bundled([1], 0, FLOOD_SPAN) == ([1], [])
    assert bundled([], SINGLE_MOST, FLOOD_SPAN) == ([], [])


@given(st.lists(st.integers(), unique=True), st.integers(0, 50), st.none() | st.timedeltas(timedelta(0)))
def test_bundling_tells_everything_once_or_nothing_yet(waiting, singles, since):
    each, together = bundled(waiting, singles, since)
    assert each + together in ([], waiting)
    assert not each or singles + len(each) <= SINGLE_MOST


def test_waits_grow_up_to_four_hours():
    assert [retry_after(n).total_seconds() for n in (0, 1, 2, 3)] == [30, 30, 60, 120]
    assert retry_after(100) == timedelta(hours=4)


# --- signatures ------------------------------------------------------------------------------------
@given(st.text(min_size=1), st.binary(), MOMENTS)
def test_a_signature_is_of_its_body_secret_and_moment_alone(secret, body, at):
    signature = Signature(secret)
    header = signature.of(body, at)
    assert signature.is_of(header, body, at)
    assert not signature.is_of(header, body + b" ", at)
    assert not Signature(secret + "x").is_of(header, body, at)
    assert not signature.is_of(header, body, at + TOLERANCE + timedelta(seconds=1))
    seconds = int(at.timestamp())
    later = header.replace(f"t={seconds}", f"t={seconds + 1}")
    assert not signature.is_of(later, body, at)  # a message that was caught cannot be sent again later


@given(st.text())
def test_no_other_text_is_a_signature(header):
    assert not Signature("s").is_of(header, b"body", MONDAY)


def test_the_signature_is_what_receivers_are_told_to_compute():
    """By RFC 2104 with another implementation's result: printf '1793577600.{}' | openssl dgst -sha256 -hmac key"""
    at = datetime.fromtimestamp(1793577600, UTC)
    made = "83fa6f831341bea4c782985cfc6b8a698f307afcac7fb8e19704a2711b39a206"
    assert Signature("key").of(b"{}", at) == f"t=1793577600,v1={made}"


def test_an_address_is_masked():
    assert masked("vera.lindqvist@example.org") == "v•••@example.org"
