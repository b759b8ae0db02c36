"""Bytes: binary files, encodings, line ends, NUL-separated data, preprocessors and packed files."""

import bz2
import gzip
import lzma

_MANY = b"x" * 79 + b"\n"

TREE: dict[str, str | bytes] = {
    "nul": b"foo\nbar\0baz\nfoo\n",
    "nul-late": b"foo\n" + _MANY * 1000 + b"\0\nfoo end\n",
    "nul-later": _MANY * 900 + b"foo\n" + _MANY * 900 + b"\0 foo\nend foo\n",
    "nul-first": b"\0foo\nfoo\n",
    "nul-match": b"a\nfoo\0x\nb\n",
    "nul-none": b"a\0b\nbar\n",
    "d/nul": b"foo\nbar\0baz\nfoo\n",
    "d/text": b"foo\nbar\n",
    "u16le": "\ufefffoo größe\nbar\n".encode("utf-16-le"),
    "u16be": "\ufefffoo größe\nbar\n".encode("utf-16-be"),
    "u16none": "foo größe\nbar\n".encode("utf-16-le"),
    "u8bom": b"\xef\xbb\xbffoo gr\xc3\xb6\xc3\x9fe\nfoo\n",
    "latin": "foo größe\nbar\n".encode("latin-1"),
    "sjis": "foo 漢字\nbar\n".encode("shift_jis"),
    "eucjp": "foo 漢字\nbar\n".encode("euc-jp"),
    "gbk": "foo 汉字\nbar\n".encode("gbk"),
    "cp1251": "foo привет\n".encode("cp1251"),
    "bad": b"foo \xff\xfe bar\nfoo\xe4\xbd\nbar\n",
    "crlf": b"foo\r\nbar foo\r\n\r\nend\r\n",
    "mixed": b"foo\nbar foo\r\nend",
    "cr": b"foo\rbar\rend\n",
    "recs": b"foo\nx\0bar foo\0\0end",
    "z.gz": gzip.compress(b"foo\nbar\n", mtime=0),
    "z.bz2": bz2.compress(b"foo\nbar\n"),
    "z.xz": lzma.compress(b"foo\nbar\n"),
    "z.lzma": lzma.compress(b"foo\nbar\n", format=lzma.FORMAT_ALONE),
    "bad.gz": b"foo not packed\n",
    "p.pre": b"foo\nbar\n",
    "p.txt": b"foo\nbar\n",
    "big": _MANY * 3000 + b"foo\n",
}

