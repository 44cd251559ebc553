"""Pages that are not the article, and large edits that are: whole pages, read and judged over several looks."""

from dataclasses import replace

import pytest

from articles.core.extraction import ExtractionError, extract
from articles.core.fingerprint import digest, text_digest
from articles.core.types import Extract, History, KnownVersion, Verdict
from articles.core.versioning import CUT, SETTLE_LOOKS, decide

ADDRESS = "https://www.courier.example/news/bridge-4711"
TITLE = "Old bridge at Marsh End to close for a year"
PARAGRAPHS = (
    "The old bridge at Marsh End will close to cars for a year from September, the county council decided on Monday.",
    "Engineers found cracks in two of its piers after the January flood, which carried away part of the river bed.",
    "Repairs will cost 3.2 million pounds. Councillor Henrietta Bloom called the sum painful but without alternative.",
    "Bus route 14 is to run by way of Gannet Lane, which adds about twelve minutes to the journey into town.",
    "Shopkeepers in Tanner Street fear for their summer trade and have asked the county for lower rates.",
    "Cyclists and walkers may go on using the eastern footway while the work lasts.",
    "The bridge was built in 1784 by the stonemason Josiah Penn and has been listed since 1952.",
    "A hearing for residents is planned at the school hall on the second Thursday of May.",
)
OTHERS = (
    "Seven hurt as ferry strikes pier",
    "Choir marks a century of songs",
    "Bakery wins prize for rye loaf",
    "Power cut leaves 900 homes dark",
    "Library petition passes 4,000 names",
)


def html(title: str, main: str, *, window: str = "", lang: str = "en") -> str:
    """A page in the dress of a news site: masthead, navigation, footer."""
    return (
        f'<!doctype html><html lang="{lang}"><head><title>{window or title}</title></head><body>'
        '<header><a class="logo" href="/">Courier</a><nav><a href="/n">News</a> <a href="/s">Sport</a></nav></header>'
        f"<main>{f'<h1>{title}</h1>' if title else ''}{main}</main><footer><a href='/about'>About</a></footer></body></html>"
    )


def page(*paragraphs: str, title: str = TITLE, lang: str = "en") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return html(title, f"<article>{body}</article>", window=f"{title} | Courier", lang=lang)


def door(title: str, *paragraphs: str, lang: str = "en") -> str:
    """A page that is no article, under a headline of its own."""
    return html(title, "".join(f"<p>{text}</p>" for text in paragraphs), lang=lang)


def teasers(heading: str, dated: bool) -> str:
    rows = "".join(
        f"<div><h3><a href='/n/{n}'>{text}</a></h3><p>{'By Ana Ruiz' if dated else text + ', our reporter learned'}</p>"
        f"<p>{n + 3} March 2026</p></div>"
        for n, text in enumerate(OTHERS)
    )
    return html(heading, rows)


class Looks:
    """An article as several looks leave it; what storing keeps between two of them."""

    def __init__(self, expected: str = "", others: tuple[str, ...] = ()) -> None:
        self.history = History(expected_title=expected, headlines=frozenset(others))
        self.reasons: list[str] = []

    @property
    def count(self) -> int:
        return len(self.history.versions)

    def see(self, body: str) -> Verdict | None:
        try:
            seen = extract(body.encode(), ADDRESS, "utf-8")
        except ExtractionError:
            return None
        decision = decide(self.history, seen)
        if decision.verdict in (Verdict.NEW, Verdict.REVERT):
            self.accept(seen)
        elif decision.verdict is Verdict.SUSPECT:
            self.reasons.append(decision.reason)
            again = self.history.pending == digest(seen)
            self.history = replace(
                self.history,
                pending=digest(seen),
                pending_looks=self.history.pending_looks + 1 if again else 1,
                pending_reason=decision.reason,
            )
        return decision.verdict

    def accept(self, seen: Extract) -> None:
        version = KnownVersion(self.count + 1, digest(seen))
        self.history = replace(
            self.history,
            versions=(*self.history.versions, version),
            last=seen,
            seen_text=text_digest(seen),
            expected_title=seen.title,
            pending="",
            pending_looks=0,
        )


