import SecureBERTTraining
import TestSupport
import Testing

@Suite struct MarkupTests {
    private func check(
        _ markup: TextMarkup, _ source: String, text: String, code: [String] = [], title: String? = nil,
        location: SourceLocation = #_sourceLocation
    ) {
        let extracted = markup.extract(Array(source.utf8))
        let found = String(decoding: Whitespace.collapse(extracted.text), as: UTF8.self)
        #expect(found == text, sourceLocation: location)
        let blocks = extracted.code.map { String(decoding: Whitespace.trimCode($0), as: UTF8.self) }
        #expect(blocks == code, sourceLocation: location)
        if let title { #expect(String(decoding: extracted.title, as: UTF8.self) == title, sourceLocation: location) }
    }

    @Test func markdownBlocks() {
        check(.markdown, "---\ntitle: x\n---\n# Title #\n\nOne\ntwo.\n", text: "Title\n\nOne two.", title: "Title")
        check(.markdown, "+++\na = 1\n+++\nText", text: "Text")
        check(.markdown, "Title\n=====\n\nSub\n---\nText", text: "Title\n\nSub\n\nText", title: "Title")
        check(
            .markdown, "Run:\n\n```sh\nls -l\n```\n\nand\n\n~~~\na\n\nb\n~~~", text: "Run:\n\nand",
            code: ["ls -l", "a\n\nb"])
        check(.markdown, "Text:\n\n    indented\n      code\n\nmore", text: "Text:\n\nmore", code: ["indented\n  code"])
        check(.markdown, "- one\n- two\n  wraps\n\n1. three", text: "- one\n- two wraps\n\n1. three")
        check(.markdown, "1. Step:\n\n   ```\n   code\n   ```\n2. Next", text: "1. Step:\n\n2. Next", code: ["code"])
        check(.markdown, "> a quote\n> goes on", text: "a quote goes on")
        check(.markdown, "| a | b |\n|---|:-:|\n| 1 | 2 |", text: "a | b\n1 | 2")
        check(.markdown, "a\n\n***\n\nb", text: "a\n\nb")
        check(.markdown, "<!-- a\ncomment -->\ntext <!-- x --> end", text: "text end")
        check(.markdown, "<pre>\n&lt;b&gt; <i>x</i>\n</pre>\ntext", text: "text", code: ["<b> x"])
        check(.markdown, "# A\ntext\n## References\n- [x](y)\n### more\nz\n## B\nend", text: "A\n\ntext\n\nB\n\nend")
        check(.markdown, "{% include x %}\n:::note\ntext\n:::", text: "text")
        check(.markdown, "line one  \nline two\\\nline three", text: "line one\nline two\nline three")
        check(.markdown, "#no heading\n####### nor this", text: "#no heading ####### nor this")
    }

    @Test func markdownInlines() {
        let cases = [
            (
                "[text](http://x.org \"t\") and [ref][1] and [short]\n\n[1]: http://y\n[short]: /z",
                "text and ref and short"
            ),
            ("![image](a.png) [![badge](b)](c) text", "text"), ("<https://x.org/a>", "https://x.org/a"),
            ("**bold** and *emphasis* and __both__ and _it_", "bold and emphasis and both and it"),
            ("snake_case_name 2 * 3 * 4 *args **kwargs", "snake_case_name 2 * 3 * 4 *args **kwargs"),
            ("***three*** *a **b** c*", "three a b c"), ("`code *x*` ``a ` b``", "code *x* a ` b"),
            ("~~gone~~ here", "gone here"),
            ("a <b>bold</b><br>line <user-name> 3 < 4", "a bold\nline <user-name> 3 < 4"),
            ("&lt;tag&gt; &amp; &copy; &nope;", "<tag> & © &nope;"), ("\\*not\\* \\[x\\](y)", "*not* [x](y)"),
            ("x<sup>[Citation 2025]</sup> y[^1]", "x y"), ("[unclosed (x", "[unclosed (x"), ("[a](b", "[a](b"),
            ("[a [b] c](d(e)f)", "a [b] c"), ("`open", "`open"),
        ]
        for (source, text) in cases { check(.markdown, source, text: text) }
    }

    @Test func html() {
        check(
            .html, "<title>Page</title><h1>Head</h1><p>One &amp; <b>two</b>\n three<pre>ls <i>-l</i>\n</pre>",
            text: "Head\n\nOne & two three", code: ["ls -l"], title: "Head")
        check(.html, "<html><head><title>A &amp; B</title><style>p{}</style></head><body>x", text: "x", title: "A & B")
        check(.html, "<ul><li>one<li>two</ul><table><tr><td>a<td>b<tr><td>c</table>", text: "- one\n- two\n\na | b\nc")
        check(
            .html, "<nav><div>menu</div></nav><div role=navigation>x</div><div class='a related'>y</div>text",
            text: "text")
        check(.html, "<script>if (a<b) '</p>'</script>text<!-- <p>no --><br/>line", text: "text\nline")
        check(.html, "a < b and a<b, <3", text: "a < b and a<b, <3")
        check(.html, "<p title='it\"s > here'>x</p><P>y", text: "x\n\ny")
        check(
            .html, "<h2>Title<a class=\"headerlink\" href=\"#\">¶</a></h2><dl><dt>term<dd>means</dl>",
            text: "Title\n\nterm\nmeans")
        check(.html, "<![CDATA[x < y]]>", text: "x < y")
    }

    @Test func restructuredText() {
        check(
            .restructured,
            """
            =====
            Title
            =====

            .. _label:

            Text with ``code``, :ref:`words <target>`, :func:`~os.path.join`, `link <http://x>`_ and **bold** [1]_.

            Example::

                $ ls
                a

            .. code-block:: c
               :linenos:

               int x;

            .. note:: Take care
               of this.

            .. image:: x.png

            .. a comment
               that goes on

            * item one
            * item two

            Section
            -------
            end |name| x\\ y.
            """,
            text: """
                Title

                Text with code, words, join, link and bold.

                Example:

                Take care

                of this.

                * item one
                * item two

                Section

                end name x y.
                """, code: ["$ ls\na", "int x;"], title: "Title")
    }

    @Test func manualPages() {
        check(
            .manual,
            """
            .\\" comment
            .TH "LS" 1 "today"
            .de XX
            hidden
            ..
            .SH NAME
            ls \\- list directory contents
            .SH SYNOPSIS
            .B ls
            [\\fIOPTION\\fR]... [\\fIFILE\\fR]...
            .SH DESCRIPTION
            Lists files; \\(lqsorted\\(rq by
            .BR name (7).
            .TP
            \\fB\\-a\\fR, \\fB\\-\\-all\\fR
            do not ignore entries
            .IP \\(bu 2
            bullet
            .nf
            $ ls \\-l
              total
            .fi
            .SH SEE ALSO
            dir(1)
            .SH END
            x
            """,
            text: """
                NAME

                ls - list directory contents

                SYNOPSIS

                ls [OPTION]... [FILE]...

                DESCRIPTION

                Lists files; "sorted" by name(7).

                -a, --all
                do not ignore entries

                - bullet

                END

                x
                """, code: ["$ ls -l\n  total"], title: "LS")
        check(
            .manual,
            """
            .Dd June 1
            .Dt SSH 1
            .Sh NAME
            .Nm ssh
            .Nd remote login client
            .Sh DESCRIPTION
            .Nm
            is a program.
            .Bl -tag
            .It Fl b Ar address
            Use
            .Ar address
            first
            .Pq see Xr ip 8 .
            .El
            """,
            text: """
                NAME

                ssh remote login client

                DESCRIPTION

                ssh is a program.

                -b address
                Use address first (see ip 8.)
                """, title: "SSH")
    }

    /// Nothing that readers are fed may crash them: pieces of all formats, cut and mixed at random.
    @Test(arguments: 0..<40) func noInputCrashesAReader(seed: Int) {
        let pieces = [
            "---\n", "+++\n", "```", "~~~\n", "    code\n", "# ", "======\n", "-----\n", "| a | b |\n", "|--|\n", "> ",
            "- ", "1. ",
            "[x](y)", "[x][y]", "[a]: b\n", "![", "](", "**", "__", "*", "_", "`", "``", "<", ">", "</", "<b>", "<pre>",
            "</pre>", "<!--",
            "-->", "<![CDATA[", "]]>", "&amp;", "&#", "&#x41;", "<p a='", "\"", "<script>", "</script>", ".. ",
            ".. code::\n", "::\n",
            "   :x: y\n", ":role:`a <b>`", "`x`_", "[1]_", "|a|", "\\", "\n", "\n\n", " ", "\t", ".SH ", ".TH x\n",
            ".B \"a b\" c\n",
            ".It Fl a Ar b\n", "\\fB", "\\(lq", "\\[", "\\*", "\\s+1", "\\h'", "\\\"", ".nf\n", ".fi\n", ".de\n",
            "..\n", "é", "中", "\u{FEFF}",
            "a", "word", "Page 3 of 5\n", "........ 14\n", "a@b.com", "@", "(Citation: x)", " [1]", "vul-\nnerable",
            "\r\n", "\u{8}",
            "\u{1B}[0m", "\u{0C}", "/* copyright */", "'", "::", ".", "-", "<a href=x>", "</a>", "<tr><td>", "{% x %}",
            "<title>", "~~", "[^1]:",
        ]
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<60 {
            var text = (0..<Int.random(in: 0..<60, using: &random)).flatMap { _ in
                Array((pieces.randomElement(using: &random) ?? "").utf8)
            }
            if Bool.random(using: &random), !text.isEmpty { text[Int.random(in: text.indices, using: &random)] = 0xFF }
            for markup in TextMarkup.allCases {
                for bytes in [text, Characters.clean(TextEncoding.utf8(of: text))] {
                    let extracted = markup.extract(bytes)
                    _ = extracted.joinedCode
                    _ = SoftBreaks.join(Hyphenation.join(PageFurniture.remove(extracted.text)))
                    _ = LicenseHeader.remove(bytes)
                    let cleaned = DocumentProcessor.clean(extracted.text)
                    #expect(
                        String(validating: cleaned, as: UTF8.self) != nil
                            || String(validating: bytes, as: UTF8.self) == nil)
                }
            }
        }
    }
}
