#!/usr/bin/env bash
# Makes the fonts of this folder anew, from Debian's packages fonts-noto-core and fonts-noto-cjk, with
# fontTools: all letters of each, without hints for low resolutions; of the Chinese, Japanese and Korean
# font those letters that the national character sets have, in each language's own form.
set -euo pipefail
cd "$(dirname "$0")"
from=/usr/share/fonts
scripts=(Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam
    Myanmar Sinhala Tamil Telugu Thai)

rm -f ./*.ttf ./*.otf
for name in NotoSans-Regular NotoSerif-Regular NotoSerif-Bold NotoNaskhArabic-Regular \
    "${scripts[@]/#/NotoSerif}"; do
    [[ $name == *-* ]] || name+=-Regular
    pyftsubset "$from/truetype/noto/$name.ttf" --unicodes='*' --layout-features='*' --no-hinting \
        --output-file="$name.ttf"
done

python3 - >sets.txt <<'PYTHON'
def letters(codec):
    pairs = (bytes((first, second)) for first in range(0x81, 0xFF) for second in range(0x40, 0xFF))
    return {char for pair in pairs for char in pair.decode(codec, "ignore") if len(char) == 1}

sets = letters("gb2312") | letters("euc_jp") | letters("euc_kr")
pairs = (bytes((first, second)) for first in range(0xA1, 0xC7) for second in range(0x40, 0xFF))
sets |= {char for pair in pairs for char in pair.decode("big5", "ignore")}  # the frequent half of Big5
sets |= {chr(code) for block in ((0x3000, 0x3100), (0xFF00, 0xFFF0)) for code in range(*block)}
print("\n".join(f"U+{ord(char):04X}" for char in sorted(sets)))
PYTHON
pyftsubset "$from/opentype/noto/NotoSansCJK-Regular.ttc" --font-number=2 --unicodes-file=sets.txt \
    --layout-features=locl,ccmp,kern,calt --no-hinting --drop-tables+=vmtx,vhea,VORG \
    --output-file=NotoSansCJKsc-Regular.otf
rm sets.txt

# What they have letters for, as ranges: a card must know before it is drawn. One is left out that is half
# a line wide, so that hostile texts are no larger than others.
python3 - >coverage.txt <<'PYTHON'
from itertools import groupby
from pathlib import Path
from textwrap import fill

from fontTools.ttLib import TTFont

found = [path for path in Path().iterdir() if path.suffix in (".ttf", ".otf")]
codes = sorted({code for path in found for code in TTFont(path).getBestCmap()} - {0xFDFD})
runs = [[code for _, code in run] for _, run in groupby(enumerate(codes), lambda pair: pair[1] - pair[0])]
print(fill(" ".join(f"{run[0]:x}-{run[-1]:x}" for run in runs), 110, break_on_hyphens=False))
PYTHON
