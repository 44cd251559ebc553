"""What errors, walls and stubs say to their reader, in tables: one pattern a line, in many languages.

`walls` weighs them: no phrase makes a page a wall by itself.
"""

import re
from dataclasses import dataclass
from functools import cached_property

_UNSPACED = re.compile(r"\W*[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Markers:
    """A table of phrases: one pattern a line, matched as whole words where a script has them; a blank line
    ends a group.

    A group is one marker, however many of its phrases a page says.
    """

    table: str

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """One a group. Made when they are asked for: a command that reads no page has no use for them."""
        return tuple(
            re.compile(
                "|".join(
                    (r"" if _UNSPACED.match(line) else r"(?<![^\W_])") + f"(?:{line})(?![a-z])"
                    for line in group.split("\n")
                )
            )
            for group in self.table.strip().split("\n\n")
        )


# The patterns see lower-cased text with straight apostrophes and single spaces.
ERROR = Markers(r"""
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
ROBOT = Markers(r"""
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
PAYWALL = Markers(r"""
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
CONSENT = Markers(r"""
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
KINDS = (
    ("an error page", ERROR),
    ("a robot check", ROBOT),
    ("a paywall or login", PAYWALL),
    ("a consent or access wall", CONSENT),
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
TITLE = re.compile(
    rf"\W*{_SORRY}\W*(?:{_CODE})?\W*(?:{'|'.join(_TITLES.strip().splitlines())})\W*(?:{_CODE})?\W*|\W*{_CODE}\W*"
)


# Lines under the headlines of a list: a date alone, a signature alone, a text cut on both sides, "read more".
