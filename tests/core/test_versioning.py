"""Whether a look shows a new version: history and extract in, decision out."""

from dataclasses import replace

import pytest

from articles.core.fingerprint import digest, text_digest
from articles.core.types import Extract, History, KnownVersion, Paragraph, ParagraphKind, Verdict
from articles.core.versioning import SETTLE_LOOKS, decide

FIRE = (
    "Harbour warehouse fire forces two hundred people from their homes",
    "A fire at a warehouse in the harbour district forced about 200 residents from their homes on Tuesday night.",
    "Firefighters were called to Canal Street shortly after ten, when neighbours reported an explosion.",
    "Fire chief Miriam Osei said that nobody had been hurt, but warned that the building might collapse.",
    "Families were taken to a sports hall, where volunteers handed out blankets and hot drinks.",
    "The cause is unknown. Investigators from the regional office are expected on Wednesday morning.",
    "The warehouse, built in 1931, stored paint and solvents for the shipyard across the water.",
)
COUNCIL = (
    "Council approves tram line to the university after nine years of debate",
    "Councillors voted by 31 to 24 on Monday to build a tram line between the station and the university.",
    "The line will cost 148 million euros, two thirds of which the national government has promised to pay.",
    "Opponents said that buses would have served the hillside suburbs better and sooner.",
    "Building is to begin in spring, and mayor Tomas Lindqvist hopes that passengers can board in 2031.",
    "Shopkeepers along the avenue have asked for compensation while the road is dug up.",
)


def article(title: str, *texts: str, **more: str) -> Extract:
    return Extract(title, tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts), **more)


def known(*extracts: Extract, **more: object) -> History:
    """A history in which these texts were accepted, one after the other."""
    versions: list[KnownVersion] = []
    for number, extract in enumerate(extracts, 1):
        mark = digest(extract)
        first = next((version.number for version in versions if version.digest == mark), None)
        versions.append(KnownVersion(number, mark, first))
    return replace(
        History(tuple(versions), extracts[-1], text_digest(extracts[-1])),
        **more,  # type: ignore[arg-type]
    )


FIRST = article(*FIRE)
SECOND = article(
    FIRE[0], *FIRE[1:-1], "The warehouse, built in 1931, had stood empty since the shipyard closed."
)
THIRD = article(FIRE[0], *FIRE[1:], "On Wednesday police said that they had arrested a man of 43.")


# --- the ordinary course ---------------------------------------------------------------------------
def test_the_first_look_at_an_article_is_its_first_version():
    assert decide(History(), FIRST).verdict is Verdict.NEW


def test_the_same_words_again_are_no_version():
    assert decide(known(FIRST), FIRST).verdict is Verdict.SAME


def test_other_words_are_a_version():
    assert decide(known(FIRST), SECOND).verdict is Verdict.NEW


def test_other_quotation_marks_are_cosmetic_and_only_once():
    dashed = article(FIRE[0], *(text.replace("'", "’").replace(", ", " , ") for text in FIRE[1:]))
    assert digest(dashed) == digest(FIRST)
    assert decide(known(FIRST), dashed).verdict is Verdict.COSMETIC
    assert decide(replace(known(FIRST), seen_text=text_digest(dashed)), dashed).verdict is Verdict.SAME


def test_without_an_exact_digest_on_record_nothing_is_called_cosmetic():
    assert decide(replace(known(FIRST), seen_text=""), FIRST).verdict is Verdict.SAME


# --- returns and flapping --------------------------------------------------------------------------
def test_an_earlier_text_is_a_revert_to_the_version_that_had_it_first():
    decision = decide(known(FIRST, SECOND, THIRD), FIRST)
    assert (decision.verdict, decision.same_as) == (Verdict.REVERT, 1)


def test_one_return_is_not_flapping_yet():
    decision = decide(known(FIRST, SECOND, FIRST), SECOND)
    assert (decision.verdict, decision.same_as) == (Verdict.REVERT, 2)


