"""Sentences in which a page speaks to its reader of itself: of its address, its doors, its machines.

News is told of others and in sentences of its own; an error page or a wall says little else than what it
is, what it lacks and what to do. So the share of such sentences parts the two in wordings never met, where
a table of phrases knows only those it lists. No single sentence proves anything: an article may quote one.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from articles.core.fingerprint import word_count

SHORT = 12  # words of a sentence in which one plain sign is enough
MEDIUM = 22


@dataclass(frozen=True)
class _Words:
    """Words that begin as in `begun`, and those of `whole` that are just so.

    A word of a script without spaces, or one with "_" for a blank, is met wherever it stands.
    """

    begun: str
    whole: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Made when it is asked for: a command that reads no page has no use for it."""
        begun = [_escaped(word) for word in self.begun.split()]
        inside = [word for word in begun if _UNSPACED.search(word)]
        spaced = [word for word in begun if not _UNSPACED.search(word)]
        exact = [_escaped(word) for word in self.whole.split()]
        parts = [rf"(?<![^\W_])(?:{'|'.join(spaced)})[^\W_]*"]
        if exact:
            parts.append(rf"(?<![^\W_])(?:{'|'.join(exact)})(?![^\W_])")
        if inside:
            parts.append("|".join(inside))
        return re.compile("|".join(parts))


def _escaped(word: str) -> str:
    return re.escape(word).replace("_", " ")


