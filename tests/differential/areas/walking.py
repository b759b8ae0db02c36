"""Which files a walk gives: globs, types, links, depth, sizes, hidden ones, and what is named."""

TREE: dict[str, str | bytes] = {
    "t/a.txt": "foo\n",
    "t/A.TXT": "foo\n",
    "t/b.py": "foo\n",
    "t/c.rs": "foo\nbar\n",
    "t/d.foo": "foo\n",
    "t/Makefile": "foo\n",
    "t/README.md": "foo\n",
    "t/s/a.txt": "foo\n",
    "t/s/s2/b.py": "foo\n",
    "t/s/s2/s3/c.rs": "foo\n",
    "t/.h.txt": "foo\n",
    "t/.hd/x.txt": "foo\n",
    "t/x{y}": "foo\n",
    "t/x[y]": "foo\n",
    "t/x,y": "foo\n",
    "t/sp ace.txt": "foo\n",
    "t/größe.txt": "foo\n",
    "t/GRÖSSE.txt": "foo\n",
    "t/-dash": "foo\n",
    "t/big": "foo\n" + "x" * 3000 + "\n",
    "t/mid": "foo\n" + "x" * 1020 + "\n",
    "t/empty": "",
    "l/real/f.txt": "foo\n",
    "l/file-link": "-> real/f.txt",
    "l/dir-link": "-> real",
    "l/broken": "-> nowhere",
    "l/real/loop": "-> ..",
    "l/self": "-> self",
    "l2/a/x.txt": "foo\n",
    "l2/b": "-> a",
    "l2/out": "-> ../t/s",
    "l2/.hl": "-> a",
    "order/z": "foo\n",
    "order/a/z": "foo\n",
    "order/a-b": "foo\n",
    "order/a.b": "foo\n",
    "order/a0": "foo\n",
    "order/B": "foo\n",
    "order/10": "foo\n",
    "order/9": "foo\n",
    "ign/.ignore": "*.txt\n!.keep\n",
    "ign/a.txt": "foo\n",
    "ign/b.md": "foo\n",
    "ign/.keep": "foo\n",
    "ign/.other": "foo\n",
}

