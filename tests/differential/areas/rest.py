"""Configuration files, many patterns, patterns of all kinds, threads and buffers, and what only prints."""

TREE: dict[str, str | bytes] = {
    "a": "foo bar\nFoo\nbaz 123\n\tx\n",
    "d/b": "foo\nquux\n",
    "d/c": "bar\nfoo foo\n",
    "conf": "# comment\n\n-n\n  --ignore-case  \n#-v\n--context=1\n--colors=match:fg:blue\n",
    "conf-two": "-A\n1\n",
    "conf-one-line": "-n -i\n",
    "conf-bad": "--nope\n",
    "conf-value": "-A\nx\n",
    "conf-pat": "foo\n",
    "conf-glob": "-g\n!*.md\n--type-add\nzz:*.zz\n",
    "conf-enc": b"--context-separator=\xff\n-C0\n",
    "conf-help": "--help\n",
    "conf-quote": "--context-separator='x'\n-C1\n",
    "pats": "foo\nbaz\n",
    "pats-empty": "foo\n\n",
    "pats-crlf": "foo\r\nbaz\r\n",
    "pats-bad": b"foo\n\xff\n",
    "pats-re": "f.o\n^baz\n",
    "pats-none": "",
    "uni": "\u00e9t\u00e9 \u0391\u03b1 \u212a k \u017f s\n\u0661\u0662 12\nna\u00efve\u00a0x\n\u65e5\u672c\u8a9e\n\U0001f44d\n",
    "syn": "a.b a+b a*b (a) [a] {a} a|b a^b a$b a\\b\nab aab aaab\nfoo.bar foo,bar\n\"q\" 'r' `s`\n-x --y\n1-2 a_b\n",
}

