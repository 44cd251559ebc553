"""Lines that a page writes anew at every look and that are not its article.

"Updated 5 minutes ago", "1,234 views", "Advertisement: …", "Read more: …". Only whole short lines of
strict shapes count, in the languages listed: every word of the line must belong to the shape, so a
sentence of the article that speaks of such things stays.
"""

import re

MAX_WORDS = 14
_TOKEN = re.compile(r"[^\W_]+(?:[.:/'’-][^\W_]+)*")
_NUMBER = re.compile(
    r"\d[\d.,:/'’-]*(?:st|nd|rd|th|h|k|m|mn|kt|am|pm|e|er)?|\d+h\d+|\d+-?(?:min|mins|minute|h|hr|hrs|d|s|m)|\d{4}-\d\d-\d\dt[\d:.]+z?"
)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any(table: str) -> str:
    """The alternatives of a table, one or more a line, as the inside of a group."""
    return "|".join(table.strip().splitlines())


_UNITS = _set(
    "s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days w wk wks week "
    "weeks mo mos month months y yr yrs year years sekunde sekunden minuten std stunde stunden tag tage "
    "tagen woche wochen monat monate monaten jahr jahre jahren seconde secondes heure heures jour jours "
    "semaine semaines mois an ans segundo segundos minuto minutos hora horas día dia días dias semana "
    "semanas mes meses año años ano anos secondi minuti ora ore giorno giorni settimana settimane mese "
    "mesi anno anni seconden minuut uur uren dag dagen weken maand maanden jaar sekunder minuter timme "
    "timmar timer dager dage minutter минута минуту минуты минут мин час часа часов день дня дней dk "
    "dakika saat gün hafta ay yıl minut godzin godziny godzinę dni dzień"
)
_AGO = _set("ago fa geleden atrás sedan siden назад önce temu now moment moments instant")
_AGO_FIRST = _set("vor hace há il just right gerade à för ahora")
_AGO_FILL = _set(
    "a an one two three few about almost over less than more y einer einem einigen eben l'instant un "
    "une uma un'ora mismo etwa environ ungefähr cerca de half and en"
)
_AGO_CJK = re.compile(
    r"\d+\s*(?:秒|分钟|分鐘|小时|小時|天|分|時間|日|週間|か月)\s*之?前"
    r"|방금 전|刚刚|剛剛|\d+\s*(?:분|시간|일) 전"
)
_OPENING = (
    r"(?:page\s+|article\s+|story\s+|this (?:article|story|page) was\s+)?"
    r"(?:(?:last|first|originally|was|zuletzt|dernière|última|ultimo)\s+)?"
)
_STAMPED = _any("""
updated?
published(?: on| at)?
posted|modified|edited|revised|uploaded|refreshed
aktualisiert|veröffentlicht|stand
publiée?|mise? à jour|modifiée?
actualización|actualizad[oa]|publicad[oa]|atualizad[oa]
aggiornat[oa]|aggiornamento|pubblicat[oa]
bijgewerkt|gepubliceerd
publicerad|publicerat|uppdaterad|uppdaterat|oppdatert|publisert|opdateret
обновлено|опубликовано|güncelleme|opublikowano|aktualizacja
更新(?:日時|时间|時間)?|发布(?:时间)?|發布|公開
""")
_STAMP = re.compile(
    rf"(?<!\w){_OPENING}(?:{_STAMPED})(?![^\W\d_])",
    re.IGNORECASE,
)
_DATE_WORDS = _set(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august "
    "september october november december januar jänner februar märz mai juni juli oktober dezember "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero "
    "marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile "
    "maggio giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho julho setembro "
    "outubro novembro dezembro januari februari maart mei augustus desember januar января февраля марта "
    "апреля мая июня июля августа сентября октября ноября декабря mon tue tues wed thu thur thurs fri "
    "sat sun monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes "
    "martes miércoles jueves viernes sábado domingo am pm a.m p.m noon midnight uhr gmt utc bst cest "
    "cet edt est et pdt pst pt cdt cst mdt mst ist aest aedt jst msk bst uk gmt+1 today yesterday heute "
    "gestern hier hoy ayer oggi ieri vandaag gisteren at on um à a las le il el op om de del di of the "
    "den und and kl klo alle às las last since 年 月 日 時 时 分 updated published date time"
)
_COUNTED = _set(
    "view views comment comments share shares like likes read reads reaction reactions reply replies "
    "vote votes retweet retweets repost reposts listens plays claps bookmarks kommentar kommentare "
    "aufrufe mal geteilt commentaire commentaires partages vues comentario comentarios visitas vistas "
    "commento commenti condivisioni visualizzazioni reactie reacties comentário comentários "
    "visualizações kommentarer комментарий комментария комментариев просмотр просмотров просмотра 评论 評論 "
    "阅读 コメント"
)
_COUNT_FILL = _set(
    "and live total so far this story article people are reading viewing watching now on facebook twitter x"
)
_COUNT_SURE = _set("reading viewing watching")
_READING_TIME = re.compile(
    r"(?:\d+|one|two|three|five)\s*-?\s*(?:min(?:ute)?s?|minuten|minutos|minuti)\.?\s+"
    r"(?:read|lesezeit|de lectura|de lecture|di lettura|leestijd|de leitura|watch|listen)"
    r"|(?:reading time|read time|time to read|lesezeit|temps de lecture|tiempo de lectura"
    r"|tempo di lettura|leestijd|lästid)"
    r"\W{0,3}(?:ca\.? |about |approx\.? )?\d+\s*(?:min(?:ute)?[ns]?|minutos|minuti)?\.?",
    re.IGNORECASE,
)
_PROMPTS = _any("""
read (?:more|also|next)(?: (?:on|about) this(?: story)?)?|also read|see also|more on this(?: story)?
you (?:may|might) also (?:like|be interested in)
related (?:stories|articles|content|topics|links|coverage|reading|news)
recommended (?:for you|stories|reading|articles)
most (?:read|popular|viewed|shared)|trending now|up next|now playing|what to read next
from our partners|around the web
(?:story|article|report) continues (?:below|after) (?:the |this )?(?:advert(?:isement)?|ad|video|promotion)?
skip (?:ad(?:vertisement)?|past newsletter promotion)|after newsletter promotion
scroll to continue(?: reading| with content)?|continue reading(?: below| the main story)?
lesen sie auch|mehr zum thema|auch interessant|das könnte sie auch interessieren
(?:à )?lire aussi|sur le même sujet|à voir aussi|lee también|te puede interesar|noticias relacionadas
leggi anche|ti potrebbe interessare|lees ook|leia também|läs (?:mer|också)|les også|читайте также
延伸阅读|相关新闻|相關新聞|関連記事|あわせて読みたい
""")
_PROMPT = re.compile(rf"(?:{_PROMPTS})\W*", re.IGNORECASE)
# A call to another page: the prompt, a colon or arrow, and one headline.
_LEADS = _any("""
read (?:more|also|next)|also read|see also|more on this(?: story)?
related(?: (?:stories|story|article|articles))?|watch|listen|now playing|up next|don['’]t miss
lesen sie auch|mehr zum thema|(?:à )?lire aussi|lee también|leggi anche|lees ook|leia também
läs (?:mer|också)|les også|читайте также|延伸阅读|相关阅读|関連記事
""")
_LEAD = re.compile(rf"(?:{_LEADS})\s*[:：>»→|]+\s*\S.{{0,140}}", re.IGNORECASE)
_ADVERTS = _any("""
advertisement|advertisement feature|advertorial|sponsored(?: (?:content|post|links?))?|promoted(?: content)?
paid (?:content|post|partnership)|partner content
anzeige|werbung|publicité|publicidad|pubblicità|publicidade|advertentie|annons|annonse|annonce|reklama
реклама|广告|廣告|広告|광고
""")
_ADVERT = re.compile(rf"(?:{_ADVERTS})\s*(?:[:|–—].{{0,100}})?", re.IGNORECASE)
_SHARED_BY = _any("""
this|article|story|page|on|via|by|with|to|and|or|auf|sur|en|su|y|email|e-mail|print|copy link
facebook|twitter|x|whatsapp|linkedin|pinterest|reddit|telegram|messenger|bluesky|mastodon|threads
""")
_SHARE = re.compile(
    rf"(?:share|tweet|teilen|partager|compartir|condividi|delen)(?:\W+(?:{_SHARED_BY})(?!\w)){{1,12}}\W*",
    re.IGNORECASE,
)
# An invitation addressed to the reader: opens with an imperative and names a subscription or an app.
_INVITES = re.compile(
    r"(?:please\s+)?(?:sign up|subscribe|register|join|get|receive|download|follow us|support (?:us|our)"
    r"|donate|become a|want|enjoy(?:ing)? (?:this|our)|never miss|stay (?:up|informed|ahead))\b",
    re.IGNORECASE,
)
_INVITED = re.compile(
    r"\b(?:our (?:\w+ ){0,3}(?:newsletters?|apps?|podcasts?|journalism|reporting|channel|briefing|e-?mails?)"
    r"|(?:to|in) your inbox|newsletter|push notifications|free trial|digital subscription"
    r"|(?:whatsapp|telegram) channel|(?:on|via) (?:facebook|twitter|instagram|whatsapp|telegram))\b",
    re.IGNORECASE,
)
_READER = re.compile(r"\b(?:our|us|your|you|here|now|today|free)\b", re.IGNORECASE)


