"""Ignore files: what they say, where they hold, and which flags turn them off."""

TREE: dict[str, str | bytes] = {
    ".home/.config/git/ignore": "*.global\n",
    "repo/.git/info/exclude": "*.exc\n",
    "repo/.gitignore": "*.log\n!keep.log\n/top.txt\nbuild/\n**/deep/x\nfoo/**/bar\ntrail.txt   \nsp\\ \n# no\n\\#hash\n\\!bang\nd/*.o\nabc/**\n!abc/in\n[a-c].k\n",
    "repo/.ignore": "*.ign\n!both.log\n",
    "repo/.rgignore": "*.rgi\n!some.ign\n",
    "repo/a.txt": "foo\n",
    "repo/a.log": "foo\n",
    "repo/keep.log": "foo\n",
    "repo/both.log": "foo\n",
    "repo/top.txt": "foo\n",
    "repo/trail.txt": "foo\n",
    "repo/sp ": "foo\n",
    "repo/sp": "foo\n",
    "repo/#hash": "foo\n",
    "repo/!bang": "foo\n",
    "repo/x.exc": "foo\n",
    "repo/x.global": "foo\n",
    "repo/x.ign": "foo\n",
    "repo/some.ign": "foo\n",
    "repo/x.rgi": "foo\n",
    "repo/a.k": "foo\n",
    "repo/d.k": "foo\n",
    "repo/build/a.txt": "foo\n",
    "repo/sub/top.txt": "foo\n",
    "repo/sub/build/a.txt": "foo\n",
    "repo/sub/build2": "foo\n",
    "repo/sub/.gitignore": "!a.log\n/own\nA.TXT\n",
    "repo/sub/a.log": "foo\n",
    "repo/sub/own": "foo\n",
    "repo/sub/a.txt": "foo\n",
    "repo/sub/in/own": "foo\n",
    "repo/sub/in/b.log": "foo\n",
    "repo/deep/x/f": "foo\n",
    "repo/q/deep/x": "foo\n",
    "repo/foo/bar": "foo\n",
    "repo/foo/1/2/bar": "foo\n",
    "repo/d/a.o": "foo\n",
    "repo/d/e/a.o": "foo\n",
    "repo/abc/in": "foo\n",
    "repo/abc/x": "foo\n",
    "repo/.hid/f": "foo\n",
    "repo/.hidf": "foo\n",
    "repo/nest/.git/info/exclude": "n.txt\n",
    "repo/nest/n.txt": "foo\n",
    "repo/nest/a.log": "foo\n",
    "repo/nest/x.ign": "foo\n",
    "repo/tree/.git": "gitdir: $T/main.git/worktrees/tree\n",
    "main.git/worktrees/tree/commondir": "../..\n",
    "main.git/info/exclude": "shared.txt\n",
    "repo/tree/shared.txt": "foo\n",
    "repo/tree/a.log": "foo\n",
    "plain/.gitignore": "*.log\n",
    "plain/.ignore": "b.txt\n!.shown\n!.vis/\n",
    "plain/a.log": "foo\n",
    "plain/a.txt": "foo\n",
    "plain/b.txt": "foo\n",
    "plain/.shown": "foo\n",
    "plain/.vis/f": "foo\n",
    "plain/.hidden": "foo\n",
    "jj/.jj/x": "x\n",
    "jj/.gitignore": "*.log\n",
    "jj/a.log": "foo\n",
    "jj/a.txt": "foo\n",
    "more.ign": "a.txt\n/plain/b.txt\nsub/own\n",
    "undo.ign": "!a.txt\n",
    "cfg/.git/config": "[core]\n\texcludesFile = ~/mine\n",
    "cfg/m.txt": "foo\n",
    "cfg/n.txt": "foo\n",
    "home2/mine": "m.txt\n",
    "home2/.gitconfig": "[core]\n\texcludesfile = ~/mine\n",
    "home3/.gitconfig": "[core]\n\texcludesfile = ~/other\n",
    "home3/other": "n.txt\n",
    "up/.ignore": "u.txt\n",
    "up/a/b/u.txt": "foo\n",
    "up/a/b/v.txt": "foo\n",
    "case/.ignore": "*.TXT\nFoo/\n",
    "case/a.txt": "foo\n",
    "case/B.TXT": "foo\n",
    "case/foo/x": "foo\n",
    "bom/.ignore": "\ufefffirst\nsecond\r\n",
    "bom/first": "foo\n",
    "bom/second": "foo\n",
    "bom/third": "foo\n",
    "white/.ignore": ".cfg\n!.cfg\n*\n!*/\n!*.rs\n",
    "white/.cfg": "foo\n",
    "white/a.rs": "foo\n",
    "white/a.py": "foo\n",
    "white/s/b.rs": "foo\n",
    "white/s/.c.rs": "foo\n",
    "bad/.ignore": "[a\n{b\nc\\\n*.ok\n***\na**b\n[z-a]\n}x\n",
    "bad/[a": "foo\n",
    "bad/b": "foo\n",
    "bad/x.ok": "foo\n",
    "bad/c": "foo\n",
    "ign1": "/x\n",
    "ign2": "b/x\n",
    "ign3": "c/y\n",
    "x/a/x": "",
    "x/a/b/x": "",
    "x/a/b/c/x": "",
    "x/a/b/c/y": "",
    **dict.fromkeys(
        ("im/.ignore", "im/r/.rgignore", "im/r/.ignore", "im/r/.gitignore", "im/r/.git/info/exclude", "im/r/s/.gitignore"),
        "[9-0]\nok\n{x\n",
    ),
    "im/r/a": "foo\n",
    "im/r/s/b": "foo\n",
    "im/r/s/t/c": "foo\n",
    "bad.ign": "ok\n[z-a]\n{b\nx\\\n",
}

