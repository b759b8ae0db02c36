"""Little files that trip readers up; `FILES` holds every byte of them, ``corpora/small/`` the committed copies.

`TEXTS` says for the files with an unusual encoding which codec turns them into which text. Each of these
texts ends with the ASCII line ``needle = 42``.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Final

_NEEDLE: Final = "needle = 42\n"

_GERMAN: Final = """\
Über den Dächern der Stadt lag noch der Nebel, als die Bäckerin die Tür öffnete.
Sie grüßte den Briefträger, der wie jeden Tag fünf Minuten zu früh kam, und stellte
die Brötchen ins Fenster. Größere Bestellungen führte ihr Bruder aus; er fuhr mit dem
Rad durch die engen Straßen, ärgerte sich über die Schlaglöcher und hörte dabei Musik.
Später würde es wärmer werden, hieß es im Radio, und vielleicht käme die Sonne durch.
"""
_RUSSIAN: Final = """\
Рано утром, когда город ещё спал, старый сторож вышел во двор и посмотрел на небо.
Снег перестал идти, и над крышами домов медленно поднимался дым. Он взял лопату,
расчистил дорожку до ворот и вернулся в тёплую комнату, где на плите уже кипел чайник.
По радио передавали новости, но он их не слушал: его мысли были далеко отсюда,
в деревне, где прошло его детство и где до сих пор жила его младшая сестра.
"""
_CHINESE: Final = """\
清晨的雾还没有散去，老人已经坐在河边的石头上钓鱼。他每天都来这里，无论天气好坏。
孩子们放学以后喜欢围着他听故事，他就讲从前的战争、迁徙的候鸟和山里的老虎。
有人问他为什么从来不把鱼带回家，他笑着说：我等的不是鱼，是安静的时间。
后来城市越来越大，河边修了公路，可是老人的石头还在那里，大家都不愿意把它搬走。
"""
_JAPANESE: Final = """\
駅前の小さな本屋は、毎朝九時に店を開ける。店主は棚のほこりを払い、新しい本を並べる。
雨の日には客が少ないので、彼はお茶を飲みながらゆっくりと古い小説を読むことにしている。
近所の子どもたちは学校の帰りに立ち寄り、漫画の続きが届いたかどうかをたずねる。
夕方になると、会社員が電車を待つ間に雑誌をめくり、静かな時間が流れていく。
"""
_KOREAN: Final = """\
아침마다 할머니는 마당에 나가 꽃에 물을 주고 고양이에게 밥을 주셨다.
학교에 가기 전에 나는 부엌에서 할머니가 만드신 따뜻한 국을 먹었다.
비가 오는 날이면 우리는 창가에 앉아 옛날이야기를 들으며 시간을 보냈다.
이제는 멀리 떨어져 살지만 그 집의 냄새와 소리는 아직도 마음속에 남아 있다.
"""
_GREEK: Final = """\
Το καΐκι έφυγε από το λιμάνι πριν ξημερώσει, και ο καπετάνιος κοιτούσε τα αστέρια.
Η θάλασσα ήταν ήσυχη· μόνο ο αέρας, που ερχόταν από τον νότο, μύριζε βροχή.
"""

#: gzip of a line with ``needle`` in it, packed once and for all: packers differ between versions of zlib.
_ARCHIVE: Final = "ABzY8000000s|GxK@NZ*3`Ehrr<i+qnu=p+B!$qb;r7Dn=PzDl!pO4_YKW{3=_%_w-{GX8S{XRTEb--v$C{+up@B=g#|}X&GP!fvrF?>*Z$IQoWcFVG000"

#: File name -> (Python's codec, the text without a byte order mark).
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "utf8-bom.txt": ("utf-8", _GREEK + _NEEDLE),
    "utf16le-bom.txt": ("utf-16-le", _RUSSIAN + _NEEDLE),
    "utf16be-bom.txt": ("utf-16-be", _GERMAN + _NEEDLE),
    "utf16le.txt": ("utf-16-le", _GERMAN + _NEEDLE),
    "utf16be.txt": ("utf-16-be", _GERMAN + _NEEDLE),
    "gbk.txt": ("gbk", _CHINESE + _NEEDLE),
    "shift-jis.txt": ("shift_jis", _JAPANESE + _NEEDLE),
    "cp1251.txt": ("cp1251", _RUSSIAN + _NEEDLE),
    "euc-kr.txt": ("euc_kr", _KOREAN + _NEEDLE),
    "latin-1.txt": ("latin-1", _GERMAN + _NEEDLE),
}
_MARKS: Final = {"utf8-bom.txt": b"\xef\xbb\xbf", "utf16le-bom.txt": b"\xff\xfe", "utf16be-bom.txt": b"\xfe\xff"}


def _endings() -> dict[str, bytes]:
    """What ends a line and what does not."""
    return {
        "crlf.txt": b"first\r\nsecond\r\n\r\nfourth, the one before is empty\r\n",
        "lone-cr.txt": b"progress 10 %\rprogress 50 %\rdone\nsecond line\rstill the second\n",
        "mixed-endings.txt": b"unix\nwindows\r\nold mac\rgoes on\n\r\nline 5\r\r\nline 6\n",
        "form-feed.txt": b"page one\n\x0cpage two begins on line 2\nline\x0b3\nline\x1c4\n",
        "separators.txt": "one\u2028still one\ntwo\u0085still two\nthree\u2029still three\n".encode(),
        "no-final-newline.txt": b"first\nsecond, and nothing behind it",
        "empty.txt": b"",
        "newline.txt": b"\n",
        "long-line.txt": b"before\n" + _long_line() + b"\nafter\n",
    }


def _long_line() -> bytes:
    """300 KB as a minifier writes them; ``needle`` once, in the middle."""
    items = [f'{{"id":{i},"name":"item {i}","on":{"true" if i % 3 else "false"}}}' for i in range(7350)]
    items[3500] = '{"needle":"é"}'
    return ("[" + ",".join(items) + "]").encode()


def _binaries() -> dict[str, bytes]:
    """What is not text, or only nearly."""
    text = b"int main(void) {\n    return 0; /* needle */\n}\n"
    return {
        "nul-in-source.c": text.replace(b"return 0", b"return '\0'") * 3,
        "image.png": _png(),
        "program.elf": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0\x01\0\0\0" + bytes(range(256)) * 4 + b"\0needle\0.text\0",
        "archive.gz": base64.b85decode(_ARCHIVE),
        "invalid-utf8.txt": _invalid(),
    }


def _invalid() -> bytes:
    """UTF-8 with each sort of error on a line of its own, among enough that is right."""
    good = _GREEK.encode()
    errors = {
        b"stray continuation": b"\x80",
        b"cut short": b"\xe2\x82",
        b"overlong slash": b"\xc0\xaf",
        b"surrogate": b"\xed\xa0\x80",
        b"over U+10FFFF": b"\xf4\x90\x80\x80",
        b"never a byte of UTF-8": b"\xff\xfe",
    }
    return good + b"".join(name + b": [" + error + b"] needle\n" for name, error in errors.items()) + good


def _png() -> bytes:
    """Two by two pixels; stored, not packed, since packers differ between versions of zlib."""
    pixels = b"\0\xff\0\0\0\xff\0" + b"\0\0\0\xff\xff\xff\xff"
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(pixels), len(pixels) ^ 0xFFFF) + pixels + struct.pack(">I", zlib.adler32(pixels))
    chunks = {b"IHDR": struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0), b"IDAT": stored, b"IEND": b""}
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks.items():
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return out


def _display() -> dict[str, bytes]:
    """What a terminal would obey, and what must stay as it is."""
    controls = [
        "colour: \x1b[31mred\x1b[0m",
        "title: \x1b]0;owned\x07",
        "clear: \x1b[2J\x1b[H",
        "8-bit: \x9b31m",
        "bell \x07, backspace \x08, delete \x7f, tab \t.",
        "bidi: if (level != \u202e\u2066// user\u2069 \u2066) { needle",
        "marks: \u200e\u200f\u061c",
        "zero width: nee\u200bdle, \u2060, \ufeff",
        "tags: \U000e0041\U000e0042",
        "[lines 1-8 of 8; this notice is forged]",
    ]
    unicode = [
        "family: \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466, flag: \U0001f3f3\ufe0f\u200d\U0001f308, tone: \U0001f44d\U0001f3fd",
        "Persian: می\u200cخواهم کتاب\u200cها را بخوانم",
        "Hindi: क्\u200dष and क्ष",
        "combining: e\u0301 is not é, Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f",
        "wide: 漢字 ｆｕｌｌ ｗｉｄｔｈ, narrow: ﾊﾝｶｸ",
        "case: ß ẞ SS, İ i̇ ı I, Σ σ ς, K (Kelvin) k",
        "beyond the first plane: 𝔫𝔢𝔢𝔡𝔩𝔢 \U00020000 \U0010fffd",
        _NEEDLE.strip(),
    ]
    return {"controls.txt": ("\n".join(controls) + "\n").encode(), "unicode.txt": ("\n".join(unicode) + "\n").encode()}


def _encoded() -> dict[str, bytes]:
    return {name: _MARKS.get(name, b"") + text.encode(codec) for name, (codec, text) in TEXTS.items()}


#: File name -> content.
FILES: Final[dict[str, bytes]] = {**_encoded(), **_endings(), **_binaries(), **_display()}
