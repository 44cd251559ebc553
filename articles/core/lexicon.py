"""Words and patterns by which kinds.py knows numbers, dates, quotations, hedges and correction notes.

Thin on purpose: English well, French, German, Spanish, Italian, Portuguese, Dutch, Arabic, Chinese and
Japanese in part, and what is written in figures in any language. A missing word costs a label, never the
change itself. Words are compared as `plain` gives them.
"""

import re
from collections.abc import Iterator
from functools import cache

_MARKS = re.compile("[\u0640\u064b-\u0652]")  # Arabic: a stretched letter, vowel signs


def plain(word: str) -> str:
    """A word without its case, and without the vowel signs that Arabic may leave out."""
    return _MARKS.sub("", word.casefold())


def _words(text: str) -> frozenset[str]:
    return frozenset(map(plain, text.split()))


def _any_of(words: str) -> str:
    """A pattern for any of the words, longer ones first."""
    return "(?:" + "|".join(sorted(set(words.split()), key=lambda word: (-len(word), word))) + ")"


# --- numbers -------------------------------------------------------------------------------------
_FIGURES = (
    r"(?:(?<![^\W_])[-−+])?[$£€¥₹]?(?<![A-Za-z\d])"
    r"(?:\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:[.,'’\u00a0\u2009\u202f]\d+)*"  # "1 900", "1,900", "1.900,5"
)
# By language: from nought on the words of small numbers; the greater ones, parted by / from what stands for
# per cent. English is also what a text without a language is read as. A "one" is an article in many.
_SPELT = {
    "en": (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty",
        "thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions "
        "billion billions trillion dozen dozens bn tn mn m k / percent per\\scent",
    ),
    "de": (
        "null - zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
        "sechzehn siebzehn achtzehn neunzehn zwanzig",
        "dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend million millionen milliarde "
        "milliarden billion billionen dutzend mio mrd "
        "(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und(?:zwan|drei|vier|fünf|sech|sieb|acht"
        "|neun)[zß]ig "
        "/ prozent",
    ),
    "fr": (
        "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
        "dix-sept "
        "dix-huit dix-neuf vingt",
        "vingts trente quarante cinquante soixante cent cents mille million millions milliard milliards "
        "douzaine "
        "dizaine / pour\\scent",
    ),
    "es": (
        "cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
        "diecisiete dieciocho diecinueve veinte",
        "veinti\\w+ treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento cientos mil miles "
        "millón millones docena docenas / por\\sciento",
    ),
    "it": (
        "zero - due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
        "sedici diciassette diciotto diciannove venti",
        "trenta quaranta cinquanta sessanta settanta ottanta novanta cento mille mila milione milioni "
        "miliardo "
        "miliardi / per\\scento",
    ),
    "pt": (
        "zero - dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis "
        "dezessete dezoito dezenove vinte",
        "trinta quarenta cinquenta sessenta setenta oitenta noventa cem cento mil milhão milhões bilhão "
        "bilhões "
        "/ por\\scento",
    ),
    "nl": (
        "nul - twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
        "zeventien achttien negentien twintig",
        "dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend miljoen miljard / procent",
    ),
    "ar": (
        "صفر - اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
        "اثنين اثنا اثني اثنتا اثنتي ثلاث أربع خمس ست سبع ثماني تسع عشر عشرون عشرين ثلاثون ثلاثين أربعون "
        "أربعين "
        "خمسون خمسين ستون ستين سبعون سبعين ثمانون ثمانين تسعون تسعين مئة مائة مئتان مئتين ألف ألفا آلاف "
        "مليون "
        "مليونا ملايين مليار مليارات / بالمئة بالمائة",
    ),
}
_PERCENT = re.compile("|".join(great.partition("/ ")[2].replace(" ", "|") for _, great in _SPELT.values()))
_CJK_FIGURES = (
    "[一二两三四五六七八九十百千〇零][一二两三四五六七八九十百千万萬亿億兆〇零]+"
    "|[二两三四五六七八九十百千](?=[人名岁歳個个件次])"
)
_CJK_UNITS = "[百千万萬亿億兆만억조]+"