COMMANDS = r"""
rg --files t
rg --files t -g '*.txt'
rg --files t -g '*.txt' -g '!s/**'
rg --files t -g '!s/**' -g '*.txt'
rg --files t -g '!*.txt' -g '*.txt'
rg --files -g 't/*.txt'
rg --files -g '/t/*.txt'
rg --files -g 'a.txt' t
rg --files -g '/a.txt' t
rg --files -g 's/a.txt' t
@t rg --files -g 's/a.txt'
@t rg --files -g '/s/a.txt'
@t rg --files -g 's/*'
@t rg --files -g 's/**'
@t rg --files -g '**/s2/**'
@t rg --files -g 's'
@t rg --files -g 's/'
@t rg --files -g '!s'
@t rg --files -g '!s/'
@t rg --files -g '!/s'
@t rg --files -g '*.{py,rs}'
@t rg --files -g '{a,b}.*'
@t rg --files -g '*.{txt,{py,rs}}'
@t rg --files -g '{,a}.txt'
@t rg --files -g '[ab].*'
@t rg --files -g '[!ab].*'
@t rg --files -g '[^ab].*'
@t rg --files -g '[a-c].*'
@t rg --files -g '?.txt'
@t rg --files -g 'x[{]y}'
@t rg --files -g 'x\{y\}'
@t rg --files -g 'x\[y\]'
@t rg --files -g 'x[[]y]'
@t rg --files -g 'x[]]y]'
@t rg --files -g '!'
@t rg --files -g ''
@t rg --files -g '#x'
@t rg --files -g ' *.txt'
@t rg --files -g '*.txt '
@t rg --files -g '*.TXT'
@t rg --files --iglob '*.TXT'
@t rg --files --iglob 'GRÖSSE*'
@t rg --files --iglob '*ö*'
@t rg --files --glob-case-insensitive -g '*.TXT'
@t rg --files --glob-case-insensitive -g '*.TXT' --no-glob-case-insensitive
@t rg --files -g '*.txt' --iglob '!A.*'
@t rg --files --iglob '!A.*' -g '*.txt'
@t rg --files -g '*.TXT' --iglob 'b.*'
@t rg --files -g '.h*'
@t rg --files -g '.hd/**'
@t rg --files -g '.*'
@t rg --files -g '**/.hd/**'
@t rg --files --hidden -g '*.txt'
@t rg --files --hidden -g '!.*'
@t rg --files -g '*'
@t rg --files -g '**'
@t rg --files -g '**/*'
@t rg --files -g '/**'
@t rg --files -g '*/**'
@t rg --files -g '*/a.txt'
@t rg --files -g '**/a.txt'
@t rg --files -g 's**'
@t rg --files -g 's/**/c.rs'
@t rg --files -g 's**/c.rs'
@t/s rg --files -g '*.txt' ..
@t/s rg --files -g 's/*.txt' ..
@t/s rg --files -g '/s/*.txt' ..
@t/s rg --files -g 'a.txt' $T/t
@t/s rg --files -g '/a.txt' $T/t
@t/s rg --files -g '/a.txt' $T/t/s
@t/s rg --files -g 's2/*' $T/t/s
@t/s rg --files -g 's2/*' $T/t
@t/s rg --files -g 's/s2/*' $T/t
@t/s rg --files -g '!s2/*' ../../t
@t/s rg --files -g '!/s2' ../
@t/s rg --files -g '!s' ..
@t/s rg --files -g '!../a.txt' ..
@t/s rg --files -g '../a.txt' ..
@t/s rg --files -g '/t/s' $T
@t rg --files -g './a.txt'
@t rg --files -g 'a.txt' ./
@t rg --files -g '/a.txt' ./
@t rg --files -g '/a.txt' ./s
@t rg --files -g 's/a.txt' s
@t rg --files -g 's/a.txt' ./s
@t rg -l foo -g '!a.txt' a.txt b.py
@t rg -l foo -g '*.py' a.txt b.py
@t rg -l foo -t py a.txt b.py
@t rg -l foo -g '[' a.txt
@t rg -l foo -g '{a' a.txt
@t rg -l foo -g 'a}' a.txt
@t rg -l foo -g '[z-a]' a.txt
@t rg -l foo -g 'a\'
@t rg -l foo -g '[]'
@t rg -l foo -g '[!]'
@t rg -l foo -g '{a,{b,c}'
@t rg -l foo -g '{a,b},c}'
@t rg -l foo --iglob '['
@t rg -l foo -g '***'
@t rg -l foo -g 'a***b'
@t rg -l foo -t py
@t rg -l foo -tpy -trust
@t rg -l foo -T py
@t rg -l foo -T py -T rust
@t rg -l foo -t all
@t rg -l foo -T all
@t rg -l foo -t make
@t rg -l foo -t md
@t rg -l foo -t nope
@t rg -l foo -T nope
@t rg -l foo -t py -T py
@t rg -l foo -T py -t py
@t rg -l foo -t py -g '*.txt'
@t rg -l foo -t py -g '!b.py'
@t rg -l foo --type-add 'foo:*.foo' -tfoo
@t rg -l foo --type-add 'foo:*.foo' --type-add 'foo:*.rs' -tfoo
@t rg -l foo --type-add 'foo:*.{foo,rs}' -tfoo
@t rg -l foo --type-add 'x:include:py,rust' -tx
@t rg -l foo --type-add 'x:include:py,rust' --type-add 'x:*.foo' -tx
@t rg -l foo --type-add 'x:include:py,nope' -tx
@t rg -l foo --type-add 'x:include:' -tx
@t rg -l foo --type-add 'x:includ:py' -tx
@t rg -l foo --type-add 'x' -tpy
@t rg -l foo --type-add 'x:' -tpy
@t rg -l foo --type-add ':*.x' -tpy
@t rg -l foo --type-add 'a-b:*.x' -tpy
@t rg -l foo --type-add 'a_b:*.x' -tpy
@t rg -l foo --type-add 'all:*.x' -tpy
@t rg -l foo --type-add 'ö:*.txt' -tö
@t rg -l foo --type-add 'x:[' -tx
@t rg -l foo --type-add 'x:[' -tpy
@t rg -l foo --type-clear py -tpy
@t rg -l foo --type-clear py --type-add 'py:*.foo' -tpy
@t rg -l foo --type-add 'py:*.foo' --type-clear py -tpy
@t rg -l foo --type-clear nope
@t rg --type-list --type-add 'zz:*.zz' --type-clear py
@t rg --type-list
@t rg --type-list -t nope
@t rg --type-list --type-add bad
@t rg --type-list --type-add 'zz:include:py,rust'
@t rg --files -d0
@t rg --files -d1
@t rg --files --max-depth 2
@t rg --files --maxdepth 1 .
rg --files -d0 t
rg --files -d1 t
rg --files -d1 t l2
@t rg --files -d0 a.txt
@t rg -l foo -d0 a.txt s
@t rg -l foo -d0
@t rg --files --max-filesize 1K
@t rg --files --max-filesize 1024
@t rg --files --max-filesize 1025
@t rg --files --max-filesize 3K
@t rg --files --max-filesize 1M
@t rg --files --max-filesize 0
@t rg --files --max-filesize 1k
@t rg --files --max-filesize 1KB
@t rg --files --max-filesize ''
@t rg --files --max-filesize 99999999999999999999
@t rg --files --max-filesize 99999999999G
@t rg -l foo --max-filesize 1K
@t rg -l foo --max-filesize 1K big
@t rg --files --hidden
@t rg --files .hd
@t rg --files .h.txt
rg --files t/.hd t/.h.txt
rg --files l
rg --files -L l
rg -l foo l
rg -l foo -L l
rg -l foo -L l --no-messages
rg -l foo -L l/
@l rg --files -L real/
@l rg --files -L ./real
rg -l foo -L l --no-follow
rg -l foo l/file-link
rg -l foo l/dir-link
rg -l foo l/broken
rg -l foo -L l/broken
rg -l foo l/self
rg --files l/broken
rg --files l/self
rg --files l2
rg --files -L l2
rg --files -L l2/b
rg --files -L --hidden l2
rg --files -L l2 -g '!out'
rg --files -L l2 -g 'out/**'
rg --files -L -g '*.txt' l2
@l rg --files -L
@l rg -l foo -L
@l rg -l foo -L .
@l rg -l foo -L ./
@l/real rg -l foo -L
rg --files --one-file-system t
rg --files --one-file-system t --no-one-file-system
rg --files order
rg --files --sort path order
rg --files --sortr path order
rg -l foo --sort path order
rg -l foo --sortr path order
rg --files --sort-files order
rg --files --sort path order/z order/a order
rg --files --sortr path order/z order/a order
rg --files --sort bad order
rg --files --sort modified order
@ign rg --files
@ign rg --files -g '*.txt'
@ign rg --files -g '.other'
@ign rg --files --no-ignore
@ign rg --files --hidden
@ign rg --files -t txt
@ign rg -l foo a.txt
rg -l foo nothing
rg -l foo nothing t/a.txt
rg -l foo t/a.txt nothing
rg --files nothing
rg --files nothing t/s
rg -q foo nothing t/a.txt
rg -q foo t/a.txt nothing
rg -q zzz nothing t/a.txt
rg foo nothing --no-messages
rg foo nothing t/s --no-messages
rg -c foo nothing t/s
rg zzz t
rg foo ''
rg --files ''
@t rg foo -- -dash
@t rg foo -dash
@t rg --files -- -dash
@t rg -l foo 'sp ace.txt' größe.txt
rg -l foo t t
rg -l foo t/a.txt t/a.txt
rg --files t t/s
rg --files -0 t/s
rg --files --null t/s
rg --files --path-separator + t/s
rg --files --path-separator '\x2b' t/s
rg --files --path-separator '' t/s
rg --files --path-separator ab t/s
rg --files -q t
rg --files -q nothing
rg --files -q t -g nope
rg --files t -g nope
rg --files foo t
rg --files -e foo t
rg --files t -c
rg --files t -l
rg -l --files t
rg --files --json t/s
rg --files --stats t/s
rg --files -n t/s
rg --files --color always t/s
rg --files --color always --colors path:none t/s
rg --files --color always --colors path:fg:blue --colors path:style:underline t/s
rg --files --hyperlink-format 'file://{path}' --color always t/s
rg foo t/empty
rg '' t/empty
rg foo /dev/null
rg foo t/a.txt/
rg foo t/a.txt/x
rg --files t/a.txt
rg --files t/a.txt t/s
rg --files ./t/a.txt
"""

KNOWN = {
    "@t rg --files -g '!'": "to ripgrep an empty glob is one that every name matches; here no name is empty",
    "@l/real rg -l foo -L": "a folder that a link above leads back to is a loop here; ripgrep looks at links only, and enters it a second time",
    "@l rg --files -L real/": "as above",
    "@l rg --files -L ./real": "as above",
}