COMMANDS = r"""
@repo rg --files
@repo rg -l foo
@repo rg -c foo ./
@repo rg -l foo sub
@repo/sub rg -l foo
@repo/sub rg -l foo ../nest
@repo/sub/in rg -l foo
@repo rg --files --no-ignore
@repo rg --files --no-ignore-vcs
@repo rg --files --no-ignore-dot
@repo rg --files --no-ignore-exclude
@repo rg --files --no-ignore-global
@repo/sub rg --files --no-ignore-parent
@repo/sub rg --files --no-ignore-parent --no-ignore-dot
@repo rg --files --no-ignore --ignore-dot
@repo rg --files --no-ignore --ignore-vcs
@repo rg --files --no-ignore --ignore
@repo rg --files --no-ignore-vcs --ignore-vcs
@repo rg --files -u
@repo rg --files -uu
@repo rg --files -uuu
@repo rg --files -uuuu
@repo rg --files --hidden
@repo rg --files -.
@repo rg --files -. --no-hidden
rg --files repo
rg --files repo/sub
rg --files repo/sub repo/nest
rg -l foo repo/a.log
rg -l foo repo/build
@repo rg -l foo build a.log .hid .hidf
@repo/tree rg --files
@repo/nest rg --files
@plain rg --files
@plain rg --files --no-require-git
@plain rg --files --no-require-git --require-git
@plain rg --files --no-ignore-vcs --no-require-git
@plain rg --files --no-ignore
@plain rg --files --hidden
@plain rg --files --no-ignore-dot
@jj rg --files
@jj rg --files --hidden
rg --files --ignore-file more.ign plain
rg --files --ignore-file more.ign plain repo/sub
rg --files --ignore-file more.ign --ignore-file undo.ign plain
rg --files --ignore-file undo.ign --ignore-file more.ign plain
rg --files --ignore-file more.ign --no-ignore plain
rg --files --ignore-file more.ign --no-ignore-files plain
rg --files --no-ignore-files --ignore-file more.ign --ignore-files plain
rg --files --ignore-file nothing.ign plain
rg --files --ignore-file nothing.ign --no-messages plain
rg --files --ignore-file nothing.ign --no-ignore-messages plain
rg --files --ignore-file bad.ign plain
rg --files --ignore-file bad.ign --no-ignore-messages plain
rg --files --ignore-file bad.ign --no-messages plain
rg -l foo --ignore-file nothing.ign plain
rg -q foo --ignore-file nothing.ign plain
@repo rg --files --ignore-file ../more.ign
@repo/sub rg --files --ignore-file ../../more.ign
@plain rg --files --ignore-file $T/more.ign
HOME=$T/home2 @cfg rg --files
HOME=$T/home3 @cfg rg --files
HOME=$T/home2 @cfg rg --files --no-ignore-global
HOME=$T/home2 XDG_CONFIG_HOME=$T/.home/.config @cfg rg --files
HOME=$T/home2 XDG_CONFIG_HOME=$T/.home/.config @repo rg --files
@up/a/b rg --files
@up/a rg --files
rg --files up
@up/a/b rg --files --no-ignore-parent
@up/a/b rg --files ./ ../b
@case rg --files
@case rg --files --ignore-file-case-insensitive
@case rg --files --ignore-file-case-insensitive --no-ignore-file-case-insensitive
@bom rg --files
@white rg --files
@white rg --files --hidden
@white rg --files --no-ignore
@bad rg --files
@bad rg -l foo
@bad rg --files --no-ignore-messages
@bad rg --files --no-messages
@bad rg --no-messages -l foo
rg --files bad
rg --files bad plain
@repo rg --files -g '*.log'
@repo rg --files -g '!*.txt'
@repo rg --files -g 'sub/**'
@repo rg --files -g 'build/'
@repo rg --files -g 'build'
@repo rg --files -t txt --hidden
@repo rg --files --no-ignore --hidden -g '!.git'
@repo rg -l foo $T/repo/sub
@repo rg --files $T/repo
@repo/sub rg --files ..
@repo/sub rg --files ../
@repo/sub rg --files ../sub
rg foo repo/.hid
rg foo repo/.hidf
rg foo repo/build/a.txt
rg --files .
rg --files ./repo
rg --files repo/
rg --files repo//sub
rg --files ./repo/./sub
@x/a/b rg --files --ignore-file $T/ign1
@x/a/b rg --files --ignore-file $T/ign1 ..
@x/a/b rg --files --ignore-file $T/ign1 ../
@x/a/b rg --files --ignore-file $T/ign1 ../b
@x/a/b rg --files --ignore-file $T/ign1 $T/x/a
@x/a/b rg --files --ignore-file $T/ign1 $T/x/a/b
@x/a/b rg --files --ignore-file $T/ign1 c
@x/a/b rg --files --ignore-file $T/ign1 ../../a
@x/a/b rg --files --ignore-file $T/ign2
@x/a/b rg --files --ignore-file $T/ign2 ..
@x/a/b rg --files --ignore-file $T/ign2 ../
@x/a/b rg --files --ignore-file $T/ign2 ../b
@x/a/b rg --files --ignore-file $T/ign2 $T/x/a
@x/a/b rg --files --ignore-file $T/ign2 $T/x/a/b
@x/a/b rg --files --ignore-file $T/ign2 c
@x/a/b rg --files --ignore-file $T/ign2 ../../a
@x/a/b rg --files --ignore-file $T/ign3
@x/a/b rg --files --ignore-file $T/ign3 ..
@x/a/b rg --files --ignore-file $T/ign3 ../
@x/a/b rg --files --ignore-file $T/ign3 ../b
@x/a/b rg --files --ignore-file $T/ign3 $T/x/a
@x/a/b rg --files --ignore-file $T/ign3 $T/x/a/b
@x/a/b rg --files --ignore-file $T/ign3 c
@x/a/b rg --files --ignore-file $T/ign3 ../../a
rg --files im
rg --files im/r
rg --files im/r/s
rg -l foo im/r/s
rg -q foo im/r/s
@im rg --files
@im/r/s rg --files
@im/r/s rg --files ..
@im/r/s rg --files ../s ../s/t
@im/r/s rg --files --no-ignore
@im/r/s rg --files --no-ignore-vcs
@im/r/s rg --files --no-ignore-exclude
@im/r/s rg --files --no-ignore-parent
@im/r/s rg --files --no-ignore-messages
@im/r/s rg --files --no-messages
@im/r/s rg foo b
"""

KNOWN = {
    "HOME=$T/home3 @cfg rg --files": "core.excludesFile of the repository is obeyed, as git does",
    "@im/r/s rg --files --no-ignore-parent": "ripgrep complains of lines above that it does not obey",
}
