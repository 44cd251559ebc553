"""Words and patterns by which kinds.py knows numbers, dates, quotations, hedges and correction notes.

Thin on purpose: English well, French, German, Spanish, Italian, Portuguese and Dutch in part, and
what is written in figures in any language. A missing word costs a label, never the change itself.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any_of(words: str) -> str:
    """A pattern for any of the words, longer ones first."""
    return "(?:" + "|".join(sorted(_words(words), key=lambda word: (-len(word), word))) + ")"


# --- numbers -------------------------------------------------------------------------------------
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
_MAGNITUDES = "hundred hundreds thousand thousands million millions billion billions trillion dozen dozens"
_UNITS = f"(?:{_any_of(_MAGNITUDES)}|percent|per cent|bn|tn|mn|m|k)"

NUMBER_WORDS = {word: str(value) for value, word in enumerate(_ONES.split())} | {
    word: str(10 * value) for value, word in enumerate(_TENS.split(), start=3)
}
# "-1.5", "$12", "1,900", "12 million", "7%", "twelve", "twenty-one", "two hundred"
NUMBER = re.compile(
    r"(?:(?<![^\W_])[-−+])?[$£€¥₹]?(?<![A-Za-z\d])\d+(?:[.,'’\u00a0\u2009\u202f]\d+)*"
    rf"(?:\s?%|\s?{_UNITS}\b)?"
    rf"|\b(?:{'|'.join(NUMBER_WORDS)}|{_any_of(_MAGNITUDES)})\b"
    rf"(?:[-\s](?:{_any_of('one two three four five six seven eight nine')}|{_UNITS})\b)*",
    re.IGNORECASE,
)

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
        "januari februari maart mei augustus"
    )
    + r"\b\.?"
)
_DAY = _any_of(
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
    "lunes martes miércoles jueves viernes sábado domingo "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
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
    rf"|\b{_DAY}\b|\b{_YEAR_AFTER}\s{_YEAR}",
    re.IGNORECASE,
)
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
    "niet geen nooit vermeend vermeende vermoedelijk mogelijk misschien zou zouden"
)
# That decide what somebody is said to have done or suffered.
GRAVE = _words(
    "murder murders murdered murderer manslaughter homicide kill kills killed killing killer dead "
    "death deaths die dies died dying injured injuries wounded rape raped rapist assault assaulted "
    "abuse abused attack attacked terrorism terrorist terrorists guilty innocent acquitted convicted "
    "conviction charged charges accused arrested detained jailed sentenced suspended fraud bribery "
    "corruption theft stolen executed suicide missing lied lie lies racist illegal unlawful lawful "
    "legal resigned sacked fired denied denies admitted admits confirmed"
)

# --- correction notes ------------------------------------------------------------------------------
_CORRECTED = "(?:amended|corrected|updated|changed|clarified|edited|revised|modified)"
_TEXT = "(?:article|story|report|page|piece|headline|post)"
CORRECTION_NOTE = re.compile(
    r"^\W*(?:corrections?|clarifications?|editor['’]?s?['’]? note|errat(?:um|a)|amendment|"
    r"rectificatif|précision|note de la rédaction|korrektur|berichtigung|anmerkung der redaktion|"
    r"corrección|fe de errores|aclaración|nota de la redacción|errata corrige|correzione|rettifica|"
    r"correção|correctie|rectificatie)\b"
    r"|^\W*(?:訂正|お詫びと訂正|更正|정정|바로잡습니다)"
    r"|\b(?:an|in an|a) (?:earlier|previous) version of this\b"
    rf"|\bthis {_TEXT} (?:was|has been|had been) (?:\w+ )?{_CORRECTED}\b"
    r"|\bin einer früheren (?:version|fassung)\b|\bune version (?:précédente|antérieure) de cet article\b",
    re.IGNORECASE,
)
