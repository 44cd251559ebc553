"""Made-up texts in eight languages and five scripts, the same for the same seed.

The most frequent words are real ones of the language, the others are put together from syllables in its
script. How frequent a word is falls with its rank as in natural languages: by Zipf's law in Mandelbrot's form.
"""

import itertools
import random
from dataclasses import dataclass
from functools import lru_cache

WORDS = 20_000  # of a language
NAMES = 4_000
RANK_SHIFT = 2.7  # Mandelbrot's: the first few words are less frequent than 1 / rank says


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language as it is written.

    words      real words, the most frequent first
    syllables  of which the other words are made
    syllable   how many of them: least and most
    note       how a correction note begins
    """

    code: str
    words: str
    syllables: str
    note: str
    syllable: tuple[int, int] = (2, 4)
    blank: str = " "
    comma: str = ","
    stop: str = "."
    marks: str = "“”"
    direction: str = ""


LATIN = "ba re mi to lu ka ne so vi da or el un pa ri gen mar tol ves quin dra sel fo ster lin bo chi pra"
CYRILLIC = "ба ре ми то лу ка не со ви да ор ел ун па ри ген мар тол вес дра сел фо стер лин бо чи пра"
ARABIC = "با ري مي تو لو كا ني سو في دا نور ال بن قا رب جن مر طل فس درا سل فو شر عم حس"
HAN = (
    "人 民 市 長 海 港 船 水 火 山 石 田 土 金 木 月 日 星 天 地 風 雨 雪 電 車 道 橋 門 城 宮 家 店 校 院 場 局 部 員 官 王 法 令 "
    "文 書 字 言 語 話 聞 見 知 思 想 心 力 手 足 身 頭 目 口 耳 新 舊 大 小 高 低 多 少 東 西 南 北 中 外 內 前 後 左 右 上 下"
)
KANA = "あ い う え か き く け こ さ し す そ た ち つ て と な に ね の は ひ ふ ほ ま み む も や ゆ よ ら り る れ わ ん"
TONGUES = (
    Tongue(
        "en",
        "the of and to a in that it is was for on with he as by at from his they be not which had but or have an "
        "were who will their one said would more about its been has there after when all than no could other into "
        "some people also new over two first last years year may only so police government before because city "
        "most many against where while between three under through state court did each alleged reportedly",
        LATIN,
        "Correction",
    ),
    Tongue(
        "de",
        "die der und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
        "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor "
        "zur bis mehr durch man sein wurde sei",
        LATIN,
        "Korrektur",
        marks="„“",
    ),
    Tongue(
        "fr",
        "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec son aux "
        "mais comme ou ont été cette a deux ses leur elle tout ces entre fait après même selon sans peut",
        LATIN,
        "Correction",
        marks="«»",
    ),
    Tongue(
        "es",
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin "
        "sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde",
        LATIN,
        "Corrección",
        marks="«»",
    ),
    Tongue(
        "ru",
        "и в не на что он с как это по но из у за от то о так же для бы было до все его к был быть их мы она они "
        "после при где уже или если году время только может",
        CYRILLIC,
        "Исправление",
        marks="«»",
    ),
    Tongue(
        "ar",
        "في من على أن إلى التي عن لا ما هذا مع بعد كان هذه الذي أو ذلك كل بين قد قال حيث كما لم عام يوم منذ خلال حول",
        ARABIC,
        "تصحيح",
        comma="،",
        marks="«»",
        direction="rtl",
    ),
    Tongue("zh", "的 一 是 不 了 在 有 和 人 這 也 就 都 而 及 與 被 將 對 說", HAN, "更正", (1, 3), "", "，", "。", "「」"),
    Tongue(
        "ja",
        "の に は を た が で て と し れ さ ある いる も する から な こと として",
        f"{HAN} {KANA}",
        "訂正",
        (1, 3),
        "",
        "、",
        "。",
        "「」",
    ),
)  # fmt: skip


@lru_cache(maxsize=len(TONGUES))
def _lexicon(tongue: Tongue) -> tuple[list[str], list[str]]:
    """A language's words, the most frequent first, and its names."""
    chance = random.Random(tongue.code)
    syllables = tongue.syllables.split()

    def made() -> str:
        return "".join(chance.choices(syllables, k=chance.randint(*tongue.syllable)))

    words = dict.fromkeys(tongue.words.split())
    while len(words) < WORDS:
        words[made()] = None
    return list(words), [(made() + made()).capitalize() for _ in range(NAMES)]


@lru_cache(maxsize=2)
def _shares(count: int) -> list[float]:
    """How often the words of ranks up to each are met."""
    return list(itertools.accumulate(1 / (rank + RANK_SHIFT) for rank in range(1, count + 1)))


class Author:
    """Writes in a language; `lexicon` are its words, the most frequent first."""

    def __init__(self, tongue: Tongue, chance: random.Random) -> None:
        self.tongue, self.chance = tongue, chance
        self.lexicon, self._names = _lexicon(tongue)

    def words(self, count: int) -> list[str]:
        """Words by their frequency."""
        return self.chance.choices(self.lexicon, cum_weights=_shares(WORDS), k=count)

    def name(self) -> str:
        """A name; some are in the news much more often than others."""
        return self.chance.choices(self._names, cum_weights=_shares(NAMES))[0]

    def number(self) -> str:
        """A number in figures; small ones are frequent."""
        return str(int(self.chance.lognormvariate(3, 1.5)) + 2)

    def sentence(self, words: int) -> str:
        """So many words, now and then a name, a number and a comma among them, and a full stop."""
        out = self.words(words)
        for at in range(2, words - 1):
            draw = self.chance.random()
            if draw < 0.03:
                out[at] = self.name()
            elif draw < 0.05:
                out[at] = self.number()
            elif draw < 0.11:
                out[at] += self.tongue.comma
        out[0] = out[0].capitalize()
        return self.tongue.blank.join(out) + self.tongue.stop

    def quotation(self) -> str:
        """A sentence that somebody says."""
        opening, closing = self.tongue.marks
        said = self.sentence(self.chance.randint(7, 18))
        return f"{opening}{said}{closing}{self.tongue.blank}{self.name()}{self.tongue.stop}"

    def paragraph(self, words: int) -> str:
        """About so many words in sentences of 8 to 24; every fifth ends in a quotation."""
        sentences = []
        while words > 0:
            length = self.chance.randint(8, 24)
            sentences.append(self.sentence(length))
            words -= length
        if self.chance.random() < 0.2:
            sentences.append(self.quotation())
        return self.tongue.blank.join(sentences)

    def title(self) -> str:
        """A headline, without a full stop."""
        words = [self.name(), *self.words(self.chance.randint(5, 9))]
        return self.tongue.blank.join(words)
