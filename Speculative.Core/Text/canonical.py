"""Writes canonical.txt: the code points that canonical normalization touches (Hangul syllables are computed instead).

python canonical.py > canonical.txt      each line: code point (hex), combining class, and for those that decompose:
'=' (composed again by NFC) or '>' (not), the canonical decomposition in one step (hex)
"""
import unicodedata

print(f"# Unicode {unicodedata.unidata_version}")
for code in range(0x110000):
    if 0xD800 <= code < 0xE000 or 0xAC00 <= code < 0xD7A4:
        continue
    char = chr(code)
    combining, parts = unicodedata.combining(char), unicodedata.decomposition(char)
    if parts.startswith("<"):
        parts = ""
    if parts:
        sign = "=" if unicodedata.normalize("NFC", unicodedata.normalize("NFD", char)) == char else ">"
        print(f"{code:X} {combining} {sign} {parts}")
    elif combining:
        print(f"{code:X} {combining}")
