import SecureBERT
import Testing

@Suite struct IdentifierNormalizerTests {
    private let normalize = IdentifierNormalizer()

    @Test func cCode() {
        let code = """
            #include <string.h>
            static int copy_it(const struct my_buf *src, size_t n, foo_t flags) { // copies
                char dst[16];
                int area = width * height + 1'000; /* in
                pixels */
                /* alone */
                const char *s = R"x(hello " // no comment)x", *t = L"\\"";
                Foo* q = (Foo *)src->data;
                memcpy(dst, src->data, n);
                goto out;
            out:
                return helper_fn(dst)/**/+1 + q->run(n, NULL);
            }
            """
        let expected = """
            #include <string.h>
            static int fun1(const struct my_buf *var1, size_t var2, foo_t var3) {
                char var4[16];
                int var5 = var6 * var7 + 1'000;
                const char *var8 = R"x(hello " // no comment)x", *var9 = L"\\"";
                Foo* var10 = (Foo *)var1->var11;
                memcpy(var4, var1->var11, var2);
                goto var12;
            var12:
                return fun2(var4)+1 + var10->run(var2, NULL);
            }
            """
        #expect(normalize(code) == expected)
    }

    @Test(arguments: [
        // Java
        (
            "public void doPost(HttpServletRequest req) throws IOException {\n  MyDao dao = new MyDao(req.getParameter(\"id\"));\n}",
            "public void fun1(HttpServletRequest var1) throws IOException {\n  MyDao var2 = new MyDao(var1.getParameter(\"id\"));\n}"
        ),
        // Python
        (
            "def report(name):  # says it\n    '''Doc's.'''\n    half = len(name) // 2\n    os.system(f\"x {name}\" + os.environ[name])",
            "def fun1(var1):\n    '''Doc's.'''\n    var2 = len(var1) // 2\n    os.system(f\"x {name}\" + os.environ[var1])"
        ),
        // JavaScript
        (
            "const handler = (input) => { let x = `t ${input}`; eval(input); this.cache.put(x) // '\n}",
            "const var1 = (var2) => { let var3 = `t ${input}`; eval(var2); this.var4.put(var3)\n}"
        ),
        // Go
        (
            "func (s *Server) handle(r *http.Request, n int, cfg Config) error {\n\treturn s.db.Query(`SELECT\n` + cfg.name)\n}",
            "func (var1 *Server) fun1(var2 *http.Request, var3 int, var4 Config) error {\n\treturn var1.var5.Query(`SELECT\n` + var4.var6)\n}"
        ),
        // PHP
        (
            "<?php\n# load\nfunction load(User $user) {\n  echo mysql_query(\"x\" . $_GET['id']) . $user->name . $this->render($user);\n}",
            "<?php\nfunction fun1(User $var1) {\n  echo mysql_query(\"x\" . $_GET['id']) . $var1->var2 . $this->render($var1);\n}"
        ),
        // A macro
        ("#define CHECK(x) \\\n  if (!(x)) log_it(#x)\n", "#define fun1(var1) \\\n  if (!(var1)) fun2(#var1)\n"),
        ("", ""), ("größe = größe + ﬁ", "var1 = var1 + var2"),
    ]) func otherLanguages(code: String, expected: String) {
        #expect(normalize(code) == expected)
        #expect(normalize(expected) == expected)
    }

    /// Functions that differ in names, comments and nothing else become equal.
    @Test func namesDoNotMatter() {
        let first = "int sum_of(int *items, int count) { int total = 0; /* x */ add(items, &total); return total; }"
        let second = "int f(int *a, int b) { int c = 0;  plus(a, &c); return c; }"
        #expect(normalize(first) == normalize(second))
    }

    /// What is not closed or not code is still read, in time linear in its length.
    @Test(arguments: [
        "a ", "*", "/*", "\"", "R\"(", "a*", "#", "\"\"\"", "x(", "/**/", "\n", "'", "`", "0x", " #\n", "if:\n", "\\\n",
        "é ", "'''",
        "R\"abcdefghijklmnop()abcdefghijklmno", "a.", "->", "(a*)", "struct ", "def f\n#", "\u{0}", "🙂 ", "a b ", "1e-",
        "#define ",
    ]) func strangeTexts(piece: String) {
        let long = String(repeating: piece, count: 20_000)
        let once = normalize(long)
        #expect(once.utf8.count <= 8 * long.utf8.count)
        for length in 0...8 { _ = normalize(String(long.unicodeScalars.prefix(length).map(Character.init))) }
    }
}