@cache
def _numbers(language: str) -> re.Pattern[str]:
    """Figures, with what they count by, and the words of a language, put together as it puts them."""
    small, great = _SPELT[language]
    spelt = [word for word in small.split() if word != "-"]
    units = [unit for unit in great.split() if unit != "/"]
    words = "|".join(sorted((*spelt, *units), key=lambda word: (-len(word), word)))
    joint = r"(?:[-\s]|\s(?:et|y|e)\s|\sو)"
    # a letter of Arabic grammar may stand before a word, and is no part of it
    return re.compile(
        rf"{_FIGURES}(?:\s?%|\s?(?:{'|'.join(units)})\b|{_CJK_UNITS})?"
        rf"|(?:\b|(?<=\b[وبل]))(?:{words})(?:{joint}(?:{words}))*\b|{_CJK_FIGURES}",
        re.IGNORECASE,
    )


_VALUES = {
    language: {plain(word): str(value) for value, word in enumerate(small.split()) if word != "-"}
    for language, (small, _) in _SPELT.items()
}
_VALUES["en"] |= {word: str(10 * value) for value, word in enumerate(_SPELT["en"][1].split()[:7], start=3)}

# the same by a shorter name, behind figures
_SHORTER = {
    "en": {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "tn": "trillion"},
    "de": {"mio": "million", "mrd": "milliarde", "millionen": "million", "milliarden": "milliarde"},
}
_UNIT = re.compile(r"(?<=\d)\s?([^\W\d_]+)$")


def number_pattern(language: str) -> re.Pattern[str]:
    """What is a number in a text of this language: "-1.5", "$12", "1,900", "12 million", "7%", "twelve"."""
    return _numbers(language if language in _SPELT else "en")


def number_value(text: str, language: str) -> str:
    """ "1,900", "1 900" and "1900" are one number, and so are "twelve" and "12", "7 per cent" and "7%",
    "$2bn" and "$2 billion"."""
    value = plain(text)
    value = _VALUES.get(language, _VALUES["en"]).get(value, _PERCENT.sub("%", value))
    longer = _SHORTER.get(language, _SHORTER["en"])
    value = _UNIT.sub(lambda unit: longer.get(unit[1], unit[1]), value)
    value = re.sub(r"(?<=\d)[.,' ](?=\d{3}(?!\d))", "", value).replace(" ", "")
    return "".join(str(int(c)) if c.isdecimal() else c for c in value)


# A word, or in scripts without spaces the one sign that counts: of three sorts of Japanese, not the endings'.
_BEHIND = re.compile(
    "([ \u00a0\u202f-]?)([\u3400-\u9fff\uac00-\ud7a3]|[\u30a0-\u30ff]+|[^\\W\\d_\u3040-\u309f]+)"
)
_UNIT_LETTERS = 4  # that a word of its own needs; shorter ones mostly join sentences
# Longer ones that are no unit.
_NO_UNIT = _words(
    "were have been will with from that this they when than then more over into after before about "
    "wurden waren sind haben hatten oder über nach étaient étaient sont ont dans avec pour plus "
    "fueron eran están para sobre sono erano nella della foram eram estão werden waren zijn hebben voor "
    "كانوا كانت الذين"
)
_PLURAL = re.compile(r"(?<=\w{3})(?:e[sn]|[esn])$")


def number_unit(text: str, at: int) -> str:
    """What a number that ends here counts, without a plural's ending: the word behind it; "" if that tells
    nothing."""
    behind = _BEHIND.match(text, at)
    if behind is None:
        return ""
    word = plain(behind[2])
    if behind[1] and word.isascii() and (len(word) < _UNIT_LETTERS or word in _NO_UNIT):
        return ""
    return _PLURAL.sub("", word)


