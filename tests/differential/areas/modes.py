"""What is told instead of lines: counts, names, JSON, statistics; how many of them; and the exit codes."""

TREE: dict[str, str | bytes] = {
    "a": "foo bar foo\nbaz\nfoo\n",
    "b": "nothing\nhere\n",
    "c": "foo",
    "d/e": "bar\nfoo foo foo\nbar\n",
    "e": "",
    "bad": b"foo \xff\xfe\n\xffoo foo\n",
    "bin": b"foo\n\0\nfoo\n",
    "u": "größe foo\n",
    "gaps": "a\nx\nb\nx\nc\n",
    "runs": "x 1\nx 2\ny\nx 3\nx 4\n",
    "crlf": "foo\r\nbar\r\n",
    "n\xf6": "foo\n",
}

COMMANDS = r"""
rg -c foo
rg -c foo a
rg -c foo a b
rg -c foo b
rg -c zzz a b
rg -c -H foo a
rg -c -I foo a c
rg -c --include-zero foo
rg -c --include-zero foo b
rg -c --include-zero zzz a b
rg -c --include-zero --no-include-zero foo
rg --include-zero foo
rg -c -v foo
rg -c -v --include-zero foo
rg -c -o foo
rg -o -c foo a
rg -c -q foo
rg -c -q zzz
rg -c -m1 foo
rg -c -n foo
rg -c -b foo
rg -c -C1 foo
rg -c --count-matches foo
rg --count-matches -c foo
rg --count-matches foo
rg --count-matches foo a
rg --count-matches -v foo
rg --count-matches -v --include-zero foo
rg --count-matches --include-zero foo
rg --count-matches -m1 foo
rg --count-matches -w foo
rg --count-matches -H foo a
rg --count-matches '' a
rg --count-matches -o foo
rg -c -a foo
rg -c --binary foo
rg --count-matches foo bin
rg -c foo bin
rg -l foo
rg -l foo a
rg -l zzz
rg -l zzz a
rg -lv foo
rg -l -v foo c
rg -l -c foo
rg -c -l foo
rg -l --files-without-match foo
rg --files-without-match -l foo
rg -l --count-matches foo
rg -l -q foo
rg -l -o foo
rg -l -n foo
rg -l --heading foo
rg -l --json foo
rg --json -l foo a
rg --json -c foo a
rg -c --json foo a
rg --json --no-json foo a
rg --json --no-json -l foo
rg -l --json --no-json foo
rg --files-with-matches foo
rg --files-without-match foo
rg --files-without-match foo a
rg --files-without-match foo b
rg --files-without-match foo a b
rg --files-without-match zzz a
rg --files-without-match -v foo
rg --files-without-match -q foo
rg --files-without-match -q foo a
rg --files-without-match -c foo
rg --files-without-match --include-zero foo
rg --files-without-match -m1 foo
rg --files-without-match foo nothing b
rg --files-without-match foo bin
rg --files-without-match foo e
rg --files-without-match '' e
rg -l '' e
rg -c '' e
rg -c --include-zero '' e
rg --stats foo
rg --stats foo a
rg --stats zzz
rg --stats -c foo
rg --stats --count-matches foo
rg --stats -l foo
rg --stats --files-without-match foo
rg --stats -q foo
rg --stats -q foo a
rg --stats -v foo
rg --stats -v -c foo
rg --stats -o foo
rg --stats -m1 foo a
rg --stats -C1 foo d/e
rg --stats -n --column foo a
rg --stats --color always foo a
rg --stats --vimgrep foo a
rg --stats --json foo a
rg --stats --no-stats foo a
rg --stats -w foo a
rg --stats --passthru foo a
rg --stats -r X foo a
rg --stats --heading foo a d
rg --stats '' a
rg --stats --files
rg --stats foo nothing a
rg --stats foo nothing
rg --stats -U foo a
rg --stats -U 'o\nb' a
rg --stats foo e
rg --stats --no-messages foo nothing
rg --json foo
rg --json foo a
rg --json foo b
rg --json zzz
rg --json foo bad
rg --json 'o+' a
rg --json -v foo a
rg --json -C1 foo d/e
rg --json -A1 foo a
rg --json -o foo a
rg --json -r X foo a
rg --json -r '$0$0' -C1 foo d/e
rg --json -r '' foo a
rg --json -n foo a
rg --json -N foo a
rg --json -H foo a
rg --json -I foo a
rg --json --column foo a
rg --json -b foo a
rg --json --heading foo a
rg --json --color always foo a
rg --json -M 3 foo a
rg --json --trim foo a
rg --json -m1 foo a
rg --json -m1 -A1 foo a
rg --json -m0 foo a
rg --json -q foo a
rg --json -q foo
rg --json -q zzz
rg --json --vimgrep foo a
rg --json -U 'foo\nbaz' a
rg --json -U 'o\nb' a d/e
rg --json -U -v foo a
rg --json '' a
rg --json '$' c
rg --json '^$' a
rg --json foo bin
rg --json --binary foo bin
rg --json -a foo bin
rg --json foo nothing
rg --json foo nothing a
rg --json foo e
rg --json ö u
rg --json foo crlf
rg --json --crlf 'foo$' crlf
rg --json --null-data foo a
rg --json -w foo a
rg --json --passthru foo a
rg --json --stats -c foo a
rg --json -0 foo a
rg --json --no-heading -p foo a
rg --json --files
rg --json foo nö
rg --json -e foo -e bar a
rg --json --multiline foo a
rg --json -f nothing
rg --json '('
rg --json --include-zero foo
rg --json --context-separator x -C1 foo
rg --stop-on-nonmatch x runs
rg --stop-on-nonmatch -n x runs
rg --stop-on-nonmatch -c x runs
rg --stop-on-nonmatch -A1 x runs
rg --stop-on-nonmatch -C1 x runs
rg --stop-on-nonmatch -v x runs
rg --stop-on-nonmatch -v x gaps
rg --stop-on-nonmatch -v -c x gaps
rg --stop-on-nonmatch -o x runs
rg --stop-on-nonmatch -m1 x runs
rg --stop-on-nonmatch --json x runs
rg --stop-on-nonmatch --stats x runs
rg --stop-on-nonmatch --passthru x runs
rg --stop-on-nonmatch y runs
rg --stop-on-nonmatch --multiline x runs
rg --multiline --stop-on-nonmatch x runs
rg --stop-on-nonmatch zzz runs
rg --stop-on-nonmatch -l x runs
rg --stop-on-nonmatch --count-matches x runs
rg -q foo
rg -q foo a b
rg -q zzz a nothing
rg -q foo a nothing
rg -qv foo a
rg foo a nothing
rg zzz a nothing
rg foo nothing
rg -l foo a nothing
rg -c foo a nothing
rg --no-messages foo a nothing
rg --no-messages zzz a nothing
rg --no-messages --messages foo nothing
rg -q foo nothing
rg -q --no-messages foo nothing
rg --files nothing a
rg --files --no-messages nothing a
rg -V
rg --version -q
rg --no-config foo a
RIPGREP_CONFIG_PATH=$T/none rg foo a
RIPGREP_CONFIG_PATH=$T/none rg --no-messages foo a
RIPGREP_CONFIG_PATH=$T/none rg --no-config foo a
RIPGREP_CONFIG_PATH=$T/d rg foo a
RIPGREP_CONFIG_PATH= rg foo a
"""

KNOWN = {
    "rg --stop-on-nonmatch -v x gaps": "ripgrep stops one such line too late where it inverts",
    "rg --stop-on-nonmatch -v -c x gaps": "as above",
    "rg -V": "our own version's name",
    "rg --version -q": "as above",
}