_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# Machines and doors: rare in news, and never many in a few lines of it.
_MACHINE = _Words(
    """
    javascript cookie captcha recaptcha hcaptcha turnstile url http https browser homepage home_page
    front_page
    firewall ray_id support_id request_id reference_id incident_id block_id reference_# error_code cloudflare
    cloudfront akamai perimeterx incapsula imperva datadome ddos anubis nginx apache varnish wordpress
    drupal joomla mysql sqlstate pdoexception php stack_trace fatal_error traceback cname dns webmaster
    administrator ip_address your_ip proxy vpn ad_blocker adblock
    unblock whitelist allowlist log_in login logged_in sign_in signed_in sign_up password passcode
    reload refresh redirect try_again broken_link support_ticket
    unsubscrib app_store google_play
    server_error web_server database_error database_connection device_id
    tracking_technolog third-party consent opt_out opt-out
    navigateur mot_de_passe page_d'accueil l'accueil traceur se_connecter connectez-vous
    startseite webseite seitenaufruf anmeld einlogg passwort werbetracking tracking zustimmung werbefrei
    navegador página_principal página_de_inicio portada contraseña iniciar_sesión inicia_sesión inicie_sesión
    página_inicial senha
    pagina_iniziale pagina_principale torna_alla_home accedi
    startpagina inloggen wachtwoord startsidan startsiden forsiden webbläsar nettleser logga_in
    logg_inn lösenord
    etusivu selain
    браузер главную_страницу на_главную главной_странице войдите пароль перезагруз обновите_страниц
    tarayıc ana_sayfa anasayfa oturum_aç giriş_yap şifre çerez
    przeglądark stronę_główną strony_głównej zaloguj ciasteczk odśwież
    prohlížeč domovsk úvodní_stránk hlavní_stránk főoldal böngésző
    браузър браузері пошуком головну
    beranda peramban kata_sandi halaman_utama masuk_log trang_chủ trình_duyệt
    αρχική_σελίδα δείκτης πρόγραμμα_περιήγησης
    المتصفح الصفحة_الرئيسية تسجيل_الدخول
    ब्राउज़र होम_पेज होमपेज मुख्य_पृष्ठ मुखपृष्ठ लॉग_इन
    דף_הבית הדפדפן
    首页 首頁 主页 浏览器 瀏覽器 登录 登入 刷新 跳转 网址 網址 验证码 驗證碼 网页 網頁
    トップページ ブラウザ ログイン ホームページ リロード 再読み込み
    홈으로 홈페이지 브라우저 로그인 새로고침
    หน้าแรก เบราว์เซอร์
    """,
    whole="js url ip dns http cname vpn ids xid 404 bot bots robot captcha",
)
# The reader, and what is said to be polite to one.
_READER = _Words(
    """
    you your you're you've you'll please sorry oops whoops uh-oh apologi apologise apologize thank_you
    welcome instead looking_for came_for have_a_look
    veuillez désolé oups vous votre vos
    bitte leider hoppla ihnen ihre entschuldig ups
    lo_sentimos usted por_favor vaya disculpe buscas buscabas
    você desculpe infelizmente procura
    spiacenti cercando stai ops
    helaas excuses uw oeps
    tyvärr beklager beklagar desværre hoppsan
    valitettavasti etsimääsi
    вы вас вам ваш пожалуйста извините к_сожалению попробуйте перейдите вернитесь проверьте воспользуйтесь
    ви вас ваш вибачте
    lütfen üzgünüz maalesef aradığınız istediğiniz
    przepraszamy proszę państw szukasz twoj twój sprawdź wróć
    omlouváme prosím hledáte sajnáljuk kérjük keresett
    maaf silakan anda
    xin_lỗi vui_lòng bạn
    λυπούμαστε παρακαλώ συγγνώμη
    عذرا عذراً نعتذر يرجى يمكنك تبحث آسف
    क्षमा कृपया आप आपके आपकी
    מצטערים סליחה
    您 抱歉 对不起 對不起 请 請 很抱歉
    申し訳 お探し ください お客様 ご確認 恐れ入り
    죄송 요청하신 주세요 하십시오 찾으시는 고객님
    ขออภัย กรุณา คุณ
    """,
    whole="us we our sie u du dig dere tu te ti vi",
)
# What is said of a page and its doors; each of these words is at home in news as well.
_PAGE = _Words(
    """
    page site website webpage link article story stories content address account subscri access
    service request search connection security verif human automat block denied permission network
    unavailable not_available not_found missing moved expired removed deleted exist taken_offline offline
    maintenance temporar error problem went_wrong app apps download install register registration profile
    membership member plan trial unlock unlimited continu read_on reading email newsletter
    device partner privacy personal_data advertis preference setting accept agree reject enable disable
    load loading loaded update upgrade supported click follow parked domain registrar date_of_birth
    legal_age drinking_age years_of_age enter go_back head_back head_over
    check_back come_back in_a_few_minutes few_seconds shortly terms
    einwilligung zustimmung privatsphäre accord consentement vie_privée consentimiento privacidad consenso
    samtyck samtykke соглас конфиденциальн onay gizlilik zgod prywatno toestemming izin privasi 同意 隐私 隱私
    プライバシー 동의 개인정보 الخصوصية موافق सहमति गोपनीयता
    erreur chargement réessay fehler geladen errore caricament загрузк hata yükle wczyt fout laden
    ladda terjadi_kesalahan memuat خطأ تحميل त्रुटि लोड 出错 出錯 加载 載入 エラー 読み込み 오류 불러
    page contenu lien adresse article site recherche supprim introuvable n'existe abonn accepter
    refuser partenaires
    données compte réessay inaccessible déplac lecture
    seite adresse beitrag artikel inhalt suche verschoben gelöscht gefunden existier abo konto werbung
    datenschutz partner akzeptier angebot aufgeruf
    página enlace contenido artículo noticia búsqueda eliminad encontra disponible suscri acepta socios cuenta
    página conteúdo link endereço removid movid encontrad disponíve assina aceitar busca notícia conta
    pagina contenuto collegamento articolo rimoss spostat trovat disponibile abbona ricerca accetta
    pagina artikel zoek verplaatst verwijderd gevonden beschikbaar abonn
    sidan siden artikel länken flyttats tagits_bort slettet fjernet flyttet finns finnes findes
    adressen sök søg
    sivu sivua poistettu
    страниц адрес ссылк материал поиск удален удалён перемещ существ найден доступ подпис ошиб
    сторінк видален знайден
    sayfa içerik adres bağlantı kaldırıl taşın bulunama arama abone erişim hata
    stron adres artykuł treść link usunię przenies znalezion wyszukiwar subskry błąd błęd
    stránk článek odkaz nalezen oldal nem_található
    halaman tautan konten ditemukan dihapus pencarian dipindahkan berlangganan alamat
    trang không_tìm_thấy nội_dung
    σελίδα βρέθηκε
    الصفحة المحتوى الرابط البحث حذف موجودة العنوان الوصول
    पेज पृष्ठ लिंक खोज हटा उपलब्ध
    העמוד הדף
    页面 頁面 内容 內容 文章 链接 連結 访问 訪問 删除 刪除 不存在 找不到 搜索 返回 重试 订阅 會員 会员
    ページ 記事 アクセス 削除 見つかりません 移動 会員 購読 検索 お探し
    페이지 기사 주소 접근 삭제 찾을_수_없 구독 검색
    หน้า ไม่พบ ลิงก์
    """
)
# What points at the very page it stands on.
_ITSELF = re.compile(
    r"(?<![^\W_])(?:this|the requested|that) (?:web ?)?(?:page|site|website|content|link|app|browser|video"
    r"|domain|server|feature|service|url|request|address|amp page)(?![^\W_])"
    r"|(?:rest|whole|remainder) of this (?:story|article)|(?:story|article) continues for"
    r"|diese[rs]? (?:seite|inhalt|artikel|beitrag|angebot)|cette page|ce (?:contenu|site|lien)"
    r"|est[ae] (?:página|contenido|sitio|enlace)"
    r"|questa pagina|questo (?:contenuto|sito)|esta página|este conteúdo|deze (?:pagina|website|inhoud)"
    r"|(?:denna|den här) sida|denne siden?|эта страница|данная страница|такой страницы|этот материал"
    r"|bu (?:sayfa|içerik|site)|ta strona|tej strony"
    r"|halaman (?:ini|yang)|ця сторінка|tato stránka|ez az oldal"
    r"|هذه الصفحة|هذا المحتوى|यह (?:पेज|पृष्ठ|सामग्री)"
    r"|此页|本页|该页|此頁|該頁|本站|このページ|当サイト|이 페이지|หน้านี้"
)
_PRICE = re.compile(
    r"(?:one|two|three|four|five|ten) (?:pounds|dollars|euros)"
    r"|[$£€]\s?\d[\d.,]*|\d[\d.,]*\s?(?:€|eur(?:os?)?(?![^\W_])|zł|kr(?![^\W_])|₽|₺|円|원|元)"
)
_TERM = re.compile(
    r"(?<![^\W_])(?:an?|per|/|every|each|first|im|pro|par|al|por|mois|premier|al|w|pr\.?|för en|초?|첫)"
    r" ?(?:day|week|month|year|monat|woche|mois|mes|mese|mês|miesiąc|månad|måned|달|월)"
    r"|月额|月額|每月|毎月|/月|初月|monatlich|mensuel|mensual|aylık|в месяц"
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？।؟])\s*|\s+[•·|]\s+")
_ADDRESSED = re.compile(r"(?<=[\w,] )(?:Sie|Ihr|Ihre|Ihrem|Ihren|Ihrer|Ihnen)\b|^(?:[A-Z]\w+en Sie)\b")
# What only one who tells of others says.
_TOLD = re.compile(
    r"(?<![^\W_])(?:said|says?|told|according to|announced|spokes\w+|study|survey|researchers?|police|court"
    r"|judge|mayor|minister|regulators?|curator|professor|publishers?|newspapers?|fined|sued|percent"
    r"|per cent|[mb]illion"
    r"|sagte|laut|polizei|selon|según|secondo)(?![^\W_])"
)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, near enough."""
    return [part for part in _SENTENCE.split(text) if part and part.strip()]


def is_price(text: str) -> bool:
    """Whether a text names what something costs a week, a month or a year."""
    folded = text.lower()
    return bool(_PRICE.search(folded) and _TERM.search(folded))


def is_told(sentence: str) -> bool:
    """Whether a sentence tells of others, with a word for who says so."""
    folded = sentence.lower()
    return bool(_TOLD.search(folded)) and not (_READER.pattern.search(folded) or _ITSELF.search(folded))


def is_talk(sentence: str) -> bool:
    """Whether a sentence speaks to the reader of the page it stands on."""
    folded = " ".join(sentence.lower().replace("’", "'").split())
    machine = len(set(_MACHINE.pattern.findall(folded)))
    page = len(set(_PAGE.pattern.findall(folded))) + bool(_PRICE.search(folded) and _TERM.search(folded))
    addressed = bool(_READER.pattern.search(folded) or _ADDRESSED.search(sentence) or _ITSELF.search(folded))
    length = word_count([folded])
    if _UNSPACED.search(folded):
        length //= 2
    if not addressed:
        if _TOLD.search(folded):
            return False
        return (machine + page > 2 and length <= MEDIUM) or (machine > 0 and length <= SHORT)
    return machine > 0 or page > 1 or (page > 0 and length <= MEDIUM)
