"""What a page needs to know of the language it is in: direction, names of days, two labels."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Language:
    """How one language is written on our pages.

    `weekdays` run from Monday, `months` from January. `date_form` takes `day` and `month`.
    """

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date_form: str
    published: str
    updated: str
    direction: str = "ltr"
    day_form: str = "{weekday}"

    def day_and_month(self, day: date) -> str:
        """The day and month as this language writes them in a note: 14 May."""
        return self.date_form.format(day=day.day, month=self.months[day.month - 1])

    def day_name(self, day: date) -> str:
        """How running text names a day of this week."""
        return self.day_form.format(weekday=self.weekdays[day.weekday()], day=day.day)


LANGUAGES = {
    "en": Language(
        weekdays=tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
        months=tuple(
            "January February March April May June July August September October November December".split()
        ),
        date_form="{day} {month}",
        published="Published",
        updated="Updated",
    ),
    "de": Language(
        weekdays=tuple("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()),
        months=tuple(
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
        ),
        date_form="{day}. {month}",
        published="Veröffentlicht",
        updated="Aktualisiert",
    ),
    "ar": Language(
        weekdays=tuple("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد".split()),
        months=tuple("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()),
        date_form="{day} {month}",
        published="نُشر",
        updated="حُدّث",
        direction="rtl",
    ),
    # Japanese news prose names a day by its number, not by the day of the week.
    "ja": Language(
        weekdays=tuple("月 火 水 木 金 土 日".split()),
        months=tuple(str(month) for month in range(1, 13)),
        date_form="{month}月{day}日",
        published="公開",
        updated="更新",
        day_form="{day}日",
    ),
}