# --- what never becomes a version, known or not; {} is written anew at every look --------------------------
WALLS = {
    "a challenge with a ray": door("courier.example", "Verifying you are human. This may take a few seconds.", "Ray ID: {}"),
    "a blocked address": door("Sorry, you have been blocked", "This website is using a security service to protect itself from online attacks. "
        "Include what you were doing when this page came up and the ID {} found at the bottom of this page."),
    "a slider": door("One more step", "Slide right to secure your access. Something about your browser has caught our attention. ID: {}"),
    "a proof of work": door("Making sure you're not a bot!", "Loading…", "You are seeing this because the administrator of this website has set up "
        "a shield against scraping.", "Please note that it needs the JavaScript features that some plugins disable."),
    "a request refused": door("Request Rejected", "The requested URL was rejected. Please consult with your administrator. Your support ID is: {}"),
    "a distribution network": door("403 ERROR", "The request could not be satisfied. Request blocked. We can't connect to the server for this app or "
        "website at this time. Try again later, or contact the app or website owner.", "Request ID: {}"),
    "a rate limit": door("Slow down", "You are sending requests faster than we allow. Wait {} seconds and reload."),
    "a queue": door("You are now in line", "When it is your turn you will have ten minutes to enter this site. Users ahead of you: {}"),
    "a shell that wants scripts": page("It looks like your browser has JavaScript turned off. Please switch it on to see this page properly."),
    "a body that did not load": page("We couldn't load this story. Pull down to refresh."),
    "a body that did not load, in French": page("Une erreur est survenue lors du chargement. Réessayez dans quelques instants."),
    "a database gone": door("Courier", "Fatal error: Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /srv/www/Db.php:42"),
    "a critical error": door("WordPress › Error", "There has been a critical error on this website."),
    "a server's first page": door("Welcome to nginx!", "If you see this page, the nginx web server is successfully installed and working. "
        "Further configuration is required."),
    "repairs": door("Back in a bit", "We are giving the site a tune-up and expect to be finished by {}am."),
    "repairs in Russian": door("Сайт временно недоступен", "На сайте ведутся технические работы. Приносим извинения за неудобства.", lang="ru"),
    "lost at sea": door("Lost at sea", "This page has slipped its moorings. Head back to the front page, or search for what you came for."),
    "lost, with stories to read": html("Well, this is awkward", "<p>The page at this address does not exist. Check that you typed it correctly. "
        "If you followed a link from our own site, please tell us.</p>" + "".join(f"<h3><a href='/'>{t}</a></h3><p>{t}: our reporter on what happened "
        "there on Monday, what it has cost and what the people of the town expect of it now that the season begins.</p>" for t in OTHERS)),
    "lost in German": door("Hoppla, hier ist nichts", "Die aufgerufene Adresse führt leider ins Leere. Vielleicht wurde der Beitrag gelöscht.", lang="de"),
    "lost in French": door("Oups !", "Nous n'avons pas trouvé ce que vous cherchez. Le lien est peut-être rompu.", lang="fr"),
    "lost in Spanish": door("¡Vaya!", "No hemos podido encontrar lo que buscas. Es posible que el contenido ya no esté disponible.", lang="es"),
    "lost in Portuguese": door("Nada por aqui", "A matéria que você procura foi retirada do ar. Volte para a página inicial.", lang="pt"),
    "lost in Polish": door("Ups!", "Strona, której szukasz, została usunięta lub przeniesiona. Wróć na stronę główną.", lang="pl"),
    "lost in Czech": door("Jejda", "Požadovaná stránka neexistuje. Zkuste to prosím z úvodní stránky.", lang="cs"),
    "lost in Ukrainian": door("Ой", "Сторінку, яку ви шукаєте, видалено. Поверніться на головну.", lang="uk"),
    "lost in Turkish": door("Üzgünüz", "Ulaşmak istediğiniz içerik kaldırılmış olabilir. Lütfen ana sayfaya dönün.", lang="tr"),
    "lost in Indonesian": door("Waduh", "Maaf, halaman yang Anda cari sudah dihapus. Silakan kembali ke beranda.", lang="id"),
    "lost in Arabic": door("عذرا", "الصفحة التي تبحث عنها غير موجودة. يمكنك العودة إلى الصفحة الرئيسية.", lang="ar"),
    "lost in Hindi": door("क्षमा करें", "आप जिस पेज को खोज रहे हैं वह उपलब्ध नहीं है। कृपया होम पेज पर जाएं।", lang="hi"),
    "lost in Chinese": door("很抱歉", "您要查看的内容可能已被删除，请返回首页或稍后重试。", lang="zh"),
    "lost in Japanese": door("エラー", "アクセスしようとしたページは削除されたか、URLが変更されている可能性があります。", lang="ja"),
    "lost in Korean": door("오류", "요청하신 페이지를 찾을 수 없습니다. 홈으로 이동해 주세요.", lang="ko"),
    "a paywall in words of its own": page(*PARAGRAPHS[:1], "Keep reading for £1 a month", "Already with us? Log in."),
    "a paywall after three paragraphs": page(*PARAGRAPHS[:3], "This story continues for members.", "Choose a plan from £3.99. Members can sign in here."),
    "a paywall in Japanese": page(PARAGRAPHS[0], "この続きは有料会員の方のみご覧いただけます。", "すでに会員の方はログインしてください。"),
    "a paywall in Polish": page(PARAGRAPHS[0], "Pozostało jeszcze 85% treści", "Wykup dostęp i czytaj bez ograniczeń. Masz już konto? Zaloguj się."),
    "nothing but the paywall": page("You need a subscription to see the whole of this story.", "Plans start at £2 a week. Stop whenever you like."),
    "a quota": page(PARAGRAPHS[0], "That was your last one!", "You've read 3 of 3 free articles this month."),
    "a registration": page(PARAGRAPHS[0], "Create a free profile to read on.", "By registering you agree to our terms of use and our privacy notice."),
    "a login": door("Welcome back", "Keep me signed in. Forgotten your details? Reset them. New here? Make an account."),
    "a code by mail": door("Check your inbox", "We have sent a six-digit code to your email. Enter it below to keep reading."),
    "an age gate": door("Courier", "To enter this site you must be of legal drinking age. Please enter your date of birth."),
    "a border": door("Dear reader", "Our website is currently unavailable in most European countries. We continue to look for ways to serve you there."),
    "a cookie wall": door("Courier", "When you visit any website, it may store or retrieve information on your browser, mostly in the form of cookies. "
        "These cookies are necessary for the website to function. Confirm my choices."),
    "pay or consent, in German": door("Willkommen", "Besuchen Sie unsere Seiten wie gewohnt mit Werbung und Tracking. Zustimmung jederzeit widerrufbar.",
        "Oder lesen Sie werbefrei für 4,99 Euro im Monat. Bereits Leser? Hier anmelden.", lang="de"),
    "a consent wall in French": door("Le Courrier", "Avec votre accord, nos 812 partenaires et nous utilisons des traceurs. Vous pouvez retirer votre "
        "accord à tout moment.", lang="fr"),
    "the app": door("Courier", "Read this story in the app. It opens faster and saves your place.", "Continue in browser"),
    "a newsletter": door("Your morning, sorted", "Sign up to our daily email.", "No thanks, take me to the story"),
    "a domain for sale": door("courier.example", "The domain courier.example is parked free. Interested in this name?", "Related searches"),
    "a section": teasers("Business", dated=True),
    "a front page": teasers("Today in town", dated=False),
}  # fmt: skip


