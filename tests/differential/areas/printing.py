"""How lines look: numbers, columns, offsets, colours, replacements, separators, long lines, context."""

TREE: dict[str, str | bytes] = {
    "a": "foo bar foo\nbaz\n  foo  \n\tqux foofoo\nend\n\nlast foo",
    "b": "one\ntwo foo\nthree\nfour\nfive foo\nsix\nseven\neight\nnine foo\nten\n",
    "u": "größe foo ößfoo\n漢字foo 漢\n👍👍 foo\ne\u0301foo\n",
    "long": "x" * 30 + "foo" + "y" * 40 + "foo\nshort foo\n" + "  " + "z" * 60 + "\nfoo" + "w" * 50 + "\n",
    "d/c": "foo\nnope\nfoo foo\n",
    "d/e": "nothing\n",
    "words": "foo-bar foo_bar (foo) foo.bar\nxfoo foox\nfoo\n--foo--\n1foo1 $foo$ foo$\n",
    "caps": "Foo foo FOO\nBAR bar\nfOO\n",
    "groups": "john smith 1999\njane doe 2001\nx\n",
    "tabs": "\t\tfoo\tfoo\n \t foo\n",
    "empty-lines": "\n\nfoo\n\n\nfoo\n\n",
    "cr": "foo\r\nbar\r\nfoo bar\r\n",
    "sp ace": "foo\n",
}

