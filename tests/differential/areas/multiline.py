"""Matches over several lines."""

TREE: dict[str, str | bytes] = {
    "a": "foo\nbar\nbaz\nfoo\nbar\nend\n",
    "b": "start {\n  one\n  two\n}\nmid\nstart {\n  three\n}\ntail",
    "c": "\n\nx\n\n\ny\n\n",
    "d/e": "alpha\nbeta\ngamma\ndelta\nalpha\nbeta\n",
    "d/f": "nothing\n",
    "no-end": "foo\nbar",
    "u": "gr\xf6\xdfe\nfoo\xf6\nbar\n",
    "crlf": "foo\r\nbar\r\nbaz\r\n",
    "mixed": "foo\nbar\r\nbaz\nend",
    "preview": "aaaa bbbb cccc\n\nzzz\n",
    "recs": "foo bar\0end\nfoo\0",
    "long": "x" * 50 + "foo\nbar" + "y" * 50 + "\nz\n",
    "nul": b"foo\nb\0r\nfoo\nbar\n",
    "dup": "aa\naa\naa\naa\n",
}

COMMANDS = r"""
rg -U 'foo\nbar' a
rg -U 'foo\nbar' -n a
rg -U 'foo\nbar' -N --column a
rg -U 'foo\nbar' -b a
rg -U 'foo\nbar' -H a
rg -U 'foo\nbar' a no-end
rg -U 'foo\nbar' -o a
rg -U 'foo\nbar' -on a
rg -U 'o\nb' -o a
rg -U 'o\nb' -ob --column a
rg -U 'foo\nbar' -c a
rg -U 'foo\nbar' --count-matches a
rg -U 'foo\nbar' -l a
rg -U 'foo\nbar' --files-without-match a d
rg -U 'foo\nbar' -v a
rg -U 'foo\nbar' -vn a
rg -U 'foo\nbar' -vc a
rg -U 'foo\nbar' -q a
rg -U 'foo\nbar' -A1 a
rg -U 'foo\nbar' -B1 a
rg -U 'bar\nbaz' -C1 a
rg -U 'bar\nbaz' -C1 -n a
rg -U 'foo\nbar' -m1 a
rg -U 'foo\nbar' -m1 -A1 a
rg -U 'foo\nbar' -m1 -c a
rg -U 'foo\nbar' -r X a
rg -U 'foo\n(bar)' -r '$1' a
rg -U 'foo\n(bar)' -r '$1$N' a
rg -U '(foo)\n(bar)' -r '$2-$1' -o a
rg -U 'o\nb' -r '_' a
rg -U 'o\nb' -r '_' -n a
rg -U 'o\nb' -r '_' -C1 a
rg -U 'foo\n' -r X a
rg -U 'foo\n' a
rg -U 'foo\n' -o a
rg -U 'foo\n' -c a
rg -U '\n' a
rg -U '\n' -c a
rg -U '\n' -o a
rg -U '\n\n' c
rg -U '\n\n' -n c
rg -U '\n\n' -o c
rg -U '\n+' -n c
rg -U '\n+' -c c
rg -U '^$' -n c
rg -U '^$' -c c
rg -U '^' -c a
rg -U '$' -c a
rg -U '' -c a
rg -U '' a
rg -U '' -o a
rg -U 'x*' -c a
rg -U '.' -c a
rg -U '.+' -o a
rg -U '.*' a
rg -U '.*' -o a
rg -U '(?s).*' a
rg -U '(?s).*' -o a
rg -U '(?s).*' -c a
rg -U '(?s).+' -n a
rg -U '(?s)foo.*?bar' a
rg -U '(?s)foo.*?bar' -c a
rg -U '(?s)\{.*?\}' b
rg -U '(?s)\{.*?\}' -n b
rg -U '(?s)\{.*?\}' -o b
rg -U '(?s)\{.*?\}' --vimgrep b
rg -U '(?s)\{.*\}' -c b
rg -U --multiline-dotall '\{.*?\}' b
rg -U --multiline-dotall --no-multiline-dotall '\{.*?\}' b
rg --multiline-dotall '\{.*' b
rg -U '\{[^}]*\}' -n b
rg -U '\{[^}]*\}' --heading -n b
rg -U '\{[^}]*\}' --trim b
rg -U '\{[^}]*\}' --trim -o b
rg -U '\{[^}]*\}' -M 6 b
rg -U '\{[^}]*\}' -M 6 --max-columns-preview b
rg -U '\{[^}]*\}' --passthru b
rg -U '\{[^}]*\}' --passthru -n b
rg -U '\{[^}]*\}' --passthru -r '{}' b
rg -U '\{[^}]*\}' -r '{}' b
rg -U '\{[^}]*\}' -r '{$N}' -n b
rg -U '\{[^}]*\}' --color always b
rg -U '\{[^}]*\}' --color always -n b
rg -U '\{[^}]*\}' --color always -o b
rg -U '\{[^}]*\}' --color always --vimgrep b
rg -U '\{[^}]*\}' --color always -r 'X$NY' b
rg -U '\{[^}]*\}' --json b
rg -U '\{[^}]*\}' --json -C1 b
rg -U '\{[^}]*\}' --json -r X b
rg -U '\{[^}]*\}' --stats b
rg -U '\{[^}]*\}' --vimgrep -o b
rg -U '\{[^}]*\}' -0 -H b
rg -U '\{[^}]*\}' --column -n b
rg -U 'tail$' b
rg -U 'tail\z' b
rg -U 'tail\n' b
rg -U '\Astart' b
rg -U '^start' -c b
rg -U '(?-m)^start' -c b
rg -U '(?-m)tail$' b
rg -U '(?m)one$' b
rg -U 'one$\s+two' b
rg -U '\s+' -c b
rg -U '\s+two' -o b
rg -U '\W+' -o a
rg -U '[^a]+' -o a
rg -U '[[:space:]]b' a
rg -U 'foo\s*bar' -w a
rg -U 'foo\nbar' -x a
rg -U -x 'foo' a
rg -U -w 'foo' a
rg -U -F 'foo$Nbar' a
rg -U -F -x 'foo$Nbar' a
rg -U -i 'FOO\nBAR' a
rg -U -S 'FOO\nBAR' a
rg -U -e 'foo\nbar' -e 'bar\nbaz' a
rg -U -e 'foo\nbar' -e 'end' -n a
rg -U 'foo\nbar' d a
rg -U 'alpha\nbeta' d
rg -U 'alpha\nbeta' -c d
rg -U 'alpha\nbeta' -l d
rg -U 'alpha\nbeta' --heading -n d
rg -U 'alpha\nbeta' -C1 d
rg -U 'alpha\nbeta' -A1 -n d
rg -U 'beta\n' -A1 -n d
rg -U 'gamma\ndelta' -B2 d/e
rg -U 'foo\nbar' no-end
rg -U 'bar\n' no-end
rg -U 'bar$' no-end
rg -U 'bar\s*' -o no-end
rg -U '(?s)foo.*' -n no-end
rg -U 'ße\nfoo' --column u
rg -U 'ö\nbar' --column -b u
rg -U 'ße\nfooö' -o u
rg -U 'foo\r\nbar' crlf
rg -U 'foo\nbar' crlf
rg -U --crlf 'foo\nbar' crlf
rg -U --crlf 'foo$\s^bar' crlf
rg -U --crlf 'foo\r?\nbar' crlf
rg -U 'foo.$' crlf
rg -U --crlf -o 'foo\s+bar' crlf
rg -U 'foo\nbar' -M 20 long
rg -U 'foo\nbar' -M 20 --max-columns-preview long
rg -U 'foo\nbar' --column -n long
rg -U 'foo\nb' nul
rg -U 'foo\nbar' nul
rg -U -a 'foo\nbar' nul
rg -U -c 'foo' nul
rg -U 'foo\nb' < a
rg -U 'foo\nbar' -n - < a
rg -U 'aa\naa' dup
rg -U 'aa\naa' -c dup
rg -U 'aa\naa' -o dup
rg -U 'aa\naa' -n dup
rg -U 'aa\naa' --count-matches dup
rg -U 'aa\naa' -m1 dup
rg -U 'aa\naa' -m1 -n dup
rg -U 'aa\naa' -r X dup
rg -U 'aa\naa\n' -r X dup
rg -U 'a\na' --color always dup
rg -U 'a\na' -o -n dup
rg -U 'a\na' --vimgrep dup
rg -U 'a\na' --json dup
rg -U 'aa\naa' --stats dup
rg -U 'foo' a
rg -U 'foo' -c a
rg -U 'foo' -n -A1 a
rg -U 'foo|bar' -c a
rg -U 'foo|bar\n' -c a
rg -U 'foo' -v a
rg -U 'foo' -o -r X a
rg -U --no-multiline 'foo\nbar' a
rg --no-multiline -U 'foo\nbar' a
rg -U -P 'foo\nbar' a
rg -U -P '(?s)foo.*?bar' -o a
rg -U -P '(?<=foo\n)bar' -n a
rg -U -P 'foo(?=\nbar)' -n a
rg -U -P '^bar$' -n a
rg -U -P '(\w+)\n(?s:.*)\1' -c a
rg -U -P '(?m)^foo$\n^bar$' -c a
rg -U -P 'foo\Rbar' -c a
rg -U -P '\{(?:[^{}]|(?R))*\}' -o b
rg -U '(?s)one.*?three' -n -C1 b
rg -U 'two\n\}' -A1 -B1 -n b
rg -U 'two\n\}' --passthru b
rg -U '\}\n' -r '' b
rg -U '\n' -r ' ' a
rg -U '\n' -r '' a
rg -U '(\w+)\n(\w+)' -r '$2 $1' a
rg -U '(\w+)\n(\w+)' -or '$2 $1' a
rg -U '(?P<x>\w+)\n' -r '[$x]$N' a
rg -U --crlf --stats 'o\s+b' mixed
rg -U --crlf --column 'o\s+b' mixed
rg -U --crlf --color always 'o\s+b' mixed
rg -U --crlf -r X '\w+$' mixed
rg -U --crlf 'o\s+b' mixed
rg -U --crlf -C1 -n 'o\s+b' mixed
rg -U --crlf -C1 --column 'o\s+b' mixed
rg -U --crlf --vimgrep 'o\s+b' mixed
rg -U --crlf --color always --column 'r\s+b' mixed
rg -U --crlf --passthru --column 'r\s+b' mixed
rg -U --crlf --column '(?s)o.*' mixed
rg -U -n -M 5 --max-columns-preview '\n\n' preview
rg -U -n -M 14 --max-columns-preview '\n\n' preview
rg -U -n -M 5 --max-columns-preview --column '\n\n' preview
rg -U -n -M 13 --max-columns-preview --column '\n\n' preview
rg -U -n -M 14 --max-columns-preview --column '\n\n' preview
rg -U --null-data -o '[^x]{3}' recs
rg -U --null-data --column 'd.f' recs
rg -U --null-data --multiline-dotall --column 'd.f' recs
rg -U --vimgrep -r '' '\w+$' a
rg -U --vimgrep -r '' '\w+$' no-end
rg -U -v '[^x]{3}' b
"""

KNOWN: dict[str, str] = {}