def is_volatile(text: str) -> bool:
    """Whether a line is the page's own ticking rather than its article."""
    line = " ".join(text.split())
    if not line or len(line) > 300:
        return False
    length = len(line.split())
    if length <= 30 and _LEAD.fullmatch(line):
        return True
    if length <= 30 and _INVITES.match(line) and _INVITED.search(line) and _READER.search(line):
        return True
    if length > MAX_WORDS:
        return False
    if any(shape.fullmatch(line) for shape in (_PROMPT, _ADVERT, _SHARE, _READING_TIME, _AGO_CJK)):
        return True
    parts = [part for part in re.split(r"\s*[|•·]\s*", line) if part]
    if not parts or not any(_ticks(part) for part in parts):
        return False
    return all(_ticks(part) or len(part.split()) <= 2 for part in parts)


def is_age(text: str) -> bool:
    """Whether a text is nothing but an age that grows by itself: "5 minutes ago", "vor 2 Stunden"."""
    return 0 < len(text) <= 40 and (
        _is_age(_TOKEN.findall(text.lower())) or bool(_AGO_CJK.fullmatch(text.strip()))
    )


def is_stamp(text: str) -> bool:
    """Whether a text is nothing but a date or a time, whatever it is the date of."""
    return len(text) <= 120 and (_is_date(_TOKEN.findall(text.lower())) or is_volatile(text))


