"""Pages that answer with 200 but are not the article: errors, walls, stubs, interstitials, lists of others.

A marker is a phrase such pages say to their reader; talk is what `pagetalk` finds in any wording. Neither
counts by itself but by the share it has of a short text, so that an article about paywalls, robots or a
server error, or one that quotes such a page, is never taken for one.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from articles.core import resemblance
from articles.core.fingerprint import word_count, words
from articles.core.pagetalk import is_price, is_talk, is_told, sentences
from articles.core.types import Extract, History

LEAST_WORDS = 8  # a text below this, at the first look, is no article
ONE_MARKER_WORDS = 60  # up to this length one marker is enough
TWO_MARKERS_WORDS = 160  # up to this length two different ones are
CONSENT_WORDS = 450  # consent walls are long; three different phrases of theirs are needed then
TALK_SHARE = 0.6  # of a text's words: with so many in talk and markers it is about the page itself
OWN_MATTER_SHARE = 0.8  # the same, of an article that had a phrase of such pages before
TALK_WORDS = 300  # a longer text under the headline that was expected gives advice, perhaps
LEAD_WORDS = (
    12  # so many words of talk at the head of a list make it an error page with stories to read instead
)
HEAD_WORDS = 220  # of an article, at most, that a wall leaves standing above it
SHORT_LINE = 15  # words of a line that may stand among what a wall says
FRAGMENT = 3  # words of a button or a label, which says nothing either way
LISTED = 3  # headlines of other articles, or lines of the same shape, that make a list of a page
KEPT_SHARE = 0.7  # a text that still holds this share of the last version is that article, whatever it says


_UNSPACED = re.compile(r"\W*[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _groups(table: str) -> tuple[re.Pattern[str], ...]:
    """A table of phrases: one pattern a line, matched as whole words where a script has them; a blank line
    ends a group.

    A group is one marker, however many of its phrases a page says.
    """
    return tuple(
        re.compile(
            "|".join(
                (r"" if _UNSPACED.match(line) else r"(?<![^\W_])") + f"(?:{line})(?![a-z])"
                for line in group.split("\n")
            )
        )
        for group in table.strip().split("\n\n")
    )


# The patterns see lower-cased text with straight apostrophes and single spaces.
_ERROR = _groups(r"""
(?:page|article|story|content|url|address|link|resource|document|file|site) (?:that )?you(?:'re| are| were|'ve| have)?(?: just)? look(?:ing|ed)? for
(?:page|article|story|content|url|address|link|resource|document|file|site) (?:that )?you(?:'ve| have)? (?:requested|entered|followed|clicked)
(?:page|article|story|content|url|address|link|resource|document|file|site) (?:that )?you(?:'re| are| were|'ve| have)? tr(?:ied|ying) to \w+
what you(?:'re| are| were) looking for

(?:can't|cannot|can not|couldn't|could not|unable to|failed to) (?:find|locate|load|open|display|retrieve|process) (?:the|that|this|your|what)

(?:page|article|content|url|file) (?:was |could |can )?not (?:be )?found
no longer (?:exists|available)
(?:does not|doesn't) exist
this page (?:is|has) (?:missing|gone|moved|expired|been removed)

(?:error|http|status|code|errore|fehler|erreur)\W{0,3}(?:40[0134]|410|429|451|50[0234]|52\d)
(?:40[034]|50[0234])\W{1,3}(?:error|not found|forbidden|bad gateway|service|internal|gateway)

internal server error
bad gateway
gateway time-?out
service (?:is )?(?:temporarily )?unavailable
server error
connection timed out
too many requests

something (?:has gone|went|is) wrong
(?:technical|server) (?:difficult\w+|problems?|issues?|error)
an (?:unexpected )?error (?:has )?occurred
(?:page|site) is (?:currently )?(?:unavailable|offline)

try (?:again|refreshing)(?: later| shortly| soon| in a few \w+)?
try your request again
(?:reload|refresh) (?:the|this) page

(?:down for|undergoing|under|scheduled|routine|planned) (?:\w+ )?maintenance
(?:we'll|we will) be (?:right )?back
temporarily (?:unavailable|offline|down|closed)

check the (?:url|address|spelling)
(?:go|return|back) to (?:the |our )?home ?page
moved or (?:deleted|removed)
(?:use|try) (?:the|our) search

(?:diese |die )?seite (?:wurde |konnte )?(?:leider )?nicht gefunden
(?:seite|artikel) existiert nicht
nicht (?:mehr )?verfügbar
page (?:introuvable|non trouvée)
n'existe (?:pas|plus)
(?:página|pagina) no (?:encontrada|existe|disponible)
no (?:se )?(?:ha |pudo )?(?:encontrado|encontrar|encontramos)\w* la página
pagina non (?:trovata|esiste|disponibile)
página não (?:encontrada|existe)
pagina (?:is )?niet (?:gevonden|beschikbaar)
sidan (?:kunde inte hittas|finns inte|hittades inte)
siden (?:finnes ikke|blev ikke fundet|findes ikke)
stron[ay] nie (?:istnieje|została znaleziona|znaleziono)
страница не найдена
(?:sayfa|aradığınız sayfa) bulunamadı
页面不存在|找不到.{0,6}页面|頁面不存在|ページが見つかりません|페이지를 찾을 수 없.*

später (?:noch einmal|erneut|wieder)
réessayer plus tard
int[ée]ntelo (?:de nuevo )?más tarde
riprova più tardi
tente novamente
probeer het later
попробуйте (?:позже|еще раз)
稍后再试

(?:this|the) domain (?:\S+ )?(?:is|may be) for sale
(?:account|website|site) (?:has been )?suspended
domain (?:has )?expired
index of /.*
domain \S+ is parked
(?:related|sponsored) searches

(?:unexpected|critical|fatal|unrecoverable|application) error
uncaught (?:exception|\w*error)|stack trace|traceback|sqlstate.*|\w+exception
(?:couldn't|could not|cannot|can't) be (?:loaded|displayed|played|opened|satisfied|processed|found|reached|completed|shown)
backend fetch failed|guru meditation
establishing a database connection

(?:might|may) have (?:been )?(?:moved|removed|deleted|renamed|expired|changed)
(?:is|are|was) unavailable
head (?:back|over) to
""")  # noqa: E501
_ROBOT = _groups(r"""
(?:verify|verifying|confirm|prove|check|checking)(?: that| if)? you(?:'re| are) (?:a |not a )?(?:human|robot|bot|real)
(?:are you|you(?:'re| are)(?: not)?|not|i'm not|i am not) a (?:ro)?bot
are you (?:a )?human
captcha
human verification
press (?:and|&) hold

(?:enable|turn on|allow|activate)(?: your browser's)? (?:js|javascript|cookies)
javascript (?:is )?(?:required|disabled|not enabled)
requires javascript
without javascript
(?:activez|aktivieren sie|active|habilite|abilita|включите) javascript
javascript (?:aktivieren|activer|activar|abilitare)

checking (?:your browser|if the site connection)
ddos protection
(?:cloudflare )?ray id
performing security verification
security (?:check|service|verification)
review the security of your connection

(?:unusual|suspicious|automated) (?:traffic|activity|requests?|behaviou?r)
your? .{0,30}(?:has|have) been (?:blocked|denied|limited|flagged)
you(?:'ve| have) been (?:blocked|flagged)

access (?:is |has been |to this \w+ (?:has been |is ))?(?:denied|blocked|forbidden|restricted)
you (?:do not|don't) have (?:permission|access)
not authori[sz]ed
zugriff verweigert
accès (?:refusé|interdit)
acceso denegado
accesso negato
доступ (?:запрещ[её]н|ограничен)

just a moment
please wait
one moment,? please
loading\W*

(?:ad|content)[- ]?blocker
(?:whitelist|allowlist) (?:us|our)
(?:update|upgrade) your browser
browser is (?:not supported|out of date|outdated|unsupported)

you(?:'re|'ll| are| will) (?:being |be )redirected
redirecting
not (?:automatically )?redirected

kein roboter
n'êtes pas un robot
no (?:eres|es|soy) un robot
non sei un robot
não é um robô
geen robot
验证您是.*|人机验证|请完成.{0,6}验证|ロボットではありません|로봇이 아닙니다
""")  # noqa: E501
_PAYWALL = _groups(r"""
(?:to|and) (?:continue|keep|finish) reading
continue reading (?:with|for|by)
read the (?:full|whole|rest of the|rest of this) (?:article|story)?
(?:unlimited|full)(?: digital)? access

subscri(?:be|ption).{0,40} (?:to (?:continue|read|unlock|access|view)|required|for (?:full|unlimited))
(?:unlock|access) (?:this|the full|all) (?:article|story|content)s?

(?:article|story|content|page|piece|feature) is (?:only |exclusively )?(?:for|available (?:only )?to|exclusive to|reserved for|limited to|locked)
(?:subscribers?|members?|premium)[- ](?:only|exclusive|article|content)

already (?:a |an |have an? |our )?(?:subscri\w+|member|registered|account)
have an account
not a (?:subscriber|member)
become a (?:subscriber|member)

you(?:'ve| have) (?:reached|read|used) .{0,40}(?:limit|free|articles?)
free articles? (?:left|remaining|this month)

start your (?:free )?trial
for just [$£€]\d.*
[$£€]\d[\d.]* (?:a|per) (?:week|month)
cancel (?:at )?any ?time

(?:sign|log) ?in (?:to|with|or)
please (?:sign|log) ?in
create (?:a|an|your) (?:free )?account
register (?:for free |now )?(?:to|for)
forgot(?:ten)? (?:your )?password
(?:signed|logged) in to (?:view|read)
remember me
(?:e-?mail|user ?name).{0,20}password

(?:not now|no thanks|maybe later|skip|take me)\b.{0,40}

keep reading (?:for|with|by|all|this)
(?:story|article) continues for (?:members|subscribers)
(?:choose|pick|select) (?:a|your) (?:plan|offer|subscription)
need (?:a|an) (?:\w+ )?(?:subscription|account) to
(?:read|used|viewed|reached) \d+ (?:of|out of) \d+
already with us
create a (?:free )?profile
lesen sie weiter
schon ein konto

ya tienes (?:una )?cuenta|hazte (?:socio|suscriptor)|contenido exclusivo|suscr[ií]bete
vill du läsa|redan (?:kund|prenumerant|medlem)|logga in|avsluta när|lås upp
allerede (?:abonnent|kunde|medlem)|logg inn|log ind|kun for abonnenter|for abonnenter
pozostało (?:jeszcze )?\d+ ?%|zaloguj się|masz już (?:subskrypcję|konto)|wykup dostęp|tylko dla (?:subskrybentów|prenumeratorów)
(?:abonnent\w*|abonnés?|abonné\w*|abonel\w+|подпис\w+|subskry\w+|prenumer\w+|předplat\w+|assinant\w+|suscriptor\w*|abbonat\w+|\w+abonnement)
verder lezen|log dan in|üye misiniz|oturum aç\w*|уже есть аккаунт

al (?:abonnee|lid)|inloggen|word (?:abonnee|lid)|lees verder met
hai già un (?:account|abbonamento)|abbonati|contenuto riservato
já é assinante|assine|faça (?:o )?login|conteúdo exclusivo
оформите подписку|уже подписаны|читать (?:далее|полностью)|войдите
abone ol\w*|zaten abone|giriş yap\w*|devamını okumak
jen pro předplatitele|přihlaste se|předplatné
kirjaudu|tilaajille|jatka lukemista
berlangganan|sudah (?:punya|berlangganan)|masuk untuk|khusus pelanggan
اشترك\w*|للمشتركين|تسجيل الدخول
सदस्यता|लॉग इन|सब्सक्राइब
仅限会员.*|登录后.*|订阅后.*|開通会員.*|付费.{0,6}阅读.*|登入後.*

um (?:weiter ?zu ?lesen|den (?:ganzen )?artikel)
weiterlesen mit
nur für abonnent\w+
exklusiv für abonnent\w+
jetzt abonnieren
bereits abonnent\w*
pour lire la suite
réservé aux abonnés
déjà abonné
il vous reste .{0,30}à (?:lire|découvrir)
para seguir leyendo
solo para suscriptores
ya (?:eres|es) suscriptor
per continuare a leggere
sei già abbonato
(?:solo|riservato) (?:per |agli )?abbonati
para continuar (?:a ler|lendo)
exclusivo para assinantes
om verder te lezen
(?:alleen|exclusief) voor abonnees
för att läsa vidare
redan prenumerant
только (?:для|по) подпис\w+
有料会員.*|ログイン.*|유료 회원.*|로그인.*
订阅.{0,8}阅读.*|会员专享.*|この記事は(?:会員|有料).*|구독자 전용.*
""")  # noqa: E501
_CONSENT = _groups(r"""
we (?:and our (?:\d+ )?partners )?(?:use|store|process|access) .{0,60}(?:cookies|personal data|information on (?:a|your) device)
uses? cookies

(?:we (?:value|care about|respect)|about) your privacy
your privacy (?:choices|matters|settings)
privacy (?:policy|settings|choices|preferences|notice)
before you continue

(?:accept|agree|allow|reject|decline|refuse)(?: to| and| all| the| our| use of)* (?:cookies|continue|all)
i (?:accept|agree)
click(?:ing)? \W?(?:accept|agree|i agree|ok|continue)

manage (?:your )?(?:cookies?|consent|preferences|options|settings|choices)
cookie (?:settings|preferences|policy|notice|consent)
withdraw (?:your )?consent
legitimate interests?
consent to
personali[sz]ed (?:ads|advertising|content)

(?:not (?:currently )?|un)available (?:in|to \w+ in|for (?:users|visitors) in|from) .{0,40}(?:countr\w+|region|location|area|union)
unavailable for legal reasons
european economic area
general data protection regulation
for legal reasons

(?:over|at least|under|confirm|verify) .{0,20}(?:18|21|your age|years (?:old|of age))
age (?:verification|check|restricted)
adult content

wir (?:und unsere partner )?(?:verwenden|nutzen) .{0,40}cookies
alle(?:s)? (?:akzeptieren|accepteren)
mit werbung .{0,30}(?:weiter|lesen)\w*
datenschutz\w*
nous utilisons des cookies
tout accepter
continuer sans accepter
utilizamos cookies
aceptar (?:todas|y continuar)
utilizziamo (?:i )?cookie
accetta (?:tutti|e continua)
wij gebruiken cookies
vi använder (?:oss av )?(?:kakor|cookies)
использу(?:ем|ет) (?:файлы )?cookie
使用.{0,6}cookie|クッキー
""")  # noqa: E501
_KINDS = (
    ("an error page", _ERROR),
    ("a robot check", _ROBOT),
    ("a paywall or login", _PAYWALL),
    ("a consent or access wall", _CONSENT),
)

# Headlines that only such pages have: one a line, the whole headline must match.
_CODE = r"(?:http |error |code |fehler |erreur )*(?:40[0134]|410|429|451|50[0234]|52\d)"
_TITLES = r"""
(?:the |this |that |your )?(?:web)?(?:page|article|story|content|file|url)? ?(?:can't be |cannot be |could not be |was |is )?not found
(?:the |this |that )?(?:web)?(?:page|article|story|content|site) (?:is |has been |was )?(?:unavailable|missing|gone|moved|removed|no longer available|under construction|under maintenance)
(?:the |this |that )?page (?:does not|doesn't) exist
error
forbidden
access (?:to this page (?:has been |is ))?(?:denied|blocked|restricted)
unauthori[sz]ed
bad request
bad gateway
(?:internal )?server error
gateway time-?out
(?:service|site|page|website|temporarily) (?:temporarily )?unavailable
too many requests
(?:scheduled |site |under |down for )?maintenance
(?:we'll|we will) be (?:right )?back(?: soon| shortly)?
something went wrong
we(?:'re| are) sorry
technical (?:difficulties|error|problems)
just a moment
(?:please wait|one moment)(?: please)?
loading
redirecting
attention required.{0,20}
checking your browser.{0,40}
ddos.guard
security (?:check|verification)
are you (?:a )?(?:human|robot|bot).{0,10}
(?:please )?(?:verify|confirm) (?:that )?you(?:'re| are) (?:a )?human
human verification
captcha
(?:ro)?bot (?:check|verification)
pardon our interruption
request rejected
(?:you have been )?blocked
(?:please )?(?:sign|log) ?in(?: to .{2,30}| or .{2,20}| required)?
login(?: required)?
register
create (?:an|your) account
subscri(?:be|ption)(?: now| required| to (?:read|continue).{0,20})?
(?:subscribers?|members) only
continue reading
before you continue.{0,30}
(?:cookies?|privacy|consent)(?: and (?:cookies?|privacy))?(?: (?:consent|notice|settings|preferences|choices|wall))?
we (?:value|care about) your privacy
your privacy(?: choices)?
age (?:verification|check)
unavailable (?:for legal reasons|in your (?:country|region|location))
(?:seite|artikel) (?:wurde )?nicht gefunden
nicht gefunden
fehler
zugriff verweigert
(?:anmelden|einloggen|se connecter|connexion|iniciar sesión|accedi)
page (?:introuvable|non trouvée)
erreur
accès (?:refusé|interdit)
página no encontrada
acceso denegado
pagina non trovata
errore
página não encontrada
erro
pagina niet gevonden
sidan (?:hittades inte|kunde inte hittas|finns inte)
siden (?:finnes|findes) ikke
strona nie (?:istnieje|została znaleziona)
страница не найдена
ошибка
页面不存在|找不到页面|ページが見つかりません
"""  # noqa: E501
_SORRY = r"(?:oops|sorry|whoops|uh[- ]oh|error)?"
_TITLE = re.compile(
    rf"\W*{_SORRY}\W*(?:{_CODE})?\W*(?:{'|'.join(_TITLES.strip().splitlines())})\W*(?:{_CODE})?\W*|\W*{_CODE}\W*"
)
_SITE_SUFFIX = re.compile(r"\s+[|–—·-]\s+[^|–—·]{2,40}$")

# Lines under the headlines of a list: a date alone, a signature alone, a text cut on both sides, "read more".
_LIST_LINE = re.compile(
    r"(?:\w+,? )?\d{1,2}\.?(?:st|nd|rd|th)? (?:de )?[^\W\d]{3,12}\.?,? (?:de )?\d{4}(?:,? .{0,12})?"
    r"|[^\W\d]{3,12} \d{1,2},? \d{4}(?:,? .{0,12})?|\d{4}-\d\d-\d\d(?: .{0,12})?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}(?:,? .{0,12})?"
    r"|(?:by|von|par|por|di|door|av) \w+(?: [\w'.-]+){1,3}|(?:\.\.\.|…).*(?:\.\.\.|…)"
    r"|(?:read|see|full|continue) (?:more|story|reading).{0,12}|\d+ min(?:ute)?s? read"
)

# What a publisher says when it takes an article down: a real, last version of it.
_WORK = re.compile(
    r"(?<![^\W_])(?:article|story|stories|report|piece|column|interview|video|post|publication"
    r"|artikel|beitrag|text|bericht|meldung|artículo|noticia|información|reportaje|nota|articolo|notizia|servizio"
    r"|artigo|notícia|reportagem|matéria|texto|artykuł\w*|tekst\w*|článek|cikk\w*"
    r"|стать\w+|публикаци\w+|материал\w*|новост\w+|haber\w*|makale\w*|yazı\w*|artikel|berita)(?![^\W_])"
    r"|本文|此文|报道|報道|记事|記事|文章|기사|المقال|الخبر|التقرير|लेख|खबर|रिपोर्ट"
)
_TAKEN_DOWN = re.compile(
    r"(?<![^\W_])(?:withdrawn|withdrew|retract\w*|unpublished|redacted|removed|deleted|pulled|spiked"
    r"|take[ns]?(?: \w+){0,4} down|taken (?:down|offline)|(?:no longer|cannot|do not) stand by"
    r"|did not meet (?:\w+ ){1,2}standards"
    r"|entfernt|gelöscht|zurückgezogen|depubliziert|offline genommen|retirée?s?|supprimée?s?|dépubli\w+"
    r"|retirad[oa]s?|eliminad[oa]s?|retirar|rimoss[oa]|ritirat[oa]|removid[oa]s?|verwijderd|ingetrokken|usunię\w+|wycofa\w+"
    r"|stažen\w*|eltávolít\w+|visszavon\w+|снят\w*|снял\w*|удал\w+|удалён\w*|отозва\w+|kaldır\w+|yayından"
    r"|dicabut|ditarik)(?![^\W_])|撤回|撤下|撤稿|删除|刪除|取り下げ|削除|삭제|철회|سحب|حذف|वापस ल|हटा"
)
_BY_ORDER = re.compile(
    r"(?<![^\W_])(?:legal (?:advice|complaint|action|order|request|threat)|court order|order of the"
    r"|injunction)(?![^\W_])"
)


# An error page does not know what became of its article.
_PERHAPS = re.compile(
    r"(?<![^\W_])(?:looking for|looked for|requested|cherch\w+|such(?:en|te)|busca\w*|procur\w+|cerca\w+"
    r"|zoek\w*|söker|leter|szuka\w+|hled\w+|ищете|искали|шука\w+|aradığınız|cari|keresett|may|might|perhaps|maybe|possibly|probably|likely|if|or|moved|renamed|page"
    r"|vielleicht|möglicherweise|eventuell|oder|verschoben|seite|peut-être|ou|déplacé\w*|puede|posible\w*|quizás?|o"
    r"|movid[oa]|forse|oppure|spostat[oa]|talvez|misschien|verplaatst|возможно|или|lehet|vagy"
    r"|belki|veya|ya da|być może|lub|možná|nebo|poate|sau|kanskje|kanske|måske|eller)"
    r"(?![^\W_])|可能|或|かもしれ|可能性|수 있습니다"
)


def recognise(history: History, extract: Extract) -> str:
    """Why a page is an error, a wall, a stub or a list and not its article; "" if it may be the article.

    Beside the newest version only what is fresh counts: phrases that it has too are its own.
    """
    last = history.last
    length = word_count(extract.texts)
    if last is not None and keeps(last, extract):
        return ""
    expected = last.title if last else history.expected_title
    own_headline = resemblance.same_headline(expected, extract.title)
    if not own_headline and length <= TWO_MARKERS_WORDS and _is_wall_title(extract.title):
        return f"the headline is that of an error page or a wall: {extract.title[:80]!r}"
    if reason := _listing(history, extract, own_headline):
        return reason
    if length > CONSENT_WORDS:
        return ""
    text, known = _said_by(extract), _said_by(last) if last else ""
    if is_withdrawal(extract, last) and not _ERROR[0].search(text):
        return ""
    counts = {
        name: sum(1 for marker in markers if marker.search(text) and not marker.search(known))
        for name, markers in _KINDS
    }
    if reason := _about_itself(extract, last, counts, own_headline=own_headline):
        return reason
    if last is None and length < LEAST_WORDS:
        return f"almost no text: {length} words"
    return ""


def _about_itself(
    extract: Extract, last: Extract | None, counts: dict[str, int], *, own_headline: bool
) -> str:
    """Whether what the page says is mostly of itself, or ends so after a few paragraphs."""
    length = word_count(extract.texts)
    total, likeliest = sum(counts.values()), max(counts, key=lambda name: counts[name])
    spoken = [line for line in _spoken(extract, last) if line.words > FRAGMENT or line.is_said]
    said, all_of_it = sum(line.words for line in spoken if line.is_said), sum(line.words for line in spoken)
    share = said / all_of_it if all_of_it else 0.0
    if last is not None and share_said(last.texts) > TALK_SHARE / 2:
        share = 0.0  # the article itself is about such things
    if own_headline and resemblance.is_of_its_headline(extract):
        share = 0.0  # and so is this, under its own headline
    own_matter = last is not None and any(
        marker.search(_said_by(last)) for _, markers in _KINDS for marker in markers
    )
    reason = (
        f"looks like {likeliest if total else 'a page about itself'}: {length} words, {total} of the phrases"
    )
    needed = OWN_MATTER_SHARE if own_matter else TALK_SHARE
    if (
        (total >= 1 and length <= ONE_MARKER_WORDS and share >= 0.5)
        or (total >= 2 and length <= TWO_MARKERS_WORDS and share >= 0.4)
        or (counts["a consent or access wall"] >= 3 and share >= 0.3)
        or (share >= needed and length <= (TALK_WORDS if own_headline else CONSENT_WORDS))
    ):
        return f"{reason} of such pages, {share:.0%} of it about the page"
    tail, said_there, head = _tail(spoken)
    total += any(is_price(text) for text in extract.texts[-3:])
    is_plain = total + said_there > 2 or (counts["a paywall or login"] and length <= ONE_MARKER_WORDS)
    if tail >= LEAST_WORDS <= head <= HEAD_WORDS and total and is_plain:
        return f"{reason} of such pages, after {head} words of a text"
    if not own_headline and _lead(spoken) >= LEAD_WORDS and length > 2 * ONE_MARKER_WORDS:
        return f"{reason} of such pages, {_lead(spoken)} words about the page at its head"
    return ""


@dataclass(frozen=True, slots=True)
class _Line:
    words: int
    is_said: bool  # by the page, of itself: talk or a marker
    short: int  # words, at most, of a line that may stand among what a wall says


def _spoken(extract: Extract, last: Extract | None) -> list[_Line]:
    """The sentences of a text; what the last version says too is never the page's."""
    old = {words(part) for text in last.texts for part in sentences(text)} if last else frozenset()
    parts = [part for text in extract.texts for part in sentences(text)]
    return [
        _Line(
            word_count([part]),
            words(part) not in old and _is_said(part),
            SHORT_LINE * (2 if _UNSPACED.search(part) else 1),
        )
        for part in parts
    ]


def _is_said(sentence: str) -> bool:
    if is_talk(sentence):
        return True
    folded = _fold(sentence)
    marked = any(marker.search(folded) for _, markers in _KINDS for marker in markers)
    return marked and not is_told(sentence)


def _tail(lines: list[_Line]) -> tuple[int, int, int]:
    """How many words a text says of its page at its end, in how many sentences; how many stand above them."""
    tail = said = others = 0
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if line.is_said:
            tail, said = tail + line.words, said + 1
        elif at == 0 or line.words > line.short or others > max(tail, line.short):
            return tail, said, sum(above.words for above in lines[: at + 1])
        else:
            others += line.words
    return tail, said, 0


def _lead(lines: list[_Line]) -> int:
    """How many words a text says of its page before it says anything else."""
    lead = 0
    for line in lines:
        if not line.is_said:
            break
        lead += line.words
    return lead


def _listing(history: History, extract: Extract, own_headline: bool) -> str:
    """Whether a page is a list of articles: it has headlines of others, or lines that repeat their shape."""
    titles = {_fold(title) for title in history.headlines if len(title.split()) > 2}
    if extract.title:
        titles.discard(_fold(extract.title))
    lines = [_fold(text) for text in extract.texts]
    named = sum(1 for title in titles if any(line.startswith(title) for line in lines))
    if named >= LISTED and named * (2 if own_headline else 6) > len(lines):
        return f"a list of articles: it has the headlines of {named} others of the source"
    shaped = 0 if own_headline else sum(1 for line in lines if _LIST_LINE.fullmatch(line))
    alike = Counter(line for line in lines if FRAGMENT < len(line.split()) <= SHORT_LINE)
    repeated = max((times for times in alike.values() if times * 2 < len(lines)), default=0)
    if max(shaped, repeated) >= LISTED and max(shaped, repeated) * 4 >= len(lines):
        return f"a list of articles: {max(shaped, repeated)} of its {len(lines)} lines are alike"
    return ""


def is_withdrawal(extract: Extract, last: Extract | None) -> bool:
    """Whether a short text is the publisher's notice that the article was taken down.

    It says so without a perhaps, had not said so before, and does not go on to show its reader the way out.
    """
    if word_count(extract.texts) > TWO_MARKERS_WORDS:
        return False
    old = {part for text in (last.title, *last.texts) for part in sentences(text)} if last else set()
    parts = [part for text in extract.texts for part in sentences(text) if part not in old]
    notices = [part for part in parts if _is_notice(part)]
    led_out = sum(word_count([part]) for part in parts if part not in notices and _is_said(part))
    said_so = bool(notices) or (extract.title not in old and _is_notice(extract.title))
    return said_so and led_out * 2 <= word_count(extract.texts)


def _is_notice(sentence: str) -> bool:
    folded = _fold(sentence)
    taken_down = _WORK.search(folded) and _TAKEN_DOWN.search(folded)
    return bool(taken_down or _BY_ORDER.search(folded)) and not _PERHAPS.search(folded)


def share_said(texts: Iterable[str]) -> float:
    """How much of these texts a page says of itself."""
    lines = [(word_count([part]), _is_said(part)) for text in texts for part in sentences(text)]
    total = sum(length for length, _ in lines)
    return sum(length for length, is_said in lines if is_said) / total if total else 0.0


def _said_by(extract: Extract) -> str:
    return _fold(" . ".join((extract.title, extract.standfirst, *extract.texts)))


def _fold(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace("‘", "'").split())


def _is_wall_title(title: str) -> bool:
    if not 0 < len(title) <= 120:
        return False
    folded = _fold(title)
    return any(_TITLE.fullmatch(candidate) for candidate in (folded, _SITE_SUFFIX.sub("", folded)))


def keeps(last: Extract, extract: Extract) -> bool:
    """Whether most of the last version's words are still there, each as often."""
    before, now = Counter(resemblance.tokens(last.texts)), Counter(resemblance.tokens(extract.texts))
    return bool(before) and (before & now).total() >= KEPT_SHARE * before.total()