COMMANDS = r"""
RIPGREP_CONFIG_PATH=$T/conf rg foo a
RIPGREP_CONFIG_PATH=$T/conf rg -N foo a
RIPGREP_CONFIG_PATH=$T/conf rg -C0 foo a
RIPGREP_CONFIG_PATH=$T/conf rg --no-config foo a
RIPGREP_CONFIG_PATH=$T/conf rg -s --color always foo a
RIPGREP_CONFIG_PATH=conf rg foo a
RIPGREP_CONFIG_PATH=$T/conf-two rg foo a
RIPGREP_CONFIG_PATH=$T/conf-one-line rg foo a
RIPGREP_CONFIG_PATH=$T/conf-bad rg foo a
RIPGREP_CONFIG_PATH=$T/conf-bad rg --nope2 foo a
RIPGREP_CONFIG_PATH=$T/conf-value rg foo a
RIPGREP_CONFIG_PATH=$T/conf-pat rg a
RIPGREP_CONFIG_PATH=$T/conf-pat rg foo a
RIPGREP_CONFIG_PATH=$T/conf-glob rg --files
RIPGREP_CONFIG_PATH=$T/conf-enc rg foo a
RIPGREP_CONFIG_PATH=$T/conf-quote rg foo a d/b d/c
RIPGREP_CONFIG_PATH=$T/conf rg -V
RIPGREP_CONFIG_PATH=$T/conf rg --files d
RIPGREP_CONFIG_PATH=$T/conf rg -c foo
rg -f pats a
rg -f pats -f pats-re a
rg -f pats d/b a
rg -c -f pats-empty a
rg -f pats-crlf a
rg -f pats-bad a
rg -f pats-re a
rg -F -f pats-re a
rg -f pats-none a
rg -f pats-none -v a
rg -f pats-none -c --include-zero a
rg -f pats-none -e foo a
rg -x -f pats d
rg -w -f pats a
rg -i -f pats a
rg -o -f pats a
rg -v -f pats a
rg --file=pats a
rg --file pats --count a
rg -f pats -r '<$0>' a
rg -f - a < pats
rg -f - a - < pats
rg -e '' a
rg -e '' -c
rg -e foo -e '' -c a
rg -e foo -e bar -o a
rg -e bar -e foo -o a
rg -e foo -e 'foo bar' -o a
rg -e 'foo bar' -e foo -o a
rg 'foo|foo bar' -o a
rg -F -e foo -e 'foo bar' -o a
rg -j1 foo
rg -j 2 foo
rg --threads=3 -c foo
rg --line-buffered foo
rg --block-buffered foo
rg --no-block-buffered foo
rg --no-line-buffered foo
rg --mmap foo
rg '\w+' -o uni
rg '\d+' -o uni
rg '\s' -c uni
rg '\b\w' -o uni
rg '(?i)k' -o uni
rg -i K -o uni
rg -i s -o uni
rg -i 'ÉTÉ' uni
rg -i 'α' -o uni
rg '\p{Greek}' -o uni
rg '\p{Han}+' -o uni
rg '\p{L}+' -o uni
rg '\pN+' -o uni
rg '\p{Lu}' -o uni
rg '\P{ASCII}+' -o uni
rg '\p{script=Greek}' -o uni
rg '\p{sc=Greek}' -o uni
rg '\p{gc=Lu}' -o uni
rg '\p{Emoji}' -o uni
rg '\p{Letter}' -c uni
rg '\p{any}' -c uni
rg '\p{White_Space}' -c uni
rg '\p{Alphabetic}+' -o uni
rg '\p{scx=Greek}' -o uni
rg '\p{age=1.1}' -c uni
rg '\p{wb=ALetter}' -c uni
rg '\p{isGreek}' -o uni
rg '[\p{Greek}\d]+' -o uni
rg '[^\p{ASCII}]+' -o uni
rg '[[:^ascii:]]+' -o uni
rg '[\w--\d]+' -o uni
rg '[\w&&[^a-z]]+' -o uni
rg '[a-z&&[aeiou]]+' -o syn
rg '[a-z--[aeiou]]+' -o syn
rg '[a-f~~c-h]+' -o syn
rg '[[:alpha:]]+' -o syn
rg '[[:digit:][:punct:]]+' -o syn
rg '[]a]' -o syn
rg '[^]a]' -c syn
rg '[a\]]' -o syn
rg '[a-]' -o syn
rg '[-a]' -o syn
rg '[a\-b]' -o syn
rg '[\[\]]' -o syn
rg '[[]' -o syn
rg '[]' syn
rg '[\\]' -o syn
rg '[.]b' -o syn
rg '[$^]' -o syn
rg '[a^]' -o syn
rg '[\w.]+' -o syn
rg '[\t ]' -c syn
rg 'a.b' -o syn
rg 'a\.b' -o syn
rg 'a\+b' -o syn
rg 'a\|b' -o syn
rg 'a\^b' -o syn
rg 'a\$b' -o syn
rg 'a\\b' -o syn
rg '\(a\)' -o syn
rg '\[a\]' -o syn
rg '\{a\}' -o syn
rg '{a}' -o syn
rg 'a{2}' -o syn
rg 'a{2,}' -o syn
rg 'a{,2}' -o syn
rg 'a{1,2}?' -o syn
rg 'a{0}' -c syn
rg 'a+?b' -o syn
rg 'a*?b' -o syn
rg 'a??b' -o syn
rg 'a|' -c syn
rg '|a' -c syn
rg '||' -c syn
rg '()' -c syn
rg '(|a)' -c syn
rg '(a|b)*' -o syn
rg '(?:a|b)+' -o syn
rg '^a' -o syn
rg '^(a|f)' -o syn
rg 'b$' -o syn
rg 'a^' syn
rg '$a' syn
rg '^^a' -o syn
rg 'b$$' -o syn
rg '\ba' -o syn
rg '\Ba' -o syn
rg 'a\b' -o syn
rg '\b{start}a' -o syn
rg 'a\b{end}' -o syn
rg '\b{start-half}a' -o syn
rg 'a\b{end-half}' -o syn
rg '\<a' -o syn
rg 'b\>' -o syn
rg '\x61' -o syn
rg '\x{61}b' -o syn
rg '\u0061' -c syn
rg '\u{61}' -c syn
rg '\U00000061' -c syn
rg '\t' a
rg '\x09' a
rg '\a|\f|\v' a
rg '(?i:FOO) bar' a
rg '(?i)foo|BAR' -o a
rg '(?x: f o o )' a
rg '(?U)a+' -o syn
rg '(?s).' -c a
rg '(?m)^foo$' -c d
rg '(?-m)^foo' -c a
rg '\Afoo' -c a
rg 'bar\z' -c a
rg '\A' -c a
rg '(?-u:\d+)' -o uni
rg '(?-u:\b)n' -o uni
rg '(?-u)[a-z]+' -o uni
rg -e '-x' syn
rg -- '-x' syn
rg '"q"' syn
rg "'r'" syn
rg -F 'a\b' syn
rg -F 'a$b' -o syn
rg -F '[a]' -o syn
rg -S 'FOO' a
rg -S 'foo' a
rg -S '\Foo' a
rg -S 'foo\W' a
rg -S 'foo|Baz' a
rg -S '[F]oo' a
rg -S '\x46oo' a
rg -S 'É' uni
rg -S 'é' uni
rg -SF 'foo' a
rg -Sw foo a
rg -P '\w+' -o uni
rg -P --no-unicode '\w+' -o uni
rg -P '\d+' -o uni
rg -P '(?<=f)o' -o a
rg -P '(?<!f)o' -o a
rg -P 'o(?! )' -o a
rg -P '(\w)\1' -o a
rg -P '(?i)foo' -o a
rg -P -i foo -o a
rg -P -S foo -o a
rg -P -x 'Foo' a
rg -P -w 'foo' -c d
rg -P -v foo a
rg -P -e foo -e baz a
rg -P -F 'foo' a
rg -P -r '$1' '(f)oo' a
rg -P '[[:alpha:]]+' -o syn
rg -P '[a-z&&b]' -o syn
rg -P '[[a]' -o syn
rg -P 'a{,2}' -o syn
rg -P '\x{e9}' -o uni
rg -P 'é' -o uni
rg -P '^' -c a
rg -P '$' -c a
rg -P '' -c a
rg -P 'x*' -c a
rg -P --json foo d/b
rg -P --column foo d
rg -P -m1 foo d
rg -P '\bfoo\b' --count-matches d
rg -P '(?<n>f)oo' -r '$n' a
rg -P "\x27" syn
rg -P '\N{U+61}' -c syn
rg -P '\p{L}+' -o uni
rg -P '\p{Greek}' -o uni
rg -P '\X' -c uni
rg -P '\pL' -c uni
rg -P '\o{141}' -c syn
rg -P '\141' -c syn
rg -P '(?:a|b)++' -o syn
rg -P '\Q.b\E' -o syn
rg -P '(?s).' -c a
rg -P '(?m)^foo' -c a
rg -P '(?-i)foo' -c a
rg -P '\Kfoo' -o a
rg -P 'fo\Ko' -o a
rg -P 'f(*SKIP)(*FAIL)|o' -c a
rg --pcre2-version --nope
rg -V --nope
rg --version foo
rg --help --nope -q
rg --generate man -q --nope
rg --type-list foo -q
rg --type-list --files
rg --files --type-list -c
"""

KNOWN = {
    "RIPGREP_CONFIG_PATH=$T/conf rg -V": "our own version's name",
    "rg --version foo": "as above",
    "rg '\\p{age=1.1}' -c uni": "the library regex has no ages",
    "rg -P '\\N{U+61}' -c syn": "a character by its name's number is not known in that form",
    "rg -P '\\o{141}' -c syn": "there is no \\o{}",
}