COMMANDS = r"""
rg foo nul
rg bar nul
rg zzz nul
rg -n foo nul
rg -c foo nul
rg -l foo nul
rg --files-without-match zzz nul
rg --count-matches foo nul
rg -o foo nul
rg -v foo nul
rg -q foo nul
rg -C1 foo nul
rg -m1 foo nul
rg -H foo nul
rg --heading -H foo nul
rg --color always -H foo nul
rg -a foo nul
rg -a bar nul
rg -a -n -b foo nul
rg -a -c foo nul
rg --text --no-text foo nul
rg --binary foo nul
rg --binary bar nul
rg --binary -c foo nul
rg --binary -l foo nul
rg --binary -a foo nul
rg -a --binary foo nul
rg --binary --no-binary foo d
rg -uuu foo d
rg foo d
rg bar d
rg -c foo d
rg -l foo d
rg -v foo d
rg -a foo d
rg --binary foo d
rg --binary -c foo d
rg --binary -l bar d
rg --files-without-match foo d
rg --files-without-match bar d
rg --files-without-match zzz d
rg --stats foo d
rg -q foo d
rg -q zzz d
rg --no-messages foo d
rg -o foo d
rg --passthru foo d
rg --passthru foo nul
rg --passthru zzz nul
rg -r X foo nul
rg --vimgrep foo nul
rg --json foo nul
rg --mmap foo nul
rg --no-mmap foo nul
rg --mmap foo d
rg --no-mmap foo nul-late
rg --mmap foo nul-late
rg foo nul-late
rg -c foo nul-late
rg -l foo nul-late
rg end nul-late
rg -c --no-mmap foo nul-later
rg foo nul-later
rg --no-mmap foo nul-later
rg -n --mmap foo nul-later
rg -v -c x nul-later
rg foo nul-first
rg foo nul-match
rg -a foo nul-match
rg -c foo nul-match
rg --no-mmap foo nul-match
rg foo nul-none
rg a nul-none
rg foo nul nul-late nul-first nul-match
rg foo < nul
rg -c foo < nul
rg -a foo < nul
rg foo < nul-late
rg foo - nul < nul
rg '\x00' nul
rg -a '\x00' nul
rg -a -o '\x00baz' nul
rg --null-data foo recs
rg --null-data -n foo recs
rg --null-data -c foo recs
rg --null-data -o foo recs
rg --null-data -v foo recs
rg --null-data 'x$' recs
rg --null-data '^x' recs
rg --null-data '^$' recs
rg --null-data 'foo\nx' recs
rg --null-data 'foo.x' recs
rg --null-data '(?s)foo.x' recs
rg --null-data -x end recs
rg --null-data -b foo recs
rg --null-data -C1 bar recs
rg --null-data --crlf foo crlf
rg --crlf --null-data foo recs
rg --null-data foo p.txt
rg --null-data -U foo recs
rg --null-data --column foo recs
rg --null-data --color always foo recs
rg --null-data --vimgrep foo recs
rg --null-data -M 4 foo recs
rg --null-data -r X foo recs
rg foo u16le
rg größe u16le
rg -c . u16le
rg -b bar u16le
rg -n --column größe u16be
rg foo u16be
rg foo u16none
rg foo u8bom
rg '^foo' u8bom
rg -b foo u8bom
rg --column foo u8bom
rg --json größe u8bom
rg --json größe u16le
rg -E none foo u8bom
rg -E none '^foo' u8bom
rg -E none foo u16le
rg -E none -a 'f' u16le
rg -E none -c foo d
rg -E utf-16le foo u16none
rg -E utf-16 foo u16none
rg -E utf-16le foo u16le
rg -E utf-16be foo u16be
rg -E utf-16be foo u16le
rg -E utf-8 foo u16le
rg -E latin1 größe latin
rg -E iso-8859-1 größe latin
rg -E windows-1252 -o 'gr.*' latin
rg -E ascii größe latin
rg größe latin
rg 'gr..e' latin
rg '(?-u)gr..e' latin
rg -E shift_jis 漢 sjis
rg -E sjis 漢字 sjis
rg -E SHIFT-JIS 漢字 sjis
rg -E euc-jp 漢 eucjp
rg -E gbk 汉 gbk
rg -E gb18030 汉 gbk
rg -E big5 foo gbk
rg -E euc-kr foo p.txt
rg -E koi8-r foo p.txt
rg -E cp1251 привет cp1251
rg -E windows-1251 привет cp1251
rg -E macintosh foo p.txt
rg -E x-user-defined foo bad
rg -E replacement foo bad
rg -E utf8 foo bad
rg -E utf-8 -c . bad
rg -E auto foo u16le
rg -E latin1 -E auto foo u16le
rg -E latin1 --no-encoding foo u16le
rg -E none --no-encoding foo u16le
rg -E latin1 foo u8bom
rg -E latin1 -b bar latin
rg -E utf-7 foo bad
rg foo bad
rg bar bad
rg -o 'foo.*' bad
rg -o '.+' bad
rg -o '[^x]+' bad
rg -o '(?-u).+' bad
rg '\xff' bad
rg '(?-u)\xff' bad
rg -o '(?-u)\xff\xfe' bad
rg '(?-u:\xff)' bad
rg --no-unicode '\xff' bad
rg --no-unicode -o '.' bad
rg --no-unicode '\w+' -o latin
rg --no-unicode -i 'GRÖSSE' u8bom
rg --no-unicode 'ö' u8bom
rg --no-unicode --unicode 'gr.ße' u8bom
rg --no-unicode 'gr..' -o u8bom
rg -c '^.*$' bad
rg -v '^.*$' bad
rg -x '.*' bad
rg -w 'foo' bad
rg -i 'FOO' bad
rg --json foo bad
rg --column bar bad
rg -r X . bad
rg foo crlf
rg 'foo$' crlf
rg 'foo\r$' crlf
rg --crlf 'foo$' crlf
rg --crlf -c '^$' crlf
rg -c '^$' crlf
rg --crlf -o 'foo$' crlf
rg --crlf -o '.+' crlf
rg -o '.+' crlf
rg --crlf -x foo crlf
rg -x foo crlf
rg --crlf '\r' crlf
rg --crlf -o '\s+' crlf
rg --crlf -r X 'foo$' crlf
rg --crlf -v foo crlf
rg --crlf -n --column -b 'foo$' crlf
rg --crlf 'foo$' mixed
rg --crlf -o 'foo$' mixed
rg --crlf --json 'foo$' crlf
rg --crlf -U 'foo$' crlf
rg --crlf -U 'foo\r\nbar' crlf
rg --crlf -U '(?m)^bar foo$' crlf
rg --crlf -U -o 'foo\s+bar' crlf
rg --crlf -A1 'foo$' crlf
rg --crlf --color always 'foo$' crlf
rg --crlf --vimgrep 'foo$' crlf
rg --crlf -c 'foo$' crlf
rg --crlf --count-matches '$' crlf
rg --crlf --no-crlf 'foo$' crlf
rg --crlf --passthru foo mixed
rg --crlf -M 3 foo mixed
rg '(?R)foo$' crlf
rg '(?Rm)foo$' crlf
rg -c foo cr
rg --crlf foo cr
rg -z foo z.gz
rg -z foo z.bz2
rg -z foo z.xz
rg -z foo z.lzma
rg -z -n foo z.gz z.xz p.txt
rg -z foo bad.gz
rg -z zzz bad.gz
rg -z -c foo ./
rg -z --no-search-zip foo z.gz
rg foo z.gz
rg -z -l foo z.gz
rg -z --json foo z.gz
rg --search-zip -b bar z.gz
rg --pre cat foo p.pre
rg --pre cat --pre-glob '*.pre' foo p.pre p.txt
rg --pre nothing-there --pre-glob '*.pre' foo p.txt
rg --pre nothing-there --pre-glob '*.pre' foo p.pre
rg --pre nothing-there --pre-glob '!*.txt' foo p.txt
rg --pre cat --no-pre foo p.pre
rg --pre cat -z foo z.gz
rg -z --pre cat foo p.pre
rg --pre false foo p.pre p.txt
rg --pre false --no-messages foo p.pre
rg --pre $T/none foo p.pre
rg --pre cat foo < p.pre
rg --pre cat -E utf-16le foo u16none
rg --pre cat foo u16le
rg --pre cat foo nul
rg --pre cat -c foo d
rg -c foo big
rg -n foo big
rg --no-mmap -n foo big
rg -b foo big
"""

KNOWN = {
    "rg -E x-user-defined foo bad": "Python has no such codec",
}