def test_after_two_returns_a_known_text_makes_no_version():
    decision = decide(known(FIRST, SECOND, FIRST, SECOND), FIRST)
    assert (decision.verdict, decision.same_as) == (Verdict.FLAPPING, 1)


def test_after_two_returns_an_unknown_text_is_still_a_version():
    assert decide(known(FIRST, SECOND, FIRST, SECOND), THIRD).verdict is Verdict.NEW


def test_a_flapping_article_settles_on_a_text_seen_often_enough_in_a_row():
    history = known(FIRST, SECOND, FIRST, SECOND)
    verdicts = []
    for looks in range(SETTLE_LOOKS):
        verdicts.append(decide(replace(history, variant=digest(FIRST), variant_looks=looks), FIRST).verdict)
    assert verdicts == [Verdict.FLAPPING] * (SETTLE_LOOKS - 1) + [Verdict.REVERT]


def test_looks_at_another_variant_do_not_count():
    history = known(FIRST, SECOND, THIRD, FIRST, SECOND)
    decision = decide(replace(history, variant=digest(THIRD), variant_looks=SETTLE_LOOKS), FIRST)
    assert (decision.verdict, decision.same_as) == (Verdict.FLAPPING, 1)


def test_an_article_that_flaps_a_thousand_times_gets_four_versions():
    history = known(FIRST)
    accepted = [FIRST]
    for look in range(1_000):
        seen = (SECOND, FIRST)[look % 2]
        decision = decide(history, seen)
        if decision.verdict in (Verdict.NEW, Verdict.REVERT):
            accepted.append(seen)
            history = known(*accepted)
        elif decision.verdict is Verdict.FLAPPING:
            again = history.variant == digest(seen)
            history = replace(
                history, variant=digest(seen), variant_looks=history.variant_looks + 1 if again else 1
            )
        else:
            history = replace(history, variant="", variant_looks=0)
    assert len(accepted) == 4


# --- suspects that a second look settles ---------------------------------------------------------------
def test_a_text_that_shrank_is_accepted_when_seen_again():
    short = article(FIRE[0], FIRE[3])
    first = decide(known(FIRST), short)
    assert first.verdict is Verdict.SUSPECT
    assert first.reason.startswith("shrunk:")
    again = known(FIRST, pending=digest(short), pending_looks=1, pending_reason=first.reason)
    assert decide(again, short).verdict is Verdict.NEW


def test_a_second_look_with_yet_another_text_does_not_confirm_the_first():
    pending = known(
        FIRST, pending=digest(article(FIRE[0], FIRE[1])), pending_looks=1, pending_reason="shrunk: …"
    )
    assert decide(pending, article(FIRE[0], FIRE[2])).verdict is Verdict.SUSPECT


def test_an_unrelated_text_is_called_a_reused_address_at_the_second_look():
    other = article(*COUNCIL)
    first = decide(known(FIRST), other)
    assert first.verdict is Verdict.SUSPECT
    assert not first.reason.startswith("reused:")
    second = decide(known(FIRST, pending=digest(other), pending_looks=1, pending_reason=first.reason), other)
    assert second.verdict is Verdict.SUSPECT
    assert second.reason.startswith("reused:")


def test_a_short_unrelated_text_never_marks_the_address_as_reused():
    strange = article(
        "Example Courier", "Our presses are resting. Kindly come by on another day, dear visitors."
    )
    history = known(FIRST, pending=digest(strange), pending_looks=9)
    decision = decide(history, strange)
    assert decision.verdict is Verdict.SUSPECT
    assert not decision.reason.startswith("reused:")


# --- texts that other articles show too ------------------------------------------------------------
@pytest.mark.parametrize(
    ("siblings", "extract"), [(1, article("Notice", *FIRE[2:5])), (2, article(*COUNCIL * 3)), (50, FIRST)]
)
def test_a_text_shared_with_other_articles_is_suspect_however_often_seen(siblings, extract):
    first_look = decide(History(siblings=siblings), extract)
    assert first_look.verdict is Verdict.SUSPECT
    assert "other article" in first_look.reason
    stubborn = known(SECOND, pending=digest(extract), pending_looks=99, siblings=siblings)
    assert decide(stubborn, extract).verdict is Verdict.SUSPECT