# --- dates ---------------------------------------------------------------------------------------
_MONTH = (
    _any_of(
        "january february march april may june july august september october november december "
        "jan feb mar apr jun jul aug sept sep oct nov dec "
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
        "januar februar märz juni juli oktober dezember "
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
        "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro "
        "januari februari maart mei augustus "
        "يناير فبراير مارس أبريل إبريل مايو يونيو يونيه يوليو يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر "
        "شباط آذار نيسان أيار حزيران تموز آب أيلول"
    )
    + r"\b(?:\.(?=,?\s?\d))?"
)
_DAY = _any_of(
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
    "lunes martes miércoles jueves viernes sábado domingo "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت اليوم أمس غدا "
    "heute gestern morgen demain hoy ayer mañana"
)
# A week or a month by how far it lies from now.
_SPAN = (
    r"(?:last|next|this)\s(?:week|month|year|night)|(?:letzte|nächste|diese)[nrs]?\s(?:Woche|Monat|Jahr)"
    r"|(?:semaine|mois|année)\s(?:dernière?|prochaine?)|(?:semana|mes|año)\s(?:pasad[oa]|próxim[oa])"
)
_YEAR = r"(?<![\d.,$£€¥-])(?:1[6-9]|20)\d\d(?!\d|[.,]\d|\s?%)"
_YEAR_AFTER = _any_of(
    "in since until till by from of year early late mid during before after en depuis desde im seit bis "
    "jahr nel dal del em sinds tot jaar vor nach"
)
# A month alone is none: "may", "march" and "mars" are words. A bare "1900" may be people.
DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?{_MONTH}(?:,?\s+(?:de\s+)?{_YEAR})?"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?![.,:]\d)(?:,?\s+{_YEAR})?"
    rf"|\b{_MONTH}\s+(?:de\s+)?{_YEAR}"
    r"|\b\d{4}-\d\d?-\d\d?\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b\d{1,2}:\d\d\b(?:\s?[ap]m\b)?"
    r"|\d{4}\s?[年년](?:\s?\d{1,2}\s?[月월])?(?:\s?\d{1,2}\s?[日일])?|\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
    r"|\b\d{1,2}(?:[.:]\d\d)?\s?Uhr\b|\b\d{1,2}\s?h\s?\d\d\b"
    r"|(?:星期|周|週|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?|[昨今明](?:天|日)"
    rf"|\b[وف]?{_DAY}\b|\b{_SPAN}\b|\b{_YEAR_AFTER}\s{_YEAR}",
    re.IGNORECASE,
)
_OF_A_MONTH = re.compile(rf"\b{_MONTH}\b", re.IGNORECASE)
_OF_A_DATE = re.compile(r"(\d+)(?:st|nd|rd|th|er)?\b|(?!(?:of|de)\b)[^\W\d_]+")


def date_value(text: str) -> str:
    """ "3 May 2024", "3rd of May 2024" and "May 3, 2024" are one date; in figures alone the order tells."""
    value = plain(text)
    if not _OF_A_MONTH.search(value):
        return value
    return " ".join(sorted(part[1] or part[0] for part in _OF_A_DATE.finditer(value)))


# The months of each language from the first on, and after a / what else they are called.
_MONTH_NAMES = {
    "en": "january february march april may june july august september october november december "
    "/ jan feb - apr - jun jul aug sept oct nov dec / - - - - - - - - sep",
    "de": "januar februar märz april mai juni juli august september oktober november dezember / jänner",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر "
    "/ - شباط آذار نيسان أيار حزيران تموز آب أيلول / - - - إبريل - يونيه يوليه",
}
_MONTH_NUMBERS = {
    language: {
        plain(word): str(number)
        for called in names.split(" / ")
        for number, word in enumerate(called.split(), start=1)
        if word != "-"
    }
    for language, names in _MONTH_NAMES.items()
}
_CJK_MONTHS = {
    sign: str(number) for number, sign in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), 1)
}
_CJK_MONTH = re.compile(r"(?<![0-9十])(1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])\s?[月월]")
_WRITTEN_SMALL = frozenset(("fr", "es", "it", "pt", "nl", "ar"))  # other languages give months a capital
DOUBTFUL_MONTHS = frozenset(("may", "march"))  # words of other meanings too, with a capital in headlines


@cache
def _month_words(language: str) -> re.Pattern[str]:
    return re.compile(rf"\b{_any_of(' '.join(_MONTH_NUMBERS[language]))}\b", re.IGNORECASE)