COMMANDS = r"""
rg foo a
rg foo a b
rg foo ./
rg foo
rg foo d
rg foo d/c
rg -n foo a
rg -N foo a
rg -nN foo a
rg -Nn foo a
rg -H foo a
rg -I foo a b
rg -HI foo a
rg --no-filename foo
rg --with-filename -n foo a
rg --column foo a
rg --column -N foo a
rg --column --no-column foo a
rg --no-column --vimgrep foo a
rg --column -n foo u
rg --column -o foo u
rg --column -v foo a
rg --column -C1 foo b
rg -b foo a
rg -b -o foo a
rg -b -n --column foo u
rg -b -o --column foo u
rg -b -v foo a
rg -b -C1 foo b
rg -b --no-byte-offset foo a
rg -o foo a
rg -o foo a b
rg -on foo a
rg -o 'fo+' a
rg -o 'x*' a
rg -o '' a
rg -o '$' a
rg -o '^' a
rg -o '\b' a
rg -on '\b' a
rg -o -b '' a
rg -c '' a
rg -c '^$' a
rg -c '$' a
rg --count-matches '' a
rg --count-matches '\b' a
rg --count-matches '$' a
rg --count-matches 'o*' a
rg -o 'o*' a
rg -ob 'o*' a
rg --column 'o*' a
rg -o -v foo a
rg -ov -n foo a
rg -o -C1 foo b
rg -o -A1 -n foo b
rg -o --passthru foo a
rg -r X foo a
rg -r '' foo a
rg -r '$0$0' foo a
rg -r '[$1]' 'f(o)o' a
rg -r '[$2]' 'f(o)o' a
rg -r '${1}x' 'f(o)o' a
rg -r '$1x' 'f(o)o' a
rg -r '$$' foo a
rg -r '$' foo a
rg -r '${' foo a
rg -r '${1' 'f(o)o' a
rg -r '$ 1' 'f(o)o' a
rg -r '$1$2' '(\w+) (\w+)' groups
rg -r '$last, $first' '(?P<first>\w+) (?P<last>\w+)' groups
rg -r '${last}-${first}_' '(?<first>\w+) (?<last>\w+)' groups
rg -r '$first_x' '(?P<first>\w+)' groups
rg -r '$a[1]' '(?P<a>\w+)' groups
rg -r '\n' foo a
rg -r 'x$Ny' foo a
rg -or '$1' '(\w+)$' a
rg -or 'X' foo a
rg -o -r 'X' -n --column foo a
rg -o -r '' foo a
rg -r X -c foo a
rg -r X -l foo a
rg -r X -v foo a
rg -r X -C1 foo b
rg -r X --passthru foo b
rg -r X --vimgrep foo a
rg -r X --column -b foo u
rg -r X -M 10 foo a
rg -r X -o -M 2 foo a
rg -r XXXXXXXXXXXXXXXX -M 20 foo a
rg -r X --trim foo a
rg -r X --color always foo a
rg -r '' --color always foo a
rg -r 'X' -w foo words
rg -r 'X' -x foo words
rg -r 'X' -F '$foo$' words
rg -F -r '$1' foo a
rg -r X '^' a
rg -r X '$' a
rg -r X 'x*' d/c
rg -r X -e foo -e '(b)ar' a
rg -r '<$1|$2>' -e '(f)oo' -e '(b)ar' a
rg -i -r '$0!' FOO caps
rg -M 20 foo long
rg -M 20 foo long -n
rg -M 20 -o foo long
rg -M 2 -o foo long
rg -M 3 -o foo long
rg -M 20 --max-columns-preview foo long
rg -M 40 --max-columns-preview foo long
rg -M 2 --max-columns-preview -o foo long
rg -M 20 --max-columns-preview --no-max-columns-preview foo long
rg -M 20 -C1 foo long
rg -M 20 --max-columns-preview -C1 foo long
rg -M 20 -v foo long
rg -M 20 --vimgrep foo long
rg -M 20 --column foo long
rg -M 20 --max-columns-preview --column foo long
rg -M 20 --max-columns-preview --vimgrep foo long
rg -M 20 --count-matches foo long
rg -M 0 foo long
rg -M 9 foo long
rg -M 10 foo long
rg -M 5 foo u
rg -M 5 --max-columns-preview foo u
rg -M 8 --max-columns-preview foo u
rg -M 20 --trim foo long
rg -M 20 --max-columns-preview --trim zzz long
rg -M 20 --color always foo long
rg -M 20 --max-columns-preview --color always foo long
rg -M 35 --max-columns-preview --color always foo long
rg -M 20 --stats foo long
rg -M 20 -r X foo long
rg -M 20 --max-columns-preview -r X foo long
rg -M 20 --passthru foo long
rg --vimgrep foo a
rg --vimgrep foo
rg --vimgrep foo u
rg --vimgrep -v foo b
rg --vimgrep -C1 foo b
rg --vimgrep -o foo a
rg --vimgrep -N foo a
rg --vimgrep -I foo a
rg --vimgrep --heading foo a
rg --vimgrep -b foo a
rg --vimgrep --no-line-number --no-column foo a
rg --vimgrep '' empty-lines
rg --vimgrep -c foo a
rg --vimgrep -p foo a
rg --heading foo
rg --heading -n foo
rg --heading foo a
rg --heading -H foo a
rg --heading --no-heading foo
rg --heading -C1 foo
rg --heading -c foo
rg --heading -l foo
rg --heading -I foo
rg --heading -0 foo
rg --heading --column -n foo d
rg --heading -o foo d
rg --no-heading -C1 foo
rg -p foo a
rg -p foo
rg -p -N foo a
rg -p --color never foo
rg -p --no-heading foo
rg --pretty -C1 foo d
rg -0 foo
rg -0 -l foo
rg -0 -c foo
rg -0 foo a
rg -0 -H -n foo a
rg -0 --column -b -H foo a
rg -0 --vimgrep foo a
rg -0 --files-without-match foo
rg -0 -p foo d
rg -0 -C1 foo b d/c
rg -A1 foo b
rg -B1 foo b
rg -C1 foo b
rg -A1 -B2 foo b
rg -C1 -A0 foo b
rg -A0 -C1 foo b
rg -A3 foo b
rg -C2 -n foo b
rg -C 2 foo b d/c
rg -C1 foo
rg -A1 foo a b
rg --context 1 foo b
rg -C1 -v foo b
rg -A1 -c foo b
rg -A1 -l foo b
rg -C1 --context-separator '**' foo b
rg -C1 --context-separator '' foo b
rg -C1 --context-separator '\t' foo b
rg -C1 --context-separator '\xff\x00\n' foo b
rg -C1 --context-separator 'a\q' foo b
rg -C1 --no-context-separator foo b
rg -C1 --no-context-separator --context-separator x foo b
rg -C1 --context-separator x --no-context-separator foo b
rg -C1 --no-context-separator foo b d/c
rg --field-match-separator '!' -n foo b d/c
rg --field-context-separator '~' -n -C1 foo b d/c
rg --field-match-separator '' -n foo b d/c
rg --field-match-separator '\t\x41' -n foo b d/c
rg --field-match-separator '\\' -n foo b
rg --field-match-separator '!' -c foo b d/c
rg --field-match-separator '!' --vimgrep foo d/c
rg --field-match-separator '::' -b --column foo d/c
rg -m1 foo b
rg -m2 -n foo b
rg -m1 -A1 foo b
rg -m1 -C1 foo b
rg -m1 -A3 foo b
rg -m1 -A10 foo b
rg -m2 -A10 foo b
rg -m1 -B1 foo b
rg -m1 -v foo b
rg -m1 -c foo b
rg -m1 -o foo a
rg -m1 --count-matches foo a
rg -m1 --passthru foo b
rg -m1 foo
rg -m0 foo
rg -m0 -c foo
rg -m0 -c --include-zero foo
rg -m0 --files
rg -m1 -l foo
rg -m1 --vimgrep foo a
rg -m1 --stats foo b
rg -m5 -n foo b
rg -m 1 -m 2 foo b
rg --passthru foo b
rg --passthru -n foo b
rg --passthru zzz b
rg --passthru -v foo b
rg --passthru -c foo b
rg --passthru -l foo b
rg --passthru -o foo b
rg --passthru foo d
rg --passthru -C1 foo b
rg -C1 --passthru foo b
rg --passthrough foo b
rg --passthru -b --column foo b
rg --passthru --color always foo b
rg --passthru -r X foo b
rg --passthru --vimgrep foo d/c
rg --passthru -q foo b
rg --passthru --heading foo d b
rg --trim foo a
rg --trim foo tabs
rg --trim -C1 foo a
rg --trim -o ' +foo' a
rg --trim -o '\s+foo' tabs
rg --trim --column foo a
rg --trim -b foo a
rg --trim --vimgrep foo a
rg --trim --no-trim foo a
rg --trim --color always foo tabs
rg --trim --passthru foo a
rg --trim '^ ' a
rg --trim -v foo a
rg --trim '' empty-lines
rg --trim -M 8 foo a
rg --color always foo a
rg --color always -n foo a
rg --color always foo d
rg --color always -n -C1 foo b
rg --color always -n -H --column -b foo b
rg --color always --heading -n foo
rg --color always --vimgrep foo a
rg --color always -o foo a
rg --color always -c foo
rg --color always -l foo
rg --color always --files-without-match foo
rg --color always --count-matches foo
rg --color always -v foo a
rg --color always -v -n foo a
rg --color always -v -C1 foo b
rg --color always -0 foo
rg --color always foo u
rg --color always '' d
rg --color always 'o*' a
rg --color always -w foo words
rg --color always --context-separator x -C1 foo b
rg --color always --field-match-separator x -n foo b d/c
rg --color ansi foo a
rg --color never foo a
rg --color auto foo a
rg --color always --colors match:none foo a
rg --color always --colors match:fg:blue foo a
rg --color always --colors match:bg:yellow foo a
rg --color always --colors match:style:nobold foo a
rg --color always --colors match:style:underline --colors match:style:italic foo a
rg --color always --colors match:style:intense foo a
rg --color always --colors match:fg:0,128,255 foo a
rg --color always --colors match:fg:0x10,0x20,0xff foo a
rg --color always --colors match:fg:200 --colors match:bg:17 foo a
rg --color always --colors path:none --colors line:none -n foo b d
rg --color always --colors path:fg:green --colors path:style:bold foo d
rg --color always --colors line:fg:yellow --colors column:fg:cyan --column foo a
rg --color always --colors highlight:bg:red foo a
rg --color always --colors highlight:fg:16 -C1 foo b
rg --color always --colors highlight:bg:red -v foo a
rg --color always --colors highlight:bg:red --colors match:none foo a
rg --color always --colors MATCH:FG:RED foo a
rg --color always --colors match:none --colors match:style:bold foo a
rg --colors match:fg:red foo a
rg --color always --trim -n foo a
rg --color always --passthru -v foo b
rg --color always --crlf foo cr
rg --color always foo cr
rg --color always --no-line-number -H foo a
rg --color always --hyperlink-format default foo d
rg --color always --hyperlink-format 'x://{path}:{line}:{column}' -n foo d
rg --color always --hyperlink-format 'x://{path}:{line}:{column}' --column foo d
rg --color always --hyperlink-format 'x://{path}' -n foo d/c
rg --color always --hyperlink-format vscode -n -H foo d/c
rg --color always --hyperlink-format vscode -n --heading foo d
rg --color always --hyperlink-format vscode -l foo d
rg --color always --hyperlink-format vscode -c foo d
rg --color always --hyperlink-format vscode -C1 -n foo b d
rg --color always --hyperlink-format 'file://{path}' foo 'sp ace' d/c
rg --color always --hyperlink-format kitty -o -n foo d
rg --color always --hyperlink-format none foo d
rg --color always --hyperlink-format '' foo d
rg --color always --hyperlink-format 'x://{{{path}}}' foo d
rg --hyperlink-format default foo d
rg --color always --hyperlink-format 'x://{host}{path}' --hostname-bin nothing-there foo d
rg --color always --hyperlink-format 'x://{host}{path}' --hostname-bin echo foo d
rg -w foo words
rg -wo foo words
rg -w 'foo|bar' words
rg -w '-foo-' words
rg -w -- '--foo' words
rg -w '\(foo\)' words
rg -wF '(foo)' words
rg -wF 'foo$' words
rg -w 'fo' words
rg -w '' words
rg -c -w '' words
rg -o -w '\w*' words
rg -w '.oo' words
rg -wv foo words
rg -w -i FOO caps
rg -x foo words
rg -x 'foo|xfoo foox' words
rg -xF 'foo' words
rg -x '.*foo' words
rg -x '' empty-lines
rg -xv foo words
rg -xw foo words
rg -wx foo words
rg -F 'foo.bar' words
rg -F '' words
rg -F 'foo$' words
rg -F -e '(foo)' -e 'foo_' -o words
rg -F --no-fixed-strings 'f.o' words
rg -i foo caps
rg -S foo caps
rg -S Foo caps
rg -S 'fo\S' caps
rg -S '\pL' caps
rg -S 'f[O]o' caps
rg -S '(?i)Foo' caps
rg -S -e foo -e BAR caps
rg -s foo caps
rg -i -s foo caps
rg -s -i foo caps
rg -S -s FOO caps
rg -i '(?-i)foo' caps
rg '(?i)foo(?-i)' caps
rg -i 'GRÖẞE' u
rg -i 'grösse' u
rg -v foo a
rg -v foo -c a b
rg -v foo -n a
rg -v --no-invert-match foo a
rg -v zzz d/c
rg -v '' a
rg -v -e foo -e end a
rg foo < a
rg -H foo < a
rg -c foo < a
rg -l foo < a
rg --files-without-match foo < a
rg -n foo - < a
rg foo - b < a
rg foo ./ - < d/c
rg --json foo < d/c
rg --heading foo - < a
rg -p foo - < a
rg --vimgrep foo < a
rg --stats foo - < d/c
rg -f - a < words
rg -f - < words
rg -f - foo < words
rg --color always --hyperlink-format vscode -n foo - < a
rg -q foo a
rg -q zzz a
rg -q --stats foo a
rg -q --json foo a
rg -nH --no-filename foo a
rg foo a -n b
rg -- foo a
rg -e foo a
rg -efoo a
rg -e=foo a
rg --regexp foo a
rg --regexp=foo a
rg -e -foo a
rg -e --foo-- words
rg -- --foo-- words
rg -nHe foo a
rg -nC1 foo b
rg -C1n foo b
rg -c1 foo b
rg --path-separator / foo d
rg --path-separator x foo d
rg --path-separator '\x2d' -l foo d
rg --null --path-separator '+' foo d
"""

KNOWN: dict[str, str] = {}