def test_one_text_may_stand_at_many_addresses_under_the_headline_its_feed_gave():
    text = article(*FIRE, *COUNCIL, *FIRE)
    assert decide(History(siblings=9, expected_title=text.title), text).verdict is Verdict.NEW
    assert decide(History(siblings=9, expected_title="Ferry fares to rise"), text).verdict is Verdict.SUSPECT


def test_a_long_text_may_stand_at_two_addresses():
    assert decide(History(siblings=1), article(*FIRE, *COUNCIL, *FIRE)).verdict is Verdict.NEW


# --- walls, errors, stubs ------------------------------------------------------------------------------
WALLS = [
    ("Page not found", "Sorry, the page you were looking for could not be found. It may have been moved or deleted."),
    ("404", "We can't find that page. Try the search or go back to the homepage."),
    ("Oops!", "That page doesn't exist any more. Check the address and try again."),
    ("Error 500", "Sorry, something went wrong with this page. Please try again later."),
    ("503 Service Unavailable", "The server is temporarily unable to service your request due to maintenance."),
    ("Bad gateway", "Error code 502. The web server reported a bad gateway error. Ray ID: 7d3f0a."),
    ("Example Courier", "An unexpected error has occurred. Please reload the page or come back in a few minutes."),
    ("We'll be right back", "Our site is undergoing scheduled maintenance. Thank you for your patience."),
    ("Gateway time-out", "The gateway did not receive a timely response from the upstream server."),
    ("Too many requests", "You have sent too many requests in a short time. Slow down, please."),
    ("Seite nicht gefunden", "Die gewünschte Seite wurde leider nicht gefunden. Zurück zur Startseite."),
    ("Fehler", "Der Artikel ist nicht mehr verfügbar. Bitte versuchen Sie es später noch einmal."),
    ("Page introuvable", "La page que vous cherchez n'existe plus ou a changé d'adresse."),
    ("Página no encontrada", "Lo sentimos, la página que busca no existe."),
    ("Pagina non trovata", "La pagina richiesta non esiste. Riprova più tardi."),
    ("Страница не найдена", "Запрошенная страница не найдена. Вернитесь на главную."),
    ("页面不存在", "抱歉，您访问的页面不存在。"),
    ("Are you a robot?", "To continue, please click the box below to let us know you're not a robot."),
    ("Please verify you are a human", "Access to this page has been denied because we believe you are using automation tools."),
    ("Just a moment...", "Checking your browser before accessing the site. This process is automatic."),
    ("example.org", "Verifying you are human. This may take a few seconds. example.org needs to review the security of your connection."),
    ("Attention Required!", "Sorry, you have been blocked. You are unable to access example.org."),
    ("Pardon Our Interruption", "Something about your browser made us think you were a bot. Please enable cookies."),
    ("Example Courier", "We have detected unusual activity from your computer network. Please complete the captcha."),
    ("Access denied", "You don't have permission to access this resource on this server."),
    ("Example Courier", "Please enable JavaScript to view this site."),
    ("Example Courier", "Please disable your ad blocker, or whitelist us, to go on to our site."),
    ("Zugriff verweigert", "Bitte bestätigen Sie, dass Sie kein Roboter sind."),
    (FIRE[0], FIRE[1] + " Subscribe to continue reading. Already a subscriber? Log in."),
    (FIRE[0], "This article is for subscribers only. Start your free trial and cancel anytime."),
    (FIRE[0], FIRE[1] + " You have reached your limit of free articles this month."),
    (FIRE[0], FIRE[1] + " Um weiterzulesen, wählen Sie ein Abo. Bereits Abonnent? Jetzt anmelden."),
    (FIRE[0], "Cet article est réservé aux abonnés. Il vous reste 85 % de cet article à lire."),
    (FIRE[0], "Para seguir leyendo, hazte suscriptor. ¿Ya eres suscriptor?"),
    ("Sign in", "Email address. Password. Forgot your password? Create an account."),
    ("Log in to Example Courier", "Please sign in to go on. Remember me on this computer."),
    ("Before you continue", "We and our partners use cookies to store information on your device. Accept all or manage settings."),
    (
        "We value your privacy",
        "We and our 812 partners store and access personal data, such as browsing data, on your device. You may withdraw "
        "your consent at any time. Some partners rely on legitimate interests. Accept all cookies or manage preferences.",
    ),
    ("Wir brauchen Ihre Zustimmung", "Wir und unsere Partner verwenden auf dieser Seite Cookies. Alle akzeptieren."),
    ("Unavailable", "This content is not available in your region for legal reasons (error 451)."),
    ("Age verification", "Please confirm that you are over 18 years of age to enter."),
    ("Redirecting", "You are being redirected. Click here if you are not redirected within five seconds."),
    ("Loading", "Loading…"),
    ("example.org", "This domain example.org is for sale."),
    ("", "Not available."),
]  # fmt: skip