def months(text: str, language: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Where a text of this language names months, and which: "January", "9月". In English "may" is none."""
    known = language if language in _MONTH_NUMBERS else "en"
    for match in _month_words(known).finditer(text):
        number = _MONTH_NUMBERS[known].get(plain(match[0]))  # none where an i has another dot
        if number and (known in _WRITTEN_SMALL or match[0][0].isupper()):
            yield match.span(), number
    if not text.isascii():
        for match in _CJK_MONTH.finditer(text):
            yield match.span(), _CJK_MONTHS.get(match[1], match[1])


# What is written with a capital and is no name.
CALENDAR = re.compile(rf"(?:{_MONTH}|{_DAY})", re.IGNORECASE)

# --- quotations ----------------------------------------------------------------------------------
# Bounded, so that a mark that is never closed costs no more than this.
_LONGEST = 2000
QUOTATION = re.compile(
    "|".join(
        f"{opening}[^{closing}]{{1,{_LONGEST}}}[{closing}]"
        for opening, closing in (("“", "”"), ("„", "“”"), ("«", "»"), ("「", "」"), ("『", "』"), ('"', '"'))
    )
    + rf"|(?<!\w)‘[^‘\n]{{1,{_LONGEST}}}?’(?!\w)|(?<!\w)'[^'\n]{{3,{_LONGEST}}}?'(?!\w)"
)

# --- words that carry the statement ----------------------------------------------------------------
# By which a text keeps its distance from what it says, or denies it.
HEDGES = _words(
    "not no never none nor without alleged allegedly alleges reportedly apparently apparent "
    "supposedly supposed purported purportedly claimed claims claim suspected suspect believed "
    "thought may might could possibly possible perhaps probably probable likely unlikely "
    "unconfirmed appears appeared seems seemed "
    "pas jamais aucun aucune présumé présumée présumés présumées aurait auraient serait seraient "
    "nicht kein keine keinen keiner nie mutmaßlich mutmaßliche mutmaßlichen mutmaßlicher angeblich "
    "offenbar vermutlich möglicherweise soll sollen "
    "nunca presunto presunta presuntos presuntamente supuesto supuesta supuestamente posiblemente "
    "non mai presunti presunte presumibilmente forse avrebbe sarebbe "
    "não suposto suposta supostamente talvez teria seria "
    "niet geen nooit vermeend vermeende vermoedelijk mogelijk misschien zou zouden "
    "seien hätte hätten könnte könnten dürfte dürften nichts niemand niemals weder ohne "
    "verdächtig verdächtige verdächtigen verdächtiger rien sans pourrait pourraient peut-être "
    "probablement soupçonné soupçonnée apparemment habría habrían podría podrían quizás sospechoso "
    "sospechosa senza potrebbe nem sem poderia zonder verdachte "
    "لم لن لا ليس ليست ليسوا غير دون بدون يزعم زعم زعمت مزعوم مزعومة المزعوم المزعومة مشتبه المشتبه ربما "
    "يبدو "
    "يعتقد يرجح محتمل المحتمل"
)
# The same in scripts without spaces, wherever it stands in what was removed or added.
HEDGES_WITHIN = re.compile(
    "没有|沒有|从未|從未|并非|並非|涉嫌|据称|據稱|据报|據報|疑似|嫌疑|可能|或许|或許|大概|似乎|不|未(?![来來満满])|(?<![淹沉吞])[没沒](?!收)"
    "|とされる|とされた|とみられる|とみられた|の疑い|容疑|かもしれない|可能性|おそらく|模様"
    "|なかっ|(?<!少)(?<!危)ない(?!ふ)|ません|않|못"
)
# That decide what somebody is said to have done or suffered.
GRAVE = _words(
    "murder murders murdered murderer manslaughter homicide kill kills killed killing killer dead "
    "death deaths die dies died dying injured injuries wounded rape raped rapist assault assaulted "
    "abuse abused attack attacked terrorism terrorist terrorists guilty innocent acquitted convicted "
    "conviction charged charges accused arrested detained jailed sentenced suspended fraud bribery "
    "corruption theft stolen executed suicide missing lied lie lies racist illegal unlawful lawful "
    "legal resigned sacked fired denied denies admitted admits confirmed "
    "mord mordes morde mörder mörders totschlag totschlags töten tötet tötete getötet tötung ermordet tot "
    "tote "
    "toten toter tod todes gestorben starb starben verletzt verletzte verletzten vergewaltigt "
    "vergewaltigung angriff "
    "terror terrorist terroristen schuldig unschuldig freigesprochen verurteilt angeklagt beschuldigt "
    "verhaftet "
    "festgenommen betrug betrugs bestechung korruption diebstahl suizid selbstmord vermisst rassistisch "
    "illegal "
    "zurückgetreten entlassen bestritten gestanden "
    "meurtre meurtres meurtrier assassinat homicide tué tués tuée tuées mort morts morte mortes blessé "
    "blessés "
    "blessée blessées viol violée attaque terrorisme terroriste coupable innocent acquitté condamné accusé "
    "inculpé "
    "arrêté fraude corruption suicide disparu raciste illégal démissionné licencié nié avoué "
    "asesinato asesinatos asesino asesinado homicidio matar mató muerto muertos muerta muertas herido "
    "heridos herida "
    "heridas violación violada ataque terrorismo terrorista culpable inocente absuelto condenado acusado "
    "detenido "
    "arrestado fraude corrupción robo suicidio desaparecido racista ilegal dimitió despedido negó admitió "
    "omicidio ucciso uccisi assassinio morto morti ferito feriti stupro colpevole innocente assolto "
    "condannato "
    "arrestato homicídio assassinato matou mortos feridos culpado preso moord doodslag gedood dood doden "
    "gewonden "
    "verkrachting schuldig onschuldig vrijgesproken veroordeeld aangehouden "
    "قتل القتل قتلت قتلى قتيل مقتل جريمة اغتيال وفاة توفي مات جريح جرحى إصابة اغتصاب هجوم إرهاب إرهابي مذنب "
    "بريء "
    "براءة إدانة أدين متهم اعتقال اعتقل احتيال فساد سرقة انتحار مفقود استقال أقيل"
)
GRAVE_WITHIN = re.compile(
    "谋杀|謀殺|误杀|誤殺|过失致死|過失致死|故意杀人|杀人|殺人|杀害|殺害|死亡|遇难|受伤|受傷|強姦|强奸|恐怖|有罪|无罪|無罪|逮捕|被捕"
    "|起诉|起訴|定罪|诈骗|詐欺|贪污|汚職|自杀|自殺|失踪|辞职|辞任|傷害致死|負傷|重体|살인|사망|과실치사|체포|기소"
)

# --- what a page says of its own changes -------------------------------------------------------------
# Begins a line that says when the article was changed last.
UPDATED = re.compile(
    r"^\W*(?:(?:last|article|page|story|zuletzt|dernière|última|ultimo|laatst)\s+)*"
    r"(?:updated?|modified|edited|revised|amended|aktualisiert|geändert|mise? à jour|modifiée?"
    r"|actualizad[oa]|actualización|aggiornat[oa]|aggiornamento|atualizad[oa]|bijgewerkt|gewijzigd"
    r"|آخر تحديث|تم التحديث|(?:最終)?更新(?:日時|时间|時間)?)(?!\w*[^\W\d_])",
    re.IGNORECASE,
)
_CORRECTED = "(?:amended|corrected|updated|changed|clarified|edited|revised|modified)"
_TEXT = "(?:article|story|report|page|piece|headline|post)"
CORRECTION_NOTE = re.compile(
    r"^\W*(?:corrections?|clarifications?|editor['’]?s?['’]? note|errat(?:um|a)|amendment|"
    r"rectificatif|précision|note de la rédaction|korrektur|berichtigung|anmerkung der redaktion|"
    r"corrección|fe de errores|aclaración|nota de la redacción|errata corrige|correzione|rettifica|"
    r"correção|correctie|rectificatie)\b"
    r"|^\W*(?:訂正|お詫びと訂正|更正|勘误|勘誤|정정|바로잡습니다|تصحيح|تصويب|توضيح)"
    r"|\b(?:an|in an|a) (?:earlier|previous) version of this\b"
    rf"|\bthis {_TEXT} (?:was|has been|had been) (?:\w+ )?{_CORRECTED}\b"
    r"|\bin einer (?:früheren|vorigen) (?:version|fassung)\b"
    r"|\bune version (?:précédente|antérieure) de cet article\b"
    r"|\buna versión (?:anterior|previa) de est[ea]\b|\buna versione precedente di quest",
    re.IGNORECASE,
)
