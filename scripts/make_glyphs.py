"""Draw the sign lettering of the practice streets once, as images, so that drawing a street needs no font.

Needs Debian's fonts-noto-core and fonts-noto-cjk (SIL Open Font License 1.1) and a Pillow with Raqm, which joins
and stacks letters as Arabic, Devanagari, Khmer or Sinhala want it. Writes assets/practice/glyphs: one greyscale PNG
per script, words side by side, and words.json with each word and its left and right pixel.

    python scripts/make_glyphs.py [--fonts /usr/share/fonts]
"""

import argparse
import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

GLYPHS = Path(__file__).resolve().parents[1] / "assets" / "practice" / "glyphs"
HEIGHT_PX = 80
NOTO = "truetype/noto/NotoSans{}-Bold.ttf"
CJK = "opentype/noto/NotoSansCJK-Bold.ttc"

# script -> (font file, index in a collection, words). Two to four letters, so that they stand large on a sign.
# The Latin words are made up: a real one would give a country away.
# ruff: noqa: E501
SCRIPTS = {
    "latin": (
        "truetype/noto/NotoSans-Bold.ttf",
        0,
        "Alma Bera Cola Dana Elmo Fira Gala Hano Ima Jura Kelm Lena Mora Nela Olba Pira Rado Sela Tora Uld Vera Wend "
        "ARDE BELG DUNA FERM GRAN LIMU MURG NARD PELD RIGO SOLN TREB",
    ),
    "cyrillic": (
        "truetype/noto/NotoSans-Bold.ttf",
        0,
        "Юг Ждан Цны Шуя Ишим Лбищ Яя Бий Дюны Жигу Щип Эльб Пышь ЮЖНЫ ДОБЖ ЦИЛЬ ШИФЯ ЖЛОБ ГДЯ ЗЫЩИ ФИЛЮ Улья Льгиш "
        "Чуя Бия Идж",
    ),
    "greek": (
        "truetype/noto/NotoSans-Bold.ttf",
        0,
        "Θήβα Ψαρά Σύρος Δέλφ Ξάνθ Πλάκα Ύδρα Λάρς Φλωρ Γύθι ΔΙΟΝ ΣΠΛΗ ΘΑΣΟ ΨΑΡΑ ΞΥΛΟ ΦΩΚΗ ΠΥΛΟ ΛΑΜΨ Ωλέν Σφάξ Ηδύς Μήλω",
    ),
    "arabic": (
        NOTO.format("Arabic"),
        0,
        "قنا صور جدة دبي فاس عدن طنطا حلب بنها سفاقس العين وجدة تازة ينبع نجد صحار بسكرة ظفار خور طريف سوسة شبام",
    ),
    "hebrew": (
        NOTO.format("Hebrew"),
        0,
        "חיפה לוד צפת עכו ערד יפו אילת רמלה גדרה נצרת טבריה מגדל שדרות אשדוד חולון נשר עפולה דימון בית",
    ),
    "thai": (
        NOTO.format("Thai"),
        0,
        "เลย ตาก น่าน ตรัง แพร่ ชล ระยอง กระบี่ พะเยา ลำพูน สตูล ยะลา ตราด นคร หัวหิน อุดร ปาย เถิน ปัว ฝาง",
    ),
    "khmer": (
        NOTO.format("Khmer"),
        0,
        "កែប កំពត តាកែវ ព្រៃ ក្រចេះ សៀម រាប ពោធិ៍ ភ្នំ កោះ កុង បាត់ ស្វាយ ត្បូង មាស ឧត្ត ជ័យ ខេត្ត",
    ),
    "hangul": (
        CJK,
        1,
        "서울 부산 대구 인천 광주 울산 수원 청주 전주 여수 제주 강릉 춘천 속초 포항 경주 안동 목포 군산 김해 평택 용인",
    ),
    "japanese": (
        CJK,
        0,
        "とや さかえ のと アサヒ みなと ひので きた つるみ いわき ニセコ むつ えびの トマム あきの うるま かほく ナルト しまね せき町 おの川 そうか",
    ),
    "chinese": (
        CJK,
        2,
        "北京 上海 广州 成都 武汉 西安 长沙 南宁 龙岩 贵阳 郑州 厦门 嘉義 臺中 高雄 基隆 花蓮 新竹 屏東 雲林 彰化 苗栗",
    ),
    "devanagari": (
        NOTO.format("Devanagari"),
        0,
        "दिल्ली पटना आगरा मेरठ झाँसी जयपुर कोटा गया रीवा सतना मऊ बाँदा धार इंदौर शिवा हिसार बूँदी खुर्जा छपरा उन्नाव",
    ),
    "bengali": (
        NOTO.format("Bengali"),
        0,
        "ঢাকা খুলনা সিলেট যশোর পাবনা বগুড়া ভোলা ফেনী রংপুর নাটোর শেরপুর মাগুরা কুমিল্লা বরিশাল টঙ্গী সাভার নড়াইল",
    ),
    "sinhala": (
        NOTO.format("Sinhala"),
        0,
        "ගාල්ල නුවර කොළඹ මාතර හෝමා රත්න බදුල්ල අනුර මීගමු කෑගල්ල යාපන මොන පුත්ත වවුනි අම්පා හම්බ",
    ),
    "georgian": (
        NOTO.format("Georgian"),
        0,
        "გორი ბათუ ფოთი თელავ ონი ხონი ცაგერ ქუთა ზესტ ხაშურ ლაგო ყვარ მცხე დმან ჭიათ შუა ჯვარი",
    ),
    "ethiopic": (
        NOTO.format("Ethiopic"),
        0,
        "ጎንደር አዲስ መቀሌ ሐረር ጅማ ደሴ አክሱም ባሕር አዳማ ዲላ አርባ ጋምቤ ሶዶ ወልዲያ ላሊ ጅግጅ ነቀምት አሶሳ",
    ),
}


def word_image(word, font):
    """The word in white on black, cropped to its ink and brought to one height."""
    box = font.getbbox(word)
    image = Image.new("L", (box[2] - box[0] + 8, box[3] - box[1] + 8), 0)
    ImageDraw.Draw(image).text((4 - box[0], 4 - box[1]), word, fill=255, font=font)
    image = image.crop(image.getbbox())
    width_px = max(1, round(image.width * HEIGHT_PX / image.height))
    return image.resize((width_px, HEIGHT_PX), Image.Resampling.LANCZOS)


def script_strip(words, font):
    """All words of a script side by side with a gap of 4 px, and where each lies."""
    images = [word_image(word, font) for word in words]
    strip = Image.new("L", (sum(image.width + 4 for image in images), HEIGHT_PX), 0)
    entries, left = [], 0
    for word, image in zip(words, images, strict=True):
        strip.paste(image, (left, 0))
        entries.append({"word": word, "left": left, "right": left + image.width})
        left += image.width + 4
    return strip.quantize(16), entries


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"))
    fonts = parser.parse_args().fonts
    if not features.check("raqm"):
        raise SystemExit(
            "This Pillow has no Raqm, which shapes Arabic and Indic letters: install a wheel from PyPI."
        )
    GLYPHS.mkdir(parents=True, exist_ok=True)
    index = {}
    for script, (file, number, words) in SCRIPTS.items():
        font = ImageFont.truetype(str(fonts / file), 120, index=number)
        strip, index[script] = script_strip(words.split(), font)
        strip.convert("L").save(GLYPHS / f"{script}.png", optimize=True)
    (GLYPHS / "words.json").write_text(
        json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
