"""Pages that answer with 200 but are not the article: errors, walls, stubs, interstitials.

A marker is a phrase such pages say to their reader. It only ever counts on a short text, so that an
article about paywalls, robots or a server error is never taken for one.
"""

import re

from articles.core.fingerprint import word_count, words
from articles.core.types import Extract

LEAST_WORDS = 8  # a text below this, at the first look, is no article
ONE_MARKER_WORDS = 60  # up to this length one marker is enough
TWO_MARKERS_WORDS = 160  # up to this length two different ones are
CONSENT_WORDS = 450  # consent walls are long; three different phrases of theirs are needed then
KEPT_SHARE = 0.7  # a text that still holds this share of the last version is that article, whatever it says


def _groups(table: str) -> tuple[re.Pattern[str], ...]:
    """A table of phrases: one pattern a line, matched as whole words; a blank line ends a group.

    A group is one marker, however many of its phrases a page says.
    """
    return tuple(
        re.compile(r"(?<![^\W_])(?:" + "|".join(group.split("\n")) + r")(?![a-z])")
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

# What a publisher says when it takes an article down: a real, last version of it.
_WITHDRAWN = _groups(r"""
(?:this|the|our|an?) (?:article|story|report|piece|column|interview|video) (?:\w+ ){0,8}?(?:removed|withdrawn|retracted|deleted|taken down)
(?:this|the|our|an?) (?:article|story|report|piece|column|interview|video) (?:\w+ ){0,8}?(?:unpublished|redacted)
dieser (?:artikel|beitrag|text) wurde (?:\w+ ){0,4}(?:entfernt|gelöscht|zurückgezogen)
cet article a été (?:retiré|supprimé|dépublié)
este artículo ha sido (?:retirado|eliminado)
""")  # noqa: E501


def recognise(extract: Extract, last: Extract | None) -> str:
    """Why a page is an error, a wall or a stub and not its article; "" if it may be the article.

    `last` is the newest version known, or None at the first look: phrases it has too are its own.
    """
    length = word_count(extract.texts)
    if length > CONSENT_WORDS or (last is not None and _keeps(last, extract)):
        return ""
    new_title = last is None or last.title != extract.title
    if new_title and length <= TWO_MARKERS_WORDS and _is_wall_title(extract.title):
        return f"the headline is that of an error page or a wall: {extract.title[:80]!r}"
    text, known = _said_by(extract), _said_by(last) if last else ""
    if is_withdrawal(extract) and not _ERROR[0].search(text):
        return ""
    counts = {
        name: sum(1 for marker in markers if marker.search(text) and not marker.search(known))
        for name, markers in _KINDS
    }
    total, likeliest = sum(counts.values()), max(counts, key=lambda name: counts[name])
    if (
        (total >= 1 and length <= ONE_MARKER_WORDS)
        or (total >= 2 and length <= TWO_MARKERS_WORDS)
        or counts["a consent or access wall"] >= 3
    ):
        return f"looks like {likeliest}: {length} words, {total} of the phrases of such pages"
    if last is None and length < LEAST_WORDS:
        return f"almost no text: {length} words"
    return ""


def is_withdrawal(extract: Extract) -> bool:
    """Whether a short text is the publisher's notice that the article was taken down."""
    short = word_count(extract.texts) <= TWO_MARKERS_WORDS
    return short and any(marker.search(_said_by(extract)) for marker in _WITHDRAWN)


def _said_by(extract: Extract) -> str:
    return _fold(" . ".join((extract.title, extract.standfirst, *extract.texts)))


def _fold(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace("‘", "'").split())


def _is_wall_title(title: str) -> bool:
    if not 0 < len(title) <= 120:
        return False
    folded = _fold(title)
    return any(_TITLE.fullmatch(candidate) for candidate in (folded, _SITE_SUFFIX.sub("", folded)))


def _keeps(last: Extract, extract: Extract) -> bool:
    """Whether most of the last version's words are still there."""
    before = words(" ".join(last.texts)).split()
    now = set(words(" ".join(extract.texts)).split())
    return bool(before) and sum(word in now for word in before) >= KEPT_SHARE * len(before)