@pytest.mark.parametrize("name", WALLS)
def test_a_page_that_is_not_the_article_is_no_version_at_any_look(name: str) -> None:
    new, known = Looks(TITLE, OTHERS), Looks(TITLE, OTHERS)
    known.see(page(*PARAGRAPHS))
    for look in range(SETTLE_LOOKS + 2):
        seen = WALLS[name].replace("{}", f"{look}8f3c{look}")
        assert new.see(seen) in (Verdict.SUSPECT, None)
        assert known.see(seen) in (Verdict.SUSPECT, None)
    assert (new.count, known.count) == (0, 1)
    assert known.see(page(*PARAGRAPHS)) is Verdict.SAME


# --- what only the last version tells from an article ----------------------------------------------------
CUTS = {
    "two paragraphs": PARAGRAPHS[:2],
    "half a paragraph": (PARAGRAPHS[0][:60] + "…",),
    "half of it, broken off": (*PARAGRAPHS[:4], PARAGRAPHS[4][:40]),
    "a paragraph and words in a language we have no table of": (PARAGRAPHS[0], "Gikuraki mo da tavelin. Resa kolmin durabe."),
}  # fmt: skip


def test_the_beginning_of_a_chinese_text_is_a_stub_too() -> None:
    text = (
        "临江市横跨青河的旧桥星期二恢复通车，此前该桥因洪水关闭了近三个星期。",
        "市长李文华表示，工程人员加固了两座桥墩，并更换了受损的路面，总费用约为二千四百万元。",
        "重量超过二十吨的货车目前仍然不能过桥，需要绕行柳林镇。",
        "这次洪水共有二百一十二户居民受灾，赔偿工作预计年底前完成。",
    )
    looks = Looks()
    looks.see(page(*text, title="旧桥恢复通车", lang="zh"))
    for _ in range(4):
        assert looks.see(page(text[0], title="旧桥恢复通车", lang="zh")) is Verdict.SUSPECT


