"""Names in the order of a language's dictionaries, as far as CLDR's root order and its five languages need it."""

import unicodedata
from collections.abc import Iterable

from streetclip_demo.words.language import language

N_WITH_TILDE = "n\u0303"
AFTER_N = "n\U0010ffff"  # in Spanish it is a letter of its own
SMALL_KANA = dict(zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True))
VOWELS = dict(zip("AIUEO", "アイウエオ", strict=True))
BEFORE_LETTERS = "!"  # and after a space
LONG = "ー"  # sounds, and sorts, as the vowel before it


def in_order(names: Iterable[str]) -> list[str]:
    """Names as the reader looks them up."""
    reader = language()
    return sorted(names, key=lambda name: sorting_key(name, reader))


def sorting_key(name: str, reader: str) -> tuple[bytes, str]:
    """Letters without case and marks; then the name itself, where they decide nothing.

    >>> sorted(["Zypern", "Österreich", "Oman"], key=lambda name: sorting_key(name, "de"))
    ['Oman', 'Österreich', 'Zypern']
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    if reader == "es":
        plain = plain.replace(N_WITH_TILDE, AFTER_N)
    letters = ""
    for letter in plain:
        if letter == LONG and letters:
            letter = VOWELS.get(unicodedata.name(letters[-1], "")[-1:], "")
        if not unicodedata.combining(letter):
            is_letter = letter in " " + AFTER_N or letter.isalnum()
            letters += SMALL_KANA.get(letter, letter) if is_letter else BEFORE_LETTERS
    return letters.encode("euc_jp" if reader == "ja" else "utf-8", "replace"), name