@pytest.mark.parametrize(("title", "text"), WALLS)
def test_a_wall_or_an_error_never_becomes_a_version(title, text):
    wall = article(title, text)
    assert decide(History(), wall).verdict is Verdict.SUSPECT
    history = known(FIRST)
    for looks in range(4):
        decision = decide(history, wall)
        assert decision.verdict is Verdict.SUSPECT
        assert decision.reason
        assert not decision.reason.startswith("reused:")
        history = replace(
            history, pending=digest(wall), pending_looks=looks + 1, pending_reason=decision.reason
        )


# --- real edits, however large -----------------------------------------------------------------------------
LONG = [f"{text} {extra}" for text, extra in zip(FIRE[1:], COUNCIL[1:] + COUNCIL[1:], strict=False)]
STUB = article(FIRE[0], "A fire has broken out at a warehouse in the harbour district. More follows.")
EDITS = {
    "a stub grows into an article": (STUB, FIRST),
    "one word": (FIRST, article(FIRE[0], FIRE[1].replace("200", "210"), *FIRE[2:])),
    "a negation": (FIRST, article(FIRE[0], *FIRE[1:3], FIRE[3].replace("nobody", "somebody"), *FIRE[4:])),
    "a new headline only": (FIRST, article("Hundreds flee as chemicals burn at the docks", *FIRE[1:])),
    "a new headline and a new lead": (FIRST, article("Arson suspected in dock blaze", THIRD.texts[-1], *FIRE[2:])),
    "every paragraph but one replaced": (FIRST, article(FIRE[0], FIRE[3], *COUNCIL[1:])),
    "half of it removed": (FIRST, article(FIRE[0], *FIRE[1:4])),
    "tripled": (FIRST, article(FIRE[0], *FIRE[1:], *COUNCIL[1:], *LONG)),
    "order reversed": (FIRST, article(FIRE[0], *reversed(FIRE[1:]))),
    "rewritten in other words under the same headline": (
        FIRST,
        article(FIRE[0], *COUNCIL[1:4], "Smoke could be seen for miles.", "Schools stay shut until Friday."),
    ),
    "rewritten with another headline on the same matter": (
        FIRST,
        article(
            "Man, 43, held over harbour blaze",
            "Police have arrested a man after the fire that gutted a harbour warehouse and drove 200 residents out.",
            "The suspect, a former shipyard worker, was seen running from Canal Street before the explosion.",
            "Investigators found traces of solvents. Miriam Osei, the fire chief, praised neighbours who raised the alarm.",
        ),
    ),
    "a correction note added": (FIRST, article(*FIRE, "Correction: an earlier version gave the wrong street.")),
    "withdrawn": (
        FIRST,
        article("Article withdrawn", "This article has been removed following a complaint. We apologise to the Osei family."),
    ),
    "withdrawn under its headline": (FIRST, article(FIRE[0], "This story was taken down on legal advice.")),
    "retracted": (FIRST, article("Retraction", "Our report on the harbour fire was wrong and has been retracted.")),
    "about a paywall": (
        FIRST,
        article(FIRE[0], *FIRE[1:4], "The paper's website asked readers to subscribe to continue reading about the fire.", *FIRE[4:]),
    ),
    "about an error page": (
        FIRST,
        article(FIRE[0], *FIRE[1:], "The city's website answered with 'service unavailable, please try again later'."),
    ),
    "a short text gains a mention of robots": (
        article("Robots join the fire brigade", *FIRE[2:4]),
        article("Robots join the fire brigade", *FIRE[2:4], "Asked whether it is a robot, the machine says: I am not a robot."),
    ),
    "a prompt to subscribe under an unchanged short text": (
        article(FIRE[0], *FIRE[1:3]),
        article(FIRE[0], *FIRE[1:3], "One person was hurt.", "Already a subscriber? Log in to comment."),
    ),
    "a live page loses its oldest entries": (
        article(FIRE[0], *FIRE[1:], *COUNCIL[1:], *LONG),
        article(FIRE[0], *LONG),
    ),
    "only a caption left out": (THIRD, FIRST),
    "a standfirst added": (FIRST, replace(FIRST, standfirst="Paint and solvents burned until the morning")),
    "a byline changed": (replace(FIRST, byline="Ana Ruiz"), replace(FIRST, byline="Ana Ruiz and Ole Berg")),
    "translated names": (FIRST, article(FIRE[0].replace("Harbour", "Hafen"), *FIRE[1:])),
    "a Chinese text partly rewritten": (
        article("港口仓库发生火灾", "星期二晚上，港口地区一座仓库发生火灾，约二百名居民被迫离开家园。", "消防局局长表示没有人员受伤，但警告建筑可能倒塌。"),
        article("港口仓库大火已被扑灭", "港口地区一座仓库的火灾星期三早上被扑灭，约二百名居民可以返回家园。", "警方逮捕了一名四十三岁男子，火灾原因仍在调查。"),
    ),
    "an Arabic text rewritten": (
        article("حريق في مستودع بالميناء", "اندلع حريق كبير في مستودع بمنطقة الميناء مساء الثلاثاء وأجبر السكان على المغادرة."),
        article("توقيف رجل بعد حريق المستودع", "أعلنت الشرطة توقيف رجل بعد حريق كبير في مستودع بمنطقة الميناء أجبر السكان على المغادرة."),
    ),
    "a list grown long": (FIRST, article(FIRE[0], *FIRE[1:], *(f"Street number {n} was evacuated." for n in range(60)))),
    "figures corrected throughout": (FIRST, article(FIRE[0], *(text.replace("1", "7") for text in FIRE[1:]))),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_real_edit_becomes_a_version_at_the_second_look_at_the_latest(name):
    before, after = EDITS[name]
    history = known(before)
    decision = decide(history, after)
    if decision.verdict is Verdict.SUSPECT:
        assert decision.reason.startswith(("shrunk:", "cut:")), decision.reason
        history = replace(history, pending=digest(after), pending_looks=1, pending_reason=decision.reason)
        decision = decide(history, after)
    assert decision.verdict is Verdict.NEW, decision.reason


@pytest.mark.parametrize(
    ("title", "texts"),
    [
        (
            "Robots take over the harbour",
            ["A port authority spokesman said robots would unload ships from next year."],
        ),
        (
            "Paywalls are back",
            ["Publishers see subscriptions rise as readers return, a study of 40 newspapers has found."],
        ),
        (
            "Breaking: explosion at the docks",
            ["Emergency services are at the scene. More details to follow shortly."],
        ),
        (
            "Court blocks access to the beach",
            ["A judge has denied walkers access to the beach until the appeal is heard."],
        ),
        (
            "503 people homeless after flood",
            ["Officials said that 503 people had lost their homes and 404 their jobs."],
        ),
    ],
)
def test_a_short_article_about_such_things_is_an_article(title, texts):
    assert decide(History(), article(title, *texts)).verdict is Verdict.NEW