@pytest.mark.parametrize("name", CUTS)
def test_the_beginning_alone_is_a_stub_however_often_it_is_seen(name: str) -> None:
    looks = Looks()
    looks.see(page(*PARAGRAPHS))
    for _ in range(20):
        assert looks.see(page(*CUTS[name])) is Verdict.SUSPECT
    assert all(reason.startswith(CUT) for reason in looks.reasons)


def test_an_overlay_over_the_whole_text_changes_nothing() -> None:
    looks = Looks()
    looks.see(page(*PARAGRAPHS))
    over = page(*PARAGRAPHS).replace(
        "</main>", '<div class="overlay"><p>Subscribe to continue</p></div></main>'
    )
    assert looks.see(over) is Verdict.SAME


def test_a_list_is_known_by_the_headlines_of_the_other_articles() -> None:
    listed = door("Latest", *(f"{title}: what it means for you and your street" for title in OTHERS))
    assert Looks("", OTHERS).see(listed) is Verdict.SUSPECT


def test_a_first_text_without_a_word_of_its_announced_headline_is_waited_with() -> None:
    strange = door("Kelimba dorra", *(f"Saruma {n} tolen, vika mara estu. " * 4 for n in range(6)), lang="xx")
    looks = Looks(TITLE)
    verdicts = [looks.see(strange) for _ in range(SETTLE_LOOKS)]
    assert verdicts == [Verdict.SUSPECT] * (SETTLE_LOOKS - 1) + [Verdict.NEW]


