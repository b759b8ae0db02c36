"""What is refused: patterns, flags and their values, with their texts."""

TREE: dict[str, str | bytes] = {"a.txt": "foo\nbar\n", "pat": "foo(\n", "empty": "", "two": "foo\nbar\n"}

COMMANDS = r"""
rg '(' a.txt
rg 'a(b' a.txt
rg 'a)b' a.txt
rg '[' a.txt
rg '[a' a.txt
rg '[]' a.txt
rg '[]a' a.txt
rg '[^' a.txt
rg '[^]' a.txt
rg '[a-' a.txt
rg '[z-a]' a.txt
rg '[\d-z]' a.txt
rg '[a-\d]' a.txt
rg '[[:alpha:]' a.txt
rg '[[:nope:]]' a.txt
rg '[[.a.]]' a.txt
rg '[a&&' a.txt
rg '*' a.txt
rg '+a' a.txt
rg '?' a.txt
rg 'a|*' a.txt
rg '(*)' a.txt
rg '(?:+)' a.txt
rg '^*' a.txt
rg 'a**' a.txt
rg 'o+*' a.txt
rg 'o{1}{2}' a.txt
rg 'o{2}{1}' a.txt
rg 'o???' a.txt
rg 'o*+' a.txt
rg 'o++' a.txt
rg 'o?+' a.txt
rg -c 'o{2}+' a.txt
rg '(?:o+)*?+' a.txt
rg 'o{' a.txt
rg 'o{}' a.txt
rg 'o{,' a.txt
rg 'o{,2}' a.txt
rg 'o{2,' a.txt
rg 'o{2' a.txt
rg 'o{x}' a.txt
rg 'o{2,1}' a.txt
rg 'o{1,x}' a.txt
rg 'o{99999999999}' a.txt
rg 'o{1001}' a.txt
rg 'o{ 2 }' a.txt
rg '{' a.txt
rg '{2}' a.txt
rg 'a}' a.txt
rg ']' a.txt
rg '\' a.txt
rg 'a\' a.txt
rg '\q' a.txt
rg '\8' a.txt
rg '\1' a.txt
rg '(a)\1' a.txt
rg '\0' a.txt
rg '\x' a.txt
rg '\xz' a.txt
rg '\xg1' a.txt
rg '\x{' a.txt
rg '\x{}' a.txt
rg '\x{zz}' a.txt
rg '\x{110000}' a.txt
rg '\x{D800}' a.txt
rg '\u12' a.txt
rg '\u{12' a.txt
rg '\U1' a.txt
rg '\p' a.txt
rg '\pX' a.txt
rg '\p{' a.txt
rg '\p{}' a.txt
rg '\p{Nope}' a.txt
rg '\p{Greek' a.txt
rg '\p{sc=Nope}' a.txt
rg '\p{nope=Greek}' a.txt
rg '\pL' a.txt
rg -c '\PL' a.txt
rg '\p{^L}' a.txt
rg '\b{start' a.txt
rg '\b{nope}' a.txt
rg '\b{' a.txt
rg '\b{start}foo' a.txt
rg '\b{end' a.txt
rg '[\b]' a.txt
rg '[\A]' a.txt
rg '\A' a.txt
rg '\z' a.txt
rg '\Z' a.txt
rg '\G' a.txt
rg '\K' a.txt
rg '\R' a.txt
rg '\X' a.txt
rg '\h' a.txt
rg '\C' a.txt
rg '\e' a.txt
rg '\cA' a.txt
rg '\Qa.b\E' a.txt
rg '\E' a.txt
rg '\N' a.txt
rg '\y' a.txt
rg '\-' a.txt
rg '\ ' a.txt
rg '\_' a.txt
rg '\é' a.txt
rg '\<foo\>' a.txt
rg '\/' a.txt
rg '\@\!\%\:\,\;\=\"\~\`' a.txt
rg '(?' a.txt
rg '(?)' a.txt
rg '(?:' a.txt
rg '(?i' a.txt
rg '(?i)' a.txt
rg '(?ii)a' a.txt
rg '(?i-i)a' a.txt
rg '(?-)a' a.txt
rg '(?--i)a' a.txt
rg '(?i-)a' a.txt
rg '(?z)a' a.txt
rg '(?a)a' a.txt
rg '(?P<' a.txt
rg '(?P<n' a.txt
rg '(?P<n>' a.txt
rg '(?P<>a)' a.txt
rg '(?P<1>a)' a.txt
rg '(?P<a-b>a)' a.txt
rg '(?P<n>a)(?P<n>b)' a.txt
rg '(?<n>f)oo' a.txt
rg '(?P=n)' a.txt
rg '(?P>n)' a.txt
rg '(?#c)foo' a.txt
rg '(?=a)' a.txt
rg '(?!a)' a.txt
rg '(?<=a)' a.txt
rg '(?<!a)' a.txt
rg '(?>a)' a.txt
rg '(?|a)' a.txt
rg '(?R)foo' a.txt
rg '(?1)' a.txt
rg '(?(1)a)' a.txt
rg "(?'n'a)" a.txt
rg '(?x) f o o # c' a.txt
rg '(?x)[ a' a.txt
rg '(?x)( # c' a.txt
rg '(?U)fo+' a.txt
rg '(?u)foo' a.txt
rg '(?-u)\xff' a.txt
rg '(?-u)é' a.txt
rg '(?-u)\pL' a.txt
rg '(?-u:\w)' a.txt
rg '(?s)foo.bar' a.txt
rg '(?R)foo$' a.txt
rg 'foo\nbar' a.txt
rg 'foo\r' a.txt
rg 'foo$Nbar' a.txt
rg -F 'foo$Nbar' a.txt
rg '[\n]' a.txt
rg -c '[^a]' a.txt
rg '\x0a' a.txt
rg '\x{a}' a.txt
rg 'a\nb|c' a.txt
rg -e foo -e 'b\n' a.txt
rg --crlf 'foo\r\n' a.txt
rg --crlf 'foo\r' a.txt
rg --null-data 'foo\x00' a.txt
rg 'foo\x00' a.txt
rg -a 'foo\x00' a.txt
rg -c '\s' a.txt
rg 'aa$N(' a.txt
rg 'é(' a.txt
rg '漢[' a.txt
rg -e foo -e '(' a.txt
rg -e 'fo(o' -e 'b)ar' a.txt
rg -f pat a.txt
rg -x '(' a.txt
rg -w '(' a.txt
rg -i '(' a.txt
rg -U '(' a.txt
rg '((((' a.txt
rg 'a{1000}{1000}{1000}' a.txt
rg '(a{1000}){1000}' a.txt
rg '\w{1000}{100}' a.txt
rg --regex-size-limit 1 'foo\w' a.txt
rg --regex-size-limit 10 'foo\w+' a.txt
rg --regex-size-limit 1K '\w{500}' a.txt
rg --regex-size-limit 100M foo a.txt
rg --regex-size-limit bad foo a.txt
rg --dfa-size-limit 1 foo a.txt
rg --dfa-size-limit 1X foo a.txt
rg -P '(' a.txt
rg -P '[' a.txt
rg -P '*' a.txt
rg -P 'a**' a.txt
rg -P ')' a.txt
rg -P '\' a.txt
rg -P '(?<n' a.txt
rg -P '\1' a.txt
rg -P '(?<=a+)b' a.txt
rg -P '(?<=o)o' a.txt
rg -P '(o)\1' a.txt
rg -P 'f(?=oo)' a.txt
rg -P 'foo\K' a.txt
rg -P '\p{Nope}' a.txt
rg -P 'o{2,1}' a.txt
rg -P '[z-a]' a.txt
rg -P '[[:nope:]]' a.txt
rg -P 'foo\nbar' a.txt
rg -P -U 'foo\nbar' a.txt
rg -P '(?>fo+)' a.txt
rg -P 'fo++' a.txt
rg -P '(?|(f)|(b))' a.txt
rg -P '(?(?=f)foo|bar)' a.txt
rg -P '(*FAIL)' a.txt
rg -P '(?R)' a.txt
rg -P '\Qfoo\E' a.txt
rg -P '\h*foo' a.txt
rg -P 'foo\R' a.txt
rg -P '^\N+$' a.txt
rg -P '(?i)FOO' a.txt
rg -P '(?x) f o o' a.txt
rg -P '(?P<n>o)(?P=n)' a.txt
rg -P '\x{66}oo' a.txt
rg -P 'f\Coo' a.txt
rg -P '\Gfoo' a.txt
rg -P '\Afoo' a.txt
rg -P 'foo\Z' a.txt
rg -P 'foo\z' a.txt
rg -P '(?#comment)foo' a.txt
rg -P '\bfoo\b' a.txt
rg -P -w foo a.txt
rg -P -x foo a.txt
rg -P -F 'f.o' a.txt
rg -P -o -r '<$1>' '(o)\1' a.txt
rg --engine auto '(?=f)foo' a.txt
rg --engine auto '(o)\1' a.txt
rg --engine auto '(' a.txt
rg --engine auto '(?=f)(' a.txt
rg --engine default '(?=f)' a.txt
rg --engine pcre2 '(?=f)foo' a.txt
rg --engine nope foo a.txt
rg --auto-hybrid-regex '(?=f)foo' a.txt
rg --auto-hybrid-regex --no-auto-hybrid-regex '(?=f)foo' a.txt
rg -P --no-pcre2 '(?=f)foo' a.txt
rg -P --no-pcre2-unicode '\w' a.txt -c
rg
rg -e
rg -f
rg --
rg -n
rg -f nothing a.txt
rg -f empty a.txt
rg -c -v -f empty a.txt
rg -f . a.txt
rg -f two a.txt
rg -f two -e zzz a.txt
rg --unknown foo
rg --colour foo
rg --ignorecase foo
rg --no-ignore-foo foo
rg --line foo
rg --mult foo
rg --files-with foo
rg --vim foo
rg --con foo
rg --h
rg --no-hid foo
rg --x foo
rg --- foo
rg -y foo
rg -Y foo
rg -nZ foo
rg -ö foo
rg -5 foo
rg -A foo a.txt
rg -A x foo a.txt
rg -A -1 foo a.txt
rg -A1x foo a.txt
rg -B '' foo a.txt
rg --context= foo a.txt
rg --context=1 foo a.txt
rg -C=1 foo a.txt
rg -C 99999999999999999999 foo a.txt
rg -m -1 foo a.txt
rg -m 0 foo a.txt
rg -M x foo a.txt
rg -j x foo a.txt
rg -d -1 foo a.txt
rg --color foo a.txt
rg --color sometimes foo a.txt
rg --colors foo a.txt
rg --colors path foo a.txt
rg --colors path:fg foo a.txt
rg --colors path:fg:nope foo a.txt
rg --colors path:xx:red foo a.txt
rg --colors nope:fg:red foo a.txt
rg --colors path:style:nope foo a.txt
rg --colors path:fg:256 foo a.txt
rg --colors path:fg:1,2 foo a.txt
rg --colors path:fg:1,2,999 foo a.txt
rg --colors path:fg:0xff foo a.txt
rg --colors path:none:x foo a.txt
rg --colors path:fg:red:x foo a.txt
rg --sort foo a.txt
rg --sortr nope foo a.txt
rg --encoding nope foo a.txt
rg -E foo a.txt
rg -E '' foo a.txt
rg --hyperlink-format nope foo a.txt
rg --hyperlink-format '{line}' foo a.txt
rg --hyperlink-format 'x://{path}{column}' foo a.txt
rg --hyperlink-format '{path}' foo a.txt
rg --hyperlink-format 'x://{pat}' foo a.txt
rg --hyperlink-format 'x://{path' foo a.txt
rg --hyperlink-format 'x://path}' foo a.txt
rg --generate nope
rg --generate
rg --files=x
rg --line-number=1 foo a.txt
rg --no-config=1 foo a.txt
rg -uuuu foo a.txt
rg --path-separator ab foo a.txt
rg --context-separator foo a.txt
rg --pre nothing-there foo a.txt
rg --pre false foo a.txt
rg --pre cat foo a.txt
rg --pre '' foo a.txt
rg --hostname-bin nope foo a.txt
rg --threads 1 foo a.txt
rg -j1 foo a.txt
rg -j0 foo a.txt
rg --mmap foo a.txt
rg --no-mmap foo a.txt
rg --block-buffered foo a.txt
rg --line-buffered foo a.txt
rg --pcre2-version -q
rg -h -q --nope
"""

KNOWN = {
    "rg '(a{1000}){1000}' a.txt": "written-out repeats have a limit of our own, 100,000 characters",
    "rg -P '(?R)' a.txt": "a recursion without end matches nothing of it here; PCRE2 runs out of stack",
    "rg -P 'f\\Coo' a.txt": "there is no \\C",
    "rg --pcre2-version -q": "there is no PCRE2; it says so",
}
