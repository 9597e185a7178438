"""What a file is that is not a picture we read, by its first bytes, and what to do instead."""

import codecs

EXPECTED = "Expected a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF picture"
EXPORT = "Export it as JPEG from the program or phone that made it."
RAW = f"a camera's raw file, of which only a small preview could be read. {EXPORT}"
HEIC = f"a HEIC picture that is damaged or incomplete, or that cannot be read here for want of pillow-heif. {EXPORT}"
STARTS = {
    b"\xff\x0a": f"a JPEG XL picture. {EXPORT}",
    b"\0\0\0\x0cJXL ": f"a JPEG XL picture. {EXPORT}",
    b"\0\0\0\x0cjP  ": f"a JPEG 2000 picture. {EXPORT}",
    b"\xff\x4f\xff\x51": f"a JPEG 2000 picture. {EXPORT}",
    b"FUJIFILMCCD-RAW": RAW,
    b"IIRO": RAW,  # Olympus
    b"IIRS": RAW,
    b"MMOR": RAW,
    b"IIU\0": RAW,  # Panasonic
    b"FOVb": RAW,  # Sigma
    b"II*\0": f"a kind of TIFF that we do not know, as raw files of cameras are. {EXPORT}",
    b"MM\0*": f"a kind of TIFF that we do not know, as raw files of cameras are. {EXPORT}",
    b"\xff\xd8": "a JPEG that breaks off at once",
    b"\x89PNG": "a PNG that is damaged",
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript document",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x1a\x45\xdf\xa3": "a video",
}
# The kind of a file of boxes, as in its "ftyp"
BRANDS = {b"crx ": RAW} | dict.fromkeys((b"heic", b"heix", b"mif1", b"heim", b"heis"), HEIC)


def what_it_is(head: bytes) -> str:
    """What a file is that begins with these bytes, in words; with what to do where we know better than "expected"."""
    found = next((what for start, what in STARTS.items() if head.startswith(start)), None)
    if found is None and head[4:8] == b"ftyp":
        found = BRANDS.get(head[8:12], "a video or a kind of picture that we do not know")
    return found or ("text" if _is_text(head) else "something else")


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the head may end within a character
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)