def _ticks(line: str) -> bool:
    """Whether every word of a line belongs to a time stamp, an age or a counter."""
    stamp = _STAMP.search(line)
    rest = line[: stamp.start()] + " " + line[stamp.end() :] if stamp else line
    tokens = _TOKEN.findall(rest.lower())
    if _is_dateline(tokens):
        return True
    if stamp:
        return _is_date(tokens) or _is_age(tokens) or bool(_AGO_CJK.search(line))
    return _is_age(tokens) or _is_count(tokens) or bool(_READING_TIME.fullmatch(line))


def _is_dateline(tokens: list[str]) -> bool:
    """Whether a line is a name and a whole date with its hour: "The Paper, Friday 2 May 2025 12.58 GMT"."""
    known = [token for token in tokens if token in _DATE_WORDS or _NUMBER.fullmatch(token)]
    timed = any(re.fullmatch(r"[0-2]?\d[.:h][0-5]\d", token) for token in tokens)
    return timed and len(known) >= 5 and len(tokens) - len(known) <= 3


def _is_date(tokens: list[str]) -> bool:
    known = all(
        _NUMBER.fullmatch(token) or token in _DATE_WORDS or token in _AGO or token in _UNITS
        for token in tokens
    )
    return bool(tokens) and known and any(token[0].isdigit() or token in _AGO for token in tokens)


def _is_age(tokens: list[str]) -> bool:
    if not tokens or not (tokens[-1] in _AGO or tokens[0] in _AGO_FIRST):
        return False
    counted = any(token in _UNITS or token in _AGO for token in tokens) or bool(
        re.fullmatch(r"\d+\w+", tokens[0])
    )
    every = _AGO | _AGO_FIRST | _AGO_FILL | _UNITS
    return counted and all(token in every or _NUMBER.fullmatch(token) for token in tokens)


def _is_count(tokens: list[str]) -> bool:
    numbers = [token for token in tokens if token[0].isdigit() and _NUMBER.fullmatch(token)]
    if not numbers or not any(token in _COUNTED or token in _COUNT_SURE for token in tokens):
        return False
    return all(token in _COUNTED or token in _COUNT_FILL or _NUMBER.fullmatch(token) for token in tokens)