# --- real edits, by the second look ----------------------------------------------------------------------
LONG = tuple(
    f"{text} {more}" for text in PARAGRAPHS for more in ("It was the third such decision this year.", "")
)
STUB = page("The old bridge at Marsh End is to close. More follows.", title="Marsh End bridge to close")
EDITS = {
    "a stub becomes a story": (STUB, page(*LONG, title="Cracks in two piers: bridge shuts for a year")),
    "a story becomes a stub": (page(*LONG, title="Cracks in two piers: bridge shuts for a year"), STUB),
    "the middle third": (page(*LONG), page(*LONG[5:10])),
    "the first half": (page(*LONG), page(*LONG[:8])),
    "every third paragraph": (page(*LONG), page(*LONG[::3])),
    "a summary": (page(*LONG), page("The bridge at Marsh End closes in September for a year. Repairs cost 3.2 million pounds, the county said.")),
    "a correction in its place": (page(*LONG), page("An earlier report on the bridge at Marsh End gave the wrong month. We are sorry for the mistake.")),
    "withdrawn": (page(*PARAGRAPHS), page("This story has been withdrawn because it did not meet our editorial standards.")),
    "withdrawn in two words": (page(*PARAGRAPHS), page("Story withdrawn.")),
    "removed": (page(*PARAGRAPHS), page("This article has been removed.")),
    "taken down by order": (page(*PARAGRAPHS), page("Following an order of the High Court the Courier has taken down its report. For legal reasons we cannot say more.")),
    "taken down by a letter": (page(*PARAGRAPHS), page("We have taken this report down after a solicitor's letter.", title="Statement")),
    "taken down in French": (page(*PARAGRAPHS), page("La rédaction a décidé de dépublier cet article.")),
    "taken down in German": (page(*PARAGRAPHS), page("Wir haben diesen Bericht zurückgezogen. Zwei Zitate waren erfunden.")),
    "taken down in Chinese": (page(*PARAGRAPHS), page("本报道因事实有误已撤回，谨向读者致歉。")),
    "no longer updated": (page(*PARAGRAPHS), page("This page is no longer updated.", *PARAGRAPHS)),
    "half removed, and said so": (page(*LONG), page(*LONG[:9], "Clarification: a passage about the rates has been removed from this article.")),
    "the lead kept, the rest anew": (page(*PARAGRAPHS), page(PARAGRAPHS[0], *(f"Resident {n} told the county that the bridge must stay open for ambulances." for n in range(6)))),
    "a live page five times as long": (page(*PARAGRAPHS), page(*(f"{n}.15: Engineers lower camera {n} into the river." for n in range(40)), *PARAGRAPHS)),
    "figures, all of them": (page(*(f"Ward {n}: Harbour List {n * 37}, Town Union {n * 29}" for n in range(9)), title="Results"),
        page(*(f"Ward {n}: Harbour List {n * 61}, Town Union {n * 17}" for n in range(9)), title="Results")),
    "a list with other entries": (page("The Anchor. Chips as they should be.", "Marsh Bakery. Rye loaf.", title="Four places to eat by the sea"),
        page("Tide House. Oysters under arches.", "Green Door. Lentil pie.", "Noor's. Flatbread.", title="Five places to eat by the sea")),
    "a forecast": (page("Cloudy with rain from the west by evening. Highs of 12.", title="Weather for Marsh End"),
        page("Sunny spells after early mist, and warmer, up to 16 degrees.", title="Weather for Marsh End")),
    "about paywalls": (page("Publishers now ask readers to subscribe to continue reading after three free articles.", "One in nine signs up, a study found.", title="Why papers ask you to subscribe"),
        page("Four publishers take down their walls, after finding that readers told to log in or start a free trial simply left.", "Editors speak of membership now.", title="Papers rethink their paywalls")),
    "about captchas": (page("People spend 500 years a day proving that they are not a robot, researchers say.", title="Captchas cost 500 years a day, study finds"),
        page("The boxes that ask whether you are human are going away.", "Researchers had put the cost of captchas at 500 years of human time a day.", title="Captchas are nearly over, say researchers")),
    "about an outage": (page("The county's website is down, and visitors see an error page instead of their accounts, the county said.", title="County website down"),
        page("The county's website is back after six hours. Engineers blamed a database server, a spokesman said.", title="County website back after outage")),
    "advice on cookies": (page("Open the menu of your browser and choose Settings. Under Privacy, find the list of cookies. Click Delete.", title="How to clear your cookies"),
        page("Cookies keep you logged in. Delete them and every site will ask for your password again.", "In Firefox choose Settings.", title="How to clear cookies, and why not to")),
    "a brief in Czech": (page("V úterý ráno hořela v Lhotě stodola. Hasiči dostali oheň pod kontrolu.", title="V Lhotě hořela stodola", lang="cs"),
        page("Stodolu v Lhotě podle policie někdo úmyslně zapálil. Škoda je milion korun.", title="Požár stodoly v Lhotě založil žhář", lang="cs")),
    "a brief in Hebrew": (page("שרפה פרצה ביום שלישי במחסן עצים בנמל. אין נפגעים.", title="שרפה במחסן בנמל", lang="he"),
        page("לוחמי האש השתלטו בערב על השרפה במחסן העצים בנמל. אחד מהם נפצע קל.", title="השרפה במחסן בנמל כובתה", lang="he")),
    "a brief in Thai": (page("เกิดเหตุไฟไหม้โกดังไม้ริมท่าเรือเมื่อเช้าวันอังคาร", title="ไฟไหม้โกดังริมท่าเรือ", lang="th"),
        page("เจ้าหน้าที่ควบคุมเพลิงโกดังไม้ริมท่าเรือได้ในช่วงเย็น", title="คุมเพลิงโกดังท่าเรือได้แล้ว", lang="th")),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_large_edit_is_a_version_at_the_second_look_at_the_latest(name: str) -> None:
    before, after = EDITS[name]
    looks = Looks(extract(before.encode(), ADDRESS, "utf-8").title, OTHERS)
    assert looks.see(before) is Verdict.NEW
    assert looks.see(after) is Verdict.NEW or looks.see(after) is Verdict.NEW, looks.reasons


def test_a_text_of_other_words_under_the_old_headline_is_a_version_in_the_end() -> None:
    looks = Looks()
    looks.see(page(*LONG, title="Rye loaf"))
    verdicts = [
        looks.see(page("Mix flour, salt, water, starter and bake hot.", title="Rye loaf"))
        for _ in range(SETTLE_LOOKS)
    ]
    assert verdicts == [Verdict.SUSPECT] * (SETTLE_LOOKS - 1) + [Verdict.NEW]


def test_another_story_at_the_address_is_no_version() -> None:
    looks = Looks()
    looks.see(page(*PARAGRAPHS))
    other = page(
        *("A goal in stoppage time won the cup for Wick, who had not lifted it for 27 years.",) * 2,
        *(
            f"Forward number {n} missed from the penalty spot while supporters sang in the stands."
            for n in range(9)
        ),
        title="Late winner brings trophy home",
    )
    for _ in range(4):
        looks.see(other)
    assert looks.count == 1
    assert looks.reasons[-1].startswith("reused:")
