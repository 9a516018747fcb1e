import TestSupport
import Testing

/// Ignore files against git itself, over generated patterns and a tree of names that are hard to match.
@Suite struct IgnoreRulesTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private static let patterns = [
        "*.c", "a/", "/a", "a/b", "**/b", "a/**", "a/**/b.c", "!keep.c", "!a/b/keep.c", "[ab].c", "[!a].c", "?.c",
        "x\\ .c",
        "b*", "**", "a**b.c", "/**/x.c", "*/b", "# no", "\\#x.c", "\\!y.c", "[[:digit:]].c", "b/*.c", "!b/", "c ",
        "c\\ ",
        "[a", "foo/", "*", "!*/", "!*.c", "/a/*", "!/a/b", "x\\", "a/b/", "**/a/**/x.c", "b/**/", "[a-c].c", "[]a].c",
    ]

    @Test func decidesAsGitDoes() throws {
        guard try runner.shell("git --version").status == 0 else { return }
        var random = SeededGenerator(seed: 7)
        let script = #"""
            mkdir "$DIR/t" && cd "$DIR/t" && git init -q . && for d in . a a/b a/b/a b b/a c foo/b; do
              mkdir -p $d; for f in a.c b.c x.c keep.c 1.c '#x.c' '!y.c' 'x .c' c.c; do echo 'int f(void) { return 1; }' > "$d/$f"; done
            done
            """#
        #expect(try runner.shell(script).status == 0)
        for round in 0..<24 {
            func lines(_ count: Int) -> String {
                (0..<count).map { _ in Self.patterns[Int(random.next() % UInt64(Self.patterns.count))] }
                    .joined(separator: round.isMultiple(of: 5) ? "\r\n" : "\n") + "\n"
            }
            try runner.write("t/.gitignore", lines(4))
            try runner.write("t/a/.gitignore", round.isMultiple(of: 2) ? lines(2) : "")
            try runner.write("t/a/b/.gitignore", round.isMultiple(of: 3) ? lines(1) : "")
            let git = try runner.shell(
                #"cd "$DIR/t" && git -c core.quotePath=false ls-files -o --exclude-standard -- '*.c' | sort"#)
            let ours = try runner.shell(
                #"cd "$DIR/t" && securebert scan --list . | sed -E 's/:[0-9]+-[0-9]+  f$//' | sort"#)
            let rules = try Self.read(runner)
            #expect(git.status == 0 && ours.output == git.output, "\(rules)")
        }
    }

    private static func read(_ runner: CommandLineRunner) throws -> String {
        try runner.shell(#"cd "$DIR/t" && tail -n +1 .gitignore a/.gitignore a/b/.gitignore"#).output
    }
}
